package broker_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/broker"
)

func writeTemp(t *testing.T, name string, content []byte, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, mode); err != nil {
		t.Fatal(err)
	}
	// The umask may have taken bits away.
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadAccess(t *testing.T) {
	t.Parallel()
	account, err := broker.NewAccountSeed()
	if err != nil {
		t.Fatal(err)
	}
	creds, err := broker.NewUser(account, "deployer", nil)
	if err != nil {
		t.Fatal(err)
	}
	user, err := broker.NewUserSeed()
	if err != nil {
		t.Fatal(err)
	}
	good := broker.Files{
		Credentials: writeTemp(t, "a.creds", creds, 0o600),
		SigningKey:  writeTemp(t, "a.nk", []byte(account+"\r\n"), 0o600),
	}
	public, err := broker.PublicKey(account)
	if err != nil {
		t.Fatal(err)
	}

	access, warnings, err := broker.LoadAccess("nats://host", good)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("good files: %v, warnings %q", err, warnings)
	}
	if access.Account != public || access.System != nil || access.URL != "nats://host" {
		t.Errorf("access is %s at %s with system %v, want account %s", access.Account, access.URL, access.System, public)
	}

	for name, c := range map[string]struct {
		change func(*broker.Files)
		want   string
	}{
		"no such file":           {func(f *broker.Files) { f.Credentials = "absent.creds" }, "absent.creds"},
		"creds without JWT":      {func(f *broker.Files) { f.Credentials = f.SigningKey }, "a.nk is not a .creds file: it holds no user JWT"},
		"creds without seed":     {func(f *broker.Files) { f.Credentials = writeTemp(t, "half.creds", creds[:len(creds)/2], 0o600) }, "half.creds is not a .creds file"},
		"key that is text":       {func(f *broker.Files) { f.SigningKey = writeTemp(t, "t.nk", []byte("hello"), 0o600) }, "t.nk holds no seed of an account key"},
		"key of a user":          {func(f *broker.Files) { f.SigningKey = writeTemp(t, "u.nk", []byte(user), 0o600) }, "u.nk holds a seed, but not of an account key"},
		"half a system":          {func(f *broker.Files) { f.OperatorKey = f.SigningKey }, "only together"},
		"operator key of a user": {func(f *broker.Files) { f.SystemCredentials, f.OperatorKey = f.Credentials, f.SigningKey }, "not of an operator key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := good
			c.change(&files)
			_, _, err := broker.LoadAccess("nats://host", files)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error is %v, want it to say %q", err, c.want)
			}
			if strings.Contains(err.Error(), account) || strings.Contains(err.Error(), user) {
				t.Error("the error shows a seed")
			}
		})
	}
}

func TestLoadAccessWarnsOfReadableFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // has no such modes
	}
	account, err := broker.NewAccountSeed()
	if err != nil {
		t.Fatal(err)
	}
	creds, err := broker.NewUser(account, "deployer", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, warnings, err := broker.LoadAccess("nats://host", broker.Files{
		Credentials: writeTemp(t, "a.creds", creds, 0o640),
		SigningKey:  writeTemp(t, "a.nk", []byte(account), 0o600),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "a.creds") || !strings.Contains(warnings[0], "0640") {
		t.Errorf("warnings are %q, want one about a.creds and its mode 0640", warnings)
	}
}
