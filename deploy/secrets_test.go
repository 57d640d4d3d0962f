package deploy

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// assertNowhere demands that a word is in no file below dir.
func assertNowhere(t *testing.T, dir, word string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if bytes.Contains(data, []byte(word)) {
			t.Errorf("%s holds the secret", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	const word = "xyzzy-plugh"
	w := newWorld()
	o := testOptions(t, w)
	var seen []any
	o.Progress = func(p Progress) { seen = append(seen, p) }
	o.Warn = func(note string) { seen = append(seen, note) }
	s := open(t, o)
	journal := interruptedRun(t, s, program(thing{name: "aaa", secret: word + "-1"}))
	if strings.Contains(string(journal), word) {
		t.Error("the journal holds the secret")
	}
	for _, secret := range []string{"-1", "-2"} {
		r, err := s.Up(t.Context(), program(thing{name: "aaa", secret: word + secret}), func(r *Result) error {
			seen = append(seen, r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, r)
	}
	w.fail = func(string) error { return errBroken }
	r, err := s.Up(t.Context(), program(thing{name: "aaa", secret: word + "-3"}), nil)
	seen = append(seen, r, err)

	text, err := json.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(word)) {
		t.Errorf("what users see holds the secret:\n%s", text)
	}
	if !bytes.Contains(text, []byte(secret)) {
		t.Errorf("what users see does not say where secrets are:\n%s", text)
	}
	assertNowhere(t, o.Dir, word)

	got, err := s.SecretOutput(t.Context(), "credentials")
	if diff := cmp.Diff(map[string]any{"aaa": word + "-2"}, got); err != nil || diff != "" {
		t.Errorf("credentials: %v (-want +got):\n%s", err, diff)
	}
}

func TestChangedSecretIsShownAsChanged(t *testing.T) {
	t.Parallel()
	s := open(t, testOptions(t, newWorld()))
	up(t, s, thing{name: "aaa", secret: "1"})
	r, err := s.Preview(t.Context(), program(thing{name: "aaa", secret: "2"}))
	if err != nil {
		t.Fatal(err)
	}
	var got []PropertyDiff
	for _, c := range r.Changes {
		got = append(got, c.Diff...)
	}
	if diff := cmp.Diff([]PropertyDiff{{Path: "secret", Kind: "update", Before: "[secret]", After: "[secret]"}}, got); diff != "" {
		t.Errorf("diff (-want +got):\n%s", diff)
	}
}

// TestKeysOnlyWhenNeeded proves that keys are not derived, which takes long, by taking the passphrase away.
func TestKeysOnlyWhenNeeded(t *testing.T) {
	t.Parallel()
	t.Run("no secrets", func(t *testing.T) {
		t.Parallel()
		o := testOptions(t, newWorld())
		s := open(t, o)
		up(t, s, thing{name: "plain-a", value: "1"})
		if err := os.Remove(o.keyFile()); err != nil {
			t.Fatal(err)
		}
		o.PassphraseFile = filepath.Join(t.TempDir(), "missing")
		s = open(t, o)
		up(t, s, thing{name: "plain-a", value: "2"})
		if _, err := s.Destroy(t.Context(), nil); err != nil {
			t.Error(err)
		}
		c, err := s.load(t.Context())
		if err != nil || c.deployment.SecretsProviders != nil {
			t.Errorf("state without secrets has keys: %+v, %v", c.deployment.SecretsProviders, err)
		}
	})
	t.Run("outputs", func(t *testing.T) {
		t.Parallel()
		o := testOptions(t, newWorld())
		s := open(t, o)
		up(t, s, thing{name: "aaa", secret: "hidden"})
		if err := os.Remove(o.keyFile()); err != nil {
			t.Fatal(err)
		}
		s = open(t, o) // as the next command would: without keys in memory
		outputs, err := s.Outputs(t.Context())
		want := map[string]any{"outputs": map[string]any{"ids": map[string]any{"aaa": "aaa"}}, "credentials": "[secret]"}
		if diff := cmp.Diff(want, outputs); err != nil || diff != "" {
			t.Errorf("outputs: %v (-want +got):\n%s", err, diff)
		}
		if _, err := s.SecretOutput(t.Context(), "credentials"); err == nil || !strings.Contains(err.Error(), "is gone") {
			t.Errorf("secret output without a passphrase: %v", err)
		}
		// A second passphrase would make the secrets unreadable for ever.
		if _, err := s.Up(t.Context(), program(thing{name: "aaa", secret: "other"}), nil); err == nil {
			t.Error("up made up a passphrase")
		}
		if _, err := os.Stat(o.keyFile()); err == nil {
			t.Error("a second passphrase was written")
		}
	})
	t.Run("wrong passphrase", func(t *testing.T) {
		t.Parallel()
		o := testOptions(t, newWorld())
		o.Passphrase = "correct horse"
		up(t, open(t, o), thing{name: "aaa", secret: "hidden"})
		o.Passphrase = "battery staple"
		_, err := open(t, o).Preview(t.Context(), program())
		if err == nil || !strings.Contains(err.Error(), "PULUMI_CONFIG_PASSPHRASE") || strings.Contains(err.Error(), "staple") {
			t.Errorf("preview: %v, want one that says where the passphrase came from", err)
		}
	})
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	up(t, open(t, o), thing{name: "aaa", secret: "hidden"})
	err := filepath.WalkDir(o.Dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", name, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(o.Dir, ".gitignore")); err != nil || string(data) != "*\n" {
		t.Errorf(".gitignore is %q, %v", data, err)
	}
}

// TestLostKey demands that a state whose passphrase is gone says so, and that the passphrase brings it back.
func TestLostKey(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	things := thing{name: "aaa", secret: "hidden"}
	up(t, open(t, o), things)
	phrase := key(t, o)
	if err := os.Remove(o.keyFile()); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, o).Up(t.Context(), program(things), nil); err == nil || !strings.Contains(err.Error(), "is gone; restore it") {
		t.Errorf("up without the key: %v", err)
	}
	o.Passphrase = phrase
	if r := up(t, open(t, o), things); len(r.Changes) != 0 {
		t.Errorf("an up with the passphrase changes %v", rows(r.Changes))
	}
}
