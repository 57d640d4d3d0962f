package deploy

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
)

// victimBackend and victimStack say where the state of a victim is that has it elsewhere.
const (
	// victimDir names the directory of a run of [remoteVictim].
	victimDir     = "MSGDEPLOY_TEST_VICTIM_DIR"
	victimBackend = "MSGDEPLOY_TEST_VICTIM_BACKEND"
	victimStack   = "MSGDEPLOY_TEST_VICTIM_STACK"
)

// killRemote kills an up whose state is elsewhere, when some of it has been written there and it has
// done more since. It returns what it has made.
func killRemote(t *testing.T, dir string, at store, stack string) []string {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, "world"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimBackend+"="+at.url, victimStack+"="+stack)
	killCommand(t, cmd, dir, 150)
	entries, err := os.ReadDir(filepath.Join(dir, "world"))
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, e := range entries {
		made = append(made, e.Name())
	}
	return made
}

// remoteVictim is an up whose world is a directory of files, and whose state is elsewhere.
func remoteVictim(dir string) error {
	ctx := context.Background()
	w := newWorld()
	o := victimOptions(dir, w)
	o.Backend, o.Stack, o.Passphrase = os.Getenv(victimBackend), os.Getenv(victimStack), "correct horse"
	o.patience = patience{between: time.Millisecond}
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	made := 0
	o.Plugins["fake"] = func() plugin.Provider {
		return &teller{fake: &fake{world: w}, tell: func(name string) error {
			mu.Lock()
			defer mu.Unlock()
			if made++; made == 100 {
				if err := untilKept(ctx, s); err != nil {
					return err
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "world", name), nil, 0o600); err != nil {
				return err
			}
			fmt.Println("create " + name)
			return nil
		}}
	}
	if s, err = Open(ctx, o); err != nil {
		return err
	}
	_, err = s.Up(ctx, program(numbered(victimThings)...), nil)
	return err
}

// untilKept waits until the store has some of what a running operation has made.
func untilKept(ctx context.Context, s *Stack) error {
	for {
		list, err := s.Resources(ctx)
		if err != nil {
			return err
		}
		for _, r := range list {
			if strings.HasPrefix(r.Type, "fake:") {
				return nil
			}
		}
		wait(ctx, time.Millisecond, nil)
	}
}

// teller is a plugin that tells of what it is going to create.
type teller struct {
	*fake
	tell func(name string) error
}

func (t *teller) Create(ctx context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	if !r.Preview {
		if err := t.tell(thingName(r.Properties)); err != nil {
			return plugin.CreateResponse{}, err
		}
	}
	return t.fake.Create(ctx, r)
}

func victimOptions(dir string, w *world) Options {
	return Options{
		Dir: filepath.Join(dir, ".msgdeploy"), Project: "shop", Stack: "local",
		Target: map[string]string{"provider": "fake"}, Plugins: plugins(w),
	}
}

// killCommand runs a command and kills it when it has said n lines.
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
