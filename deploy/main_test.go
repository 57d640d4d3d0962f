package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// victimOrder tells TestMain to be a run that is killed, or one of several at once, and which: a [victim].
const victimOrder = "MSGDEPLOY_TEST_VICTIM"

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	withoutAccounts()
	order := os.Getenv(victimOrder)
	home := os.Getenv(victimDir)
	var v victim
	if order != "" {
		if err := json.Unmarshal([]byte(order), &v); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		home = v.Dir // whoever is killed cannot clean up
	} else if home == "" {
		var err error
		if home, err = os.MkdirTemp("", "msgdeploy-test-home-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(home) }()
	}
	// No test may reach for the network, nor find what the machine's owner has installed.
	Isolate(map[string]string{"PULUMI_HOME": home, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"})
	run := v.run
	switch {
	case order != "":
	case os.Getenv(victimDir) != "":
		run = func() error { return remoteVictim(home) }
	default:
		return m.Run()
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
