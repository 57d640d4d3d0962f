package deploy

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const victimThings = 200

// killed is what is killed: an operation on a stack, and what the spec says when it runs.
type killed struct {
	Mode string
	// Fresh is set where there was nothing before.
	Fresh bool
	spec  []thing
}

func killedModes() []killed {
	changed := numbered(victimThings)
	for i := range changed {
		switch i % 4 {
		case 1:
			changed[i].value = "2"
		case 2:
			changed[i].shape = "round"
		case 3:
			changed[i].name += "-new"
		}
		changed[i].needs = nil
	}
	return []killed{
		{"up", true, numbered(victimThings)}, {"change", false, changed},
		{"destroy", false, numbered(victimThings)}, {"refresh", false, numbered(victimThings)},
	}
}

// TestKill kills an up, a destroy and a refresh of 200 elements at random moments, of a cloud that fails at
// random too, and demands that the next up converges (after a refresh, the next refresh and up): what the cloud holds is what the state says
// is what the spec says, nothing twice. `make kills` tries 200 moments.
func TestKill(t *testing.T) {
	t.Parallel()
	made := t.TempDir() // what an up that went well leaves
	if out, err := (victim{Dir: made, Mode: "up"}).command(t).CombinedOutput(); err != nil {
		t.Fatalf("up: %v\n%s", err, out)
	}
	kills := 12
	if *thorough {
		kills = 200
	}
	for _, mode := range killedModes() {
		t.Run(mode.Mode, func(t *testing.T) {
			t.Parallel()
			prepare := func(t *testing.T) string {
				t.Helper()
				dir := t.TempDir()
				if mode.Fresh {
					return dir
				}
				if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
					t.Fatal(err)
				}
				if mode.Mode == "refresh" {
					drift(t, dir)
				}
				return dir
			}
			out, err := (victim{Dir: prepare(t), Mode: mode.Mode}).command(t).Output()
			if err != nil {
				t.Fatalf("%s: %v", mode.Mode, err)
			}
			var moments int
			if _, err := fmt.Sscan(string(out), &moments); err != nil || moments < victimThings/4 {
				t.Fatalf("%s has %q moments, %v", mode.Mode, out, err)
			}
			chance := rand.New(rand.NewPCG(200, uint64(len(mode.Mode)))) //nolint:gosec // a test has to be the same each time
			for range kills / len(killedModes()) {
				v := victim{Mode: mode.Mode, Kill: 1 + chance.IntN(moments), Fail: chance.IntN(2 * victimThings), FailLate: chance.IntN(2) == 0}
				v.Dir = prepare(t)
				v.killAndGoOn(t, mode.spec)
				if t.Failed() {
					t.Fatalf("%+v", v)
				}
			}
		})
	}
}

// killAndGoOn lets the victim be killed, and demands that the next up converges.
func (v victim) killAndGoOn(t *testing.T, spec []thing) {
	t.Helper()
	out, err := v.command(t).CombinedOutput()
	if err == nil {
		t.Logf("%+v ended before it was killed", v)
	} else if !strings.Contains(err.Error(), "killed") && !strings.Contains(string(out), errBroken.Error()) {
		t.Fatalf("%v: %s", err, out)
	}
	w := fileWorld(t, v.Dir)
	made := len(w.names())
	s := open(t, v.options(w))
	if v.Mode == "refresh" { // an up alone does not look for what was changed by hand
		if _, err := s.Refresh(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Up(t.Context(), program(spec...), nil); err != nil {
		t.Fatal(err)
	}
	assertConverged(t, s, w, spec)
	if v.Mode != "up" {
		return
	}
	again := 0
	for _, call := range w.asked() {
		if strings.HasPrefix(call, "create ") {
			again++
		}
	}
	// What had been made and recorded is not made again; what was in flight, at most.
	if most := victimThings - made + defaultParallel; again > most {
		t.Errorf("%d of %d were there, and %d were created again", made, victimThings, again)
	}
}

// drift changes and deletes things of a world by hand.
func drift(t *testing.T, dir string) {
	t.Helper()
	w := fileWorld(t, dir)
	for i, name := range w.names() {
		at := filepath.Join(dir, "world", name)
		var err error
		switch i % 3 {
		case 0:
			err = os.WriteFile(at, []byte(`{"name":"`+name+`","value":"by hand","shape":""}`), 0o600)
		case 1:
			err = os.Remove(at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (v victim) command(t *testing.T) *exec.Cmd {
	t.Helper()
	order, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimOrder+"="+string(order))
	return cmd
}
