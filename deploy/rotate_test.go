package deploy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

const (
	oldPhrase = "old horse"
	newPhrase = "new horse"
)

// rotateIt is an approve of [Stack.Rotate].
func rotateIt(int) error { return nil }

// withSecrets is a stack with two secrets, encrypted with the old passphrase.
func withSecrets(t *testing.T, o Options) *Stack {
	t.Helper()
	s := open(t, o)
	up(t, s, thing{name: "aaa", secret: "hidden-1"}, thing{name: "bbb", secret: "hidden-2"})
	return s
}

// reads reports whether a passphrase opens all secrets of a stack that withSecrets has made.
func reads(t *testing.T, o Options, phrase string) bool {
	t.Helper()
	o.Passphrase = phrase
	s := open(t, o)
	c, err := s.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if phrase != "" && !fits(t, phrase, c.deployment.SecretsProviders) {
		return false
	}
	if _, err := s.snapshot(t.Context(), c.deployment, s.keyring(c.deployment.SecretsProviders)); err != nil {
		return false
	}
	got, err := s.SecretOutput(t.Context(), "credentials")
	return err == nil && cmp.Equal(map[string]any{"bbb": "hidden-2"}, got) // the program's last one
}

// fits reports whether a passphrase is that of some keys. Pulumi keeps keys in memory once they have been opened, and
// gives them for a wrong passphrase, too; so this tries it on the word that the state has for that.
func fits(t *testing.T, phrase string, keys *apitype.SecretsProvidersV1) bool {
	t.Helper()
	var state struct {
		Salt string `json:"salt"`
	}
	if err := json.Unmarshal(keys.State, &state); err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(state.Salt, ":", 3) // v1, the salt, the word
	salt, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	word, err := config.NewSymmetricCrypterFromPassphrase(phrase, salt).DecryptValue(t.Context(), parts[2])
	return err == nil && word == "pulumi"
}

func stateFile(t *testing.T, s *Stack) []byte {
	t.Helper()
	data, _, _, err := fetchCheckpoint(t.Context(), s.bucket, s.keys)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRotate(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	o.Passphrase = oldPhrase
	if _, err := open(t, o).Rotate(t.Context(), Keys{Passphrase: newPhrase}, rotateIt); !errors.Is(err, ErrNoSecrets) {
		t.Errorf("a stack without secrets: %v", err)
	}
	s := withSecrets(t, o)
	before := stateFile(t, s)
	w.asked()

	wrong := o
	wrong.Passphrase = "wrong horse"
	if _, err := open(t, wrong).Rotate(t.Context(), Keys{Passphrase: newPhrase}, rotateIt); err == nil || !strings.Contains(err.Error(), "is not the one they were written with") {
		t.Errorf("with a wrong passphrase: %v", err)
	}
	if _, err := s.Rotate(t.Context(), Keys{Passphrase: newPhrase}, func(int) error { return errBroken }); !errors.Is(err, errBroken) {
		t.Errorf("not rotateIt to: %v", err)
	}
	if !bytes.Equal(before, stateFile(t, s)) {
		t.Error("what was refused has changed the state")
	}

	n, err := s.Rotate(t.Context(), Keys{Passphrase: newPhrase}, rotateIt)
	if err != nil || n == 0 {
		t.Fatalf("%d secrets, %v", n, err)
	}
	if reads(t, o, oldPhrase) || !reads(t, o, newPhrase) {
		t.Error("the new passphrase, and it alone, should open the secrets")
	}
	backups, err := s.bucket.list(t.Context(), s.keys.backups())
	if err != nil || len(backups) != 1 {
		t.Fatalf("backups: %q, %v", backups, err)
	}
	if kept, err := s.bucket.read(t.Context(), backups[0]); err != nil || !bytes.Equal(kept, before) {
		t.Errorf("the backup is not the state before: %v", err)
	}
	if calls := w.asked(); len(calls) != 0 {
		t.Errorf("the cloud was asked to %v", calls)
	}
	o.Passphrase = newPhrase
	r := up(t, open(t, o), thing{name: "aaa", secret: "hidden-1"}, thing{name: "bbb", secret: "hidden-2"})
	if len(r.Changes) != 0 {
		t.Errorf("the next up would change %v", rows(r.Changes))
	}
}

// TestRotateTakesTheJournalIn demands that what an update had done when it was cut off is rotated, too.
func TestRotateTakesTheJournalIn(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	o.Passphrase = oldPhrase
	s := open(t, o)
	interruptedRun(t, s, program(thing{name: "aaa", secret: "hidden-1"}, thing{name: "bbb", secret: "hidden-2"}))
	if _, err := s.Rotate(t.Context(), Keys{Passphrase: newPhrase}, rotateIt); err != nil {
		t.Fatal(err)
	}
	o.Passphrase = newPhrase
	if s = open(t, o); s.interrupted() {
		t.Error("there is still a journal")
	}
	up(t, s, thing{name: "aaa", secret: "hidden-1"}, thing{name: "bbb", secret: "hidden-2"})
	if !reads(t, o, newPhrase) {
		t.Error("the new passphrase does not open the secrets")
	}
}

// TestRotatePowerCut cuts the power before each call to the disk: the state is the old one or the new one, byte for byte.
func TestRotatePowerCut(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	o.Passphrase = oldPhrase
	before := stateFile(t, withSecrets(t, o))
	tape := newTape(t, filepath.Dir(o.Dir), w)
	recorded := o
	recorded.disk = tape
	rotated := open(t, recorded)
	if _, err := rotated.Rotate(t.Context(), Keys{Passphrase: newPhrase}, rotateIt); err != nil {
		t.Fatal(err)
	}
	after := stateFile(t, rotated)
	tape.mark(call{kind: "end"})
	old, fresh := 0, 0
	for moment := range tape.calls {
		for _, luck := range []func(int) fate{allLost, allKept} {
			dir := t.TempDir()
			tape.cut(moment, luck).write(t, dir)
			o := o
			o.Dir = filepath.Join(dir, ".msgdeploy")
			switch left := stateFile(t, open(t, o)); {
			case bytes.Equal(left, before):
				old++
			case bytes.Equal(left, after):
				fresh++
			default:
				t.Fatalf("power cut before %s: the state is neither the old one nor the new one", tape.calls[moment])
			}
		}
	}
	if old == 0 || fresh == 0 {
		t.Errorf("the cuts left %d old states and %d new ones", old, fresh)
	}
	if !reads(t, o, newPhrase) {
		t.Error("the new passphrase does not open the secrets")
	}
}

// sealed and unsealed are what the stand-ins for key services do to a key: they keep no secret, but nobody
// else understands them.
func sealed(b []byte) []byte { return append([]byte("sealed:"), b...) }
func unsealed(b []byte) ([]byte, bool) {
	return bytes.CutPrefix(b, []byte("sealed:"))
}

// startKMS starts a stand-in for AWS KMS: Encrypt and Decrypt of its JSON protocol, as service/kms of AWS's SDK
// speaks it. It returns the URL of a key, and a function that takes the key away.
func startKMS(t *testing.T) (url string, revoke func()) {
	t.Helper()
	revoked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in, out struct {
			KeyId          string `json:",omitempty"` //nolint:revive // as the protocol has it
			Plaintext      []byte `json:",omitempty"`
			CiphertextBlob []byte `json:",omitempty"`
		}
		ok := json.NewDecoder(r.Body).Decode(&in) == nil
		select {
		case <-revoked:
			ok = false
		default:
		}
		switch out.KeyId = in.KeyId; r.Header.Get("X-Amz-Target") {
		case "TrentService.Encrypt":
			out.CiphertextBlob = sealed(in.Plaintext)
		case "TrentService.Decrypt":
			var good bool
			out.Plaintext, good = unsealed(in.CiphertextBlob)
			ok = ok && good
		default:
			ok = false
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"__type":"AccessDeniedException","message":"no access to the key"}`))
			return
		}
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	return "awskms://alias/test?region=eu-west-1&endpoint=" + server.URL, func() { close(revoked) }
}

// startVault starts a stand-in for the transit engine of HashiCorp's Vault, and lets its client find it.
func startVault(t *testing.T) (url string, revoke func()) {
	t.Helper()
	revoked := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in, out struct {
			Plaintext  string `json:"plaintext,omitempty"`
			Ciphertext string `json:"ciphertext,omitempty"`
		}
		ok := json.NewDecoder(r.Body).Decode(&in) == nil && r.Header.Get("X-Vault-Token") == "token"
		select {
		case <-revoked:
			ok = false
		default:
		}
		const prefix = "vault:v1:"
		switch path.Dir(r.URL.Path) {
		case "/v1/transit/encrypt":
			out.Ciphertext = prefix + base64.StdEncoding.EncodeToString(sealed([]byte(in.Plaintext)))
		case "/v1/transit/decrypt":
			raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(in.Ciphertext, prefix))
			plain, good := unsealed(raw)
			out.Plaintext, ok = string(plain), ok && err == nil && good
		default:
			ok = false
		}
		if !ok {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"errors":["permission denied"]}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": out})
	}))
	t.Cleanup(server.Close)
	t.Setenv("VAULT_SERVER_URL", server.URL)
	t.Setenv("VAULT_SERVER_TOKEN", "token")
	return "hashivault://test", func() { close(revoked) }
}

// TestKeyServices keeps secrets with a key of a cloud, rotates to it and away from it, and takes it away.
// It is not parallel: where Vault is stands in the environment.
func TestKeyServices(t *testing.T) {
	for name, start := range map[string]func(*testing.T) (string, func()){"awskms": startKMS, "hashivault": startVault} {
		t.Run(name, func(t *testing.T) {
			url, revoke := start(t)
			o := testOptions(t, newWorld())
			o.Secrets = url
			s := withSecrets(t, o)
			if !reads(t, o, "") {
				t.Fatal("the key does not open the secrets")
			}
			assertNowhere(t, o.Dir, "hidden-")
			if _, err := os.Stat(o.keyFile()); !os.IsNotExist(err) {
				t.Errorf("there is a passphrase, which nothing needs: %v", err)
			}
			if _, err := s.Rotate(t.Context(), Keys{Passphrase: newPhrase}, rotateIt); err != nil {
				t.Fatal(err)
			}
			o.Secrets = ""
			if !reads(t, o, newPhrase) {
				t.Error("the passphrase does not open the secrets")
			}
			o.Passphrase = newPhrase
			if _, err := open(t, o).Rotate(t.Context(), Keys{URL: url}, rotateIt); err != nil {
				t.Fatal(err)
			}
			if !reads(t, o, "") {
				t.Error("the key does not open the secrets that were rotated to it")
			}
			before := stateFile(t, s)
			revoke()
			_, err := open(t, o).Rotate(t.Context(), Keys{Passphrase: newPhrase}, rotateIt)
			if err == nil || !strings.Contains(err.Error(), "read the state's secrets") {
				t.Errorf("without the key: %v", err)
			}
			if !bytes.Equal(before, stateFile(t, s)) {
				t.Error("what failed has changed the state")
			}
		})
	}
}
