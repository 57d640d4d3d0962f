package deploy

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// victimDir names the directory of the run that TestMain is to be, and that is going to be killed.
const victimDir = "MSGDEPLOY_TEST_VICTIM_DIR"

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	withoutAccounts()
	dir := os.Getenv(victimDir)
	home := dir // whoever is killed cannot clean up
	if home == "" {
		var err error
		if home, err = os.MkdirTemp("", "msgdeploy-test-home-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(home) }()
	}
	// No test may reach for the network, nor find what the machine's owner has installed.
	Isolate(map[string]string{"PULUMI_HOME": home, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"})
	if dir == "" {
		return m.Run()
	}
	run := victim
	if os.Getenv(victimBackend) != "" {
		run = remoteVictim
	}
	if err := run(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

const victimThings = 200

// victim is an up whose world is a directory of files; it says on stdout what it does.
func victim(dir string) error {
	w := newWorld()
	w.fail = func(call string) error {
		verb, name, _ := strings.Cut(call, " ")
		if verb == "create" {
			if err := os.WriteFile(filepath.Join(dir, "world", name), nil, 0o600); err != nil {
				return err
			}
		}
		fmt.Println(call)
		return nil
	}
	s, err := Open(context.Background(), victimOptions(dir, w))
	if err != nil {
		return err
	}
	_, err = s.Up(context.Background(), program(numbered(victimThings)...), nil)
	return err
}

func victimOptions(dir string, w *world) Options {
	return Options{
		Dir: filepath.Join(dir, ".msgdeploy"), Project: "shop", Stack: "local",
		Target: map[string]string{"provider": "fake"}, Plugins: plugins(w),
	}
}

// TestKill kills an up of 200 elements at several moments, and demands of the same
// command that it converges, without any other in between.
func TestKill(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 60, 150} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "world"), 0o700); err != nil {
				t.Fatal(err)
			}
			killAfter(t, dir, after)
			entries, err := os.ReadDir(filepath.Join(dir, "world"))
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld()
			for _, e := range entries {
				w.things[e.Name()] = resource.PropertyMap{"name": resource.NewProperty(e.Name()),
					"value": resource.NewProperty("1"), "shape": resource.NewProperty("")}
			}
			made := len(entries)
			o := victimOptions(dir, w)
			var notes []string
			o.Warn = func(note string) { notes = append(notes, note) }
			s := open(t, o)
			up(t, s, numbered(victimThings)...)
			assertConverged(t, s, w, numbered(victimThings))
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
			if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "no longer running") }) {
				t.Errorf("notes %q, want one about the dead holder", notes)
			}
		})
	}
}

// killAfter runs the victim and kills it when it has said n lines.
func killAfter(t *testing.T, dir string, n int) {
	t.Helper()
	killCommand(t, exec.Command(os.Args[0]), dir, n)
}

// killCommand is killAfter for a command that is set up further.
func killCommand(t *testing.T, cmd *exec.Cmd, dir string, n int) {
	t.Helper()
	cmd.Env = append(cmd.Environ(), victimDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	for seen := 0; seen < n; {
		if _, err := out.Read(one); err != nil {
			t.Fatalf("the victim ended by itself: %v", err)
		}
		if one[0] == '\n' {
			seen++
		}
	}
	_ = cmd.Process.Kill()
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
}
