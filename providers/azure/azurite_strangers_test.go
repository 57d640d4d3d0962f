//go:build strangers

package azure

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Azurite's one account and its key, which its documentation prints.
const (
	azuriteAccount = "devstoreaccount1"
	azuriteKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// azurite is Microsoft's emulator of Queue Storage, which `make strangers` installs.
type azurite struct {
	t   *testing.T
	url string
}

func startAzurite(t *testing.T) azurite {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node_modules/.bin/azurite-queue",
		"--queuePort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry")
	cmd.Dir = "../../internal/strangers"
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended with the test's context before
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	})
	listening := regexp.MustCompile(`listens on (http://\S+)`)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			return azurite{t, m[1]}
		}
	}
	t.Fatal("azurite ended before it listened")
	return azurite{}
}

// pass signs a request of somebody who may do what permissions say: a(dd), p(rocess),
// u(pdate), r(ead), w(rite), d(elete).
// https://learn.microsoft.com/rest/api/storageservices/create-account-sas
func pass(t *testing.T, permissions string) url.Values {
	t.Helper()
	q := url.Values{
		"sv": {"2019-12-12"}, "ss": {"q"}, "srt": {"sco"}, "sp": {permissions},
		"se": {time.Now().Add(time.Hour).UTC().Format(time.RFC3339)},
	}
	key, err := base64.StdEncoding.DecodeString(azuriteKey)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, strings.Join([]string{azuriteAccount, permissions, "q", "sco", "", q.Get("se"), "", "", q.Get("sv"), ""}, "\n"))
	q.Set("sig", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return q
}

// message is one of a queue as Get Messages returns it.
type message struct {
	ID           string `xml:"MessageId"`
	PopReceipt   string
	DequeueCount int
	Text         string `xml:"MessageText"`
}

// do sends a request as somebody who has permissions, and returns the messages of the answer.
func (a azurite) do(permissions, method, path string, query url.Values, body string) (status int, messages []message) {
	a.t.Helper()
	q := pass(a.t, permissions)
	for k, v := range query {
		q[k] = v
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.url+"/"+azuriteAccount+path+"?"+q.Encode(), strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	var list struct {
		Messages []message `xml:"QueueMessage"`
	}
	if resp.StatusCode == http.StatusOK {
		if err := xml.Unmarshal(data, &list); err != nil {
			a.t.Fatalf("%v in:\n%s", err, data)
		}
	}
	return resp.StatusCode, list.Messages
}

const (
	enqueues = "a" // what messages/add/action permits
	dequeues = "p" // messages/process/action
	extends  = "u" // messages/write, but for the Put that it permits besides
)

func xmlMessage(text string) string {
	return "<QueueMessage><MessageText>" + text + "</MessageText></QueueMessage>"
}

// until asks again and again for what is but a matter of time.
func (a azurite) until(what string, done func() bool) {
	a.t.Helper()
	for !done() {
		if a.t.Context().Err() != nil {
			a.t.Fatalf("%s: never", what)
		}
	}
}

// TestStrangerAzurite creates the queues of rendered programs in Azurite, under the paths
// that the outputs tell, and uses them as services do: what each verb's action permits is
// enough, and the other verb's is not.
func TestStrangerAzurite(t *testing.T) {
	a := startAzurite(t)
	queues := map[string]bool{}
	for _, top := range cases(t) {
		r := render(t, top)
		for name, res := range of(r, typeQueue) {
			path := pathOf(t, r.Outputs, name)
			if path != "/"+res.Inputs["queueName"].(string) {
				t.Errorf("%s: the outputs lead to %s, the queue is %s", name, path, res.Inputs["queueName"])
			}
			queues[path] = true
		}
	}
	if len(queues) < 4 {
		t.Fatalf("%d queues: what is tried?", len(queues))
	}
	if status, _ := a.do("w", http.MethodPut, "/Not_A--Name", nil, ""); status != http.StatusBadRequest {
		t.Fatalf("Azurite takes any name: status %d", status)
	}
	for path := range queues {
		if status, _ := a.do("w", http.MethodPut, path, nil, ""); status != http.StatusCreated {
			t.Errorf("create %s: status %d", path, status)
			continue
		}
		a.walk(path)
	}
}

// pathOf is the path of a queue's URL in the outputs.
func pathOf(t *testing.T, outputs map[string]any, name string) string {
	t.Helper()
	all, _ := outputs["outputs"].(map[string]any)
	listed, _ := all["queues"].(map[string]any)
	of, _ := listed[name].(map[string]any)
	u, err := url.Parse(of["url"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

func (a azurite) walk(path string) {
	messages := path + "/messages"
	want := func(what string, got, want int) {
		a.t.Helper()
		if got != want {
			a.t.Errorf("%s %s: status %d, want %d", what, path, got, want)
		}
	}
	get := func(as string, lease string) (int, []message) {
		return a.do(as, http.MethodGet, messages, url.Values{"visibilitytimeout": {lease}}, "")
	}
	status, _ := a.do(dequeues, http.MethodPost, messages, nil, xmlMessage("no"))
	want("enqueue with the right to dequeue", status, http.StatusForbidden)
	status, _ = a.do(enqueues, http.MethodPost, messages, nil, xmlMessage("hello"))
	want("enqueue", status, http.StatusCreated)
	status, _ = get(enqueues, "1")
	want("dequeue with the right to enqueue", status, http.StatusForbidden)

	_, first := get(dequeues, "1")
	if len(first) != 1 || first[0].Text != "hello" || first[0].DequeueCount != 1 {
		a.t.Fatalf("dequeue from %s: %+v", path, first)
	}
	if _, hidden := get(dequeues, "30"); len(hidden) != 0 {
		a.t.Errorf("%s: a leased message is seen: %+v", path, hidden)
	}
	var again []message
	a.until("the lease expires", func() bool { _, again = get(dequeues, "30"); return len(again) == 1 })
	if again[0].DequeueCount != 2 || again[0].ID != first[0].ID {
		a.t.Errorf("%s: after the lease comes %+v", path, again[0])
	}

	of := func(m message, more ...string) url.Values {
		q := url.Values{"popreceipt": {m.PopReceipt}}
		for i := 0; i+1 < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return q
	}
	one := messages + "/" + again[0].ID
	status, _ = a.do(dequeues, http.MethodPut, one, of(again[0], "visibilitytimeout", "60"), xmlMessage("hello"))
	want("extend the lease with the right to dequeue alone", status, http.StatusForbidden)
	status, _ = a.do(dequeues, http.MethodDelete, one, of(first[0]), "")
	if status < 400 {
		a.t.Errorf("%s: a lease that has expired completes the message", path)
	}
	status, _ = a.do(enqueues, http.MethodDelete, one, of(again[0]), "")
	want("complete with the right to enqueue", status, http.StatusForbidden)
	status, _ = a.do(dequeues, http.MethodDelete, one, of(again[0]), "")
	want("complete", status, http.StatusNoContent)
	status, _ = a.do(dequeues, http.MethodDelete, messages, nil, "")
	want("clear the queue with the right to dequeue", status, http.StatusForbidden)

	status, _ = a.do(enqueues, http.MethodPost, messages, nil, xmlMessage("longer"))
	want("enqueue", status, http.StatusCreated)
	_, leased := get(dequeues, "30")
	if len(leased) != 1 {
		a.t.Fatalf("dequeue from %s: %+v", path, leased)
	}
	status, _ = a.do(extends, http.MethodPut, messages+"/"+leased[0].ID, of(leased[0], "visibilitytimeout", "600"), xmlMessage("longer"))
	want("extend the lease", status, http.StatusNoContent)

	status, _ = a.do(enqueues, http.MethodPost, messages, url.Values{"messagettl": {"1"}}, xmlMessage("short"))
	want("enqueue with a time to live", status, http.StatusCreated)
	a.until("the message expires", func() bool {
		_, left := a.do("r", http.MethodGet, messages, url.Values{"peekonly": {"true"}}, "")
		return len(left) == 0
	})
}
