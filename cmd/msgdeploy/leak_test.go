package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const leakSpec = `version: 1
project: shop
topics: {order-placed: {}}
queues: {jobs: {}%s}
services: {web: {}, worker: {}}
permissions: {web: {publish: [order-placed], enqueue: [jobs]}, worker: {dequeue: [jobs]}}
stacks: {local: {nats: {}}}
`

// TestNoSecretLeaks runs everything that shows or keeps something of a stack, also where it fails, is killed, or has
// its keys rotated, and looks for each secret there is, in all the ways it could be written.
func TestNoSecretLeaks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	spec := filepath.Join(dir, "msgdeploy.yaml")
	var shown bytes.Buffer
	run := func(code int, args ...string) {
		t.Helper()
		for _, word := range args {
			fmt.Fprintf(&shown, "%s ", word)
		}
		cmd := exec.Command("msgdeploy", args...)
		cmd.Dir = dir
		text, err := cmd.CombinedOutput()
		shown.Write(text)
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Fatalf("msgdeploy %s: exit %d (%v), want %d\n%s", strings.Join(args, " "), got, err, code, text)
		}
	}
	write(t, spec, fmt.Sprintf(leakSpec, ""))
	for _, format := range operationFormats("preview") {
		run(0, "preview", "-o", format)
	}
	run(0, "preview", "--plan", "first.json")
	run(0, "up", "--plan", "first.json")
	run(0, "outputs")
	run(0, "outputs", "-o", "json")
	run(0, "stacks", "export", "local")
	run(0, "render", "-o", "json")
	first := secretsBelow(t, dir)

	// An up that is killed, and one that goes on; then one that is refused.
	write(t, spec, fmt.Sprintf(leakSpec, ", audit: {}"))
	killAt(t, dir, 3)
	run(0, "preview", "-o", "json")
	run(0, "up", "--yes", "-o", "json")
	write(t, spec, fmt.Sprintf(leakSpec, ""))
	for _, format := range operationFormats("preview") {
		run(0, "preview", "-o", format)
	}
	run(exitRefused, "up", "--yes")
	const phrase = "nothing but a horse"
	write(t, filepath.Join(dir, "new.txt"), phrase)
	run(0, "secrets", "rotate", "--passphrase-file", "new.txt", "--yes")
	run(exitFailed, "up", "--yes", "--allow-data-loss", "queue.audit") // the old passphrase
	run(0, "history")
	run(0, "history", "-o", "json")
	for _, format := range []string{"text", "json", "markdown", "html"} {
		run(0, "history", "show", "1", "-o", format)
	}
	run(0, "history", "show", "1", "--spec")
	run(0, "preview", "--offline", "--to", "1", "-o", "json")

	secrets := append(secretsBelow(t, dir), first...)
	secrets = append(secrets, phrase)
	slices.Sort(secrets)
	secrets = slices.Compact(secrets)
	if len(secrets) < 5 { // the passphrase, and what the services and the broker sign with
		t.Fatalf("the test knows of %d secrets alone", len(secrets))
	}
	look := func(where string, data []byte) {
		for i, secret := range secrets {
			for how, written := range writings(secret) {
				if bytes.Contains(data, []byte(written)) {
					t.Errorf("%s has secret %d, as %s", where, i, how)
				}
			}
		}
	}
	look("what was printed", shown.Bytes())
	for _, kept := range []string{".msgdeploy/.pulumi", ".msgdeploy/journal", "first.json"} {
		err := filepath.WalkDir(filepath.Join(dir, kept), func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			look(name, data)
			if strings.HasSuffix(name, ".gz") {
				look(name, unzipped(t, data))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// secretsBelow are the passphrase of a directory's state, and all private keys that are on its disk: NATS writes
// them as an S, the kind of what they are of, and base32.
func secretsBelow(t *testing.T, dir string) []string {
	t.Helper()
	seed := regexp.MustCompile(`S[AOUNCX][A-Z2-7]{56}`)
	var found []string
	err := filepath.WalkDir(filepath.Join(dir, stateDir), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if e.Name() == "key" {
			found = append(found, strings.TrimSpace(string(data)))
		}
		found = append(found, seed.FindAllString(string(data), -1)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// writings are the ways in which a secret could stand somewhere. Of base64 there are three: it depends on what
// stands before; the letters at both ends depend on what is beside, and are left out.
func writings(secret string) map[string]string {
	quoted, _ := json.Marshal(secret) // of a string, it cannot fail
	out := map[string]string{
		"itself": secret, "hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"a part of a URL": url.PathEscape(secret), "a value of a URL": url.QueryEscape(secret), "JSON": strings.Trim(string(quoted), `"`),
	}
	for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 of URLs": base64.RawURLEncoding} {
		for shift := range 3 {
			text := encoding.EncodeToString([]byte(strings.Repeat(" ", shift) + secret))
			out[fmt.Sprintf("%s, %d", name, shift)] = text[(shift*8+5)/6 : len(text)-1]
		}
	}
	return out
}

func unzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWritings proves that the search finds what it looks for.
func TestWritings(t *testing.T) {
	t.Parallel()
	const secret = "hunter 2/\"x\""
	all := writings(secret)
	for _, text := range []string{
		"<" + secret + ">", hex.EncodeToString([]byte("a" + secret)), url.QueryEscape("a b" + secret), url.PathEscape("a b" + secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("x" + secret + "yz")),
		base64.URLEncoding.EncodeToString([]byte("xy" + secret + "z")), `{"a":"hunter 2/\"x\""}`,
	} {
		found := false
		for _, written := range all {
			found = found || strings.Contains(text, written)
		}
		if !found {
			t.Errorf("%s is not found to hold the secret", text)
		}
	}
}
