package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/msgdeploy/msgdeploy/broker/brokertest"
)

// scriptCommands are what scripts can do beside running msgdeploy.
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exit":        exitCommand,
		"await":       awaitCommand,
		"signal":      signalCommand,
		"drop-stream": dropStreamCommand,
		"edit-stream": editStreamCommand,
		"make-stream": makeStreamCommand,
		"repository":  repositoryCommand(),
	}
}

// exitCommand is `exit CODE COMMAND [ARG...]`: the command ends with that code.
func exitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// awaitCommand is `await FILE REGEXP`: it waits until the file matches.
func awaitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	deadline := time.Now().Add(time.Minute)
	for !pattern.MatchString(readIfThere(ts, args[0])) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not come to match %q:\n%s", args[0], args[1], readIfThere(ts, args[0]))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// signalCommand is `signal INT FILE`: it interrupts the process that has left its pid
// in the file of a running broker.
func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || args[0] != "INT" {
		ts.Fatalf("usage: signal INT FILE")
	}
	var holder struct {
		PID int `json:"pid"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &holder))
	process, err := os.FindProcess(holder.PID)
	ts.Check(err)
	ts.Check(process.Signal(os.Interrupt))
}

// externalCommand is `external`: it copies the keys of a server that is not msgdeploy's
// to keys/, and writes its URL into msgdeploy.yaml. All scripts share the server.
func externalCommand(server func() *brokertest.Broker) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 0 {
			ts.Fatalf("usage: external")
		}
		b := server()
		ts.Check(os.MkdirAll(ts.MkAbs("keys"), 0o700))
		for name, from := range map[string]string{
			"owner.creds": b.Credentials, "signing.nk": b.SigningKey,
			"system.creds": b.SystemCredentials, "operator.nk": b.OperatorKey,
		} {
			data, err := os.ReadFile(from)
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs("keys/"+name), data, 0o600))
		}
		spec := strings.ReplaceAll(ts.ReadFile("msgdeploy.yaml"), "url: URL", "url: "+strconv.Quote(b.URL))
		ts.Check(os.WriteFile(ts.MkAbs("msgdeploy.yaml"), []byte(spec), 0o666))
	}
}
