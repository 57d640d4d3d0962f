package report

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
)

func exported() map[string]any {
	return map[string]any{
		"url":    "nats://127.0.0.1:4222",
		"topics": map[string]any{"user-created": map[string]any{"subject": "shop.local.topic.user-created"}},
		"queues": map[string]any{
			"jobs":  map[string]any{"subject": "j", "stream": "js", "consumer": "c", "deadLetterStream": "jd"},
			"audit": map[string]any{"subject": "a", "stream": "as", "consumer": "c"},
			"pull":  map[string]any{"topic": "t", "subscriptions": []any{"s1", "s2"}, "url": "u"},
		},
		"services": map[string]any{"worker": map[string]any{"credentials": "it's here", "inboxPrefix": "_INBOX"}},
		"strange":  "left out",
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	out := NewOutputs("nats", exported())
	golden(t, "outputs.txt", out.WriteText)
	golden(t, "outputs.json", func(w io.Writer) error { return WriteJSON(w, out) })
}

func TestWriteEnv(t *testing.T) {
	t.Parallel()
	grant := func(service string, verb permissions.Verb, resource permissions.Address) permissions.Grant {
		return permissions.Grant{Principal: permissions.ServiceAddress(service), Verb: verb, Resource: resource}
	}
	var b strings.Builder
	err := NewOutputs("nats", exported()).WriteEnv(&b, "worker", []permissions.Grant{
		grant("worker", permissions.Publish, permissions.TopicAddress("user-created")),
		grant("worker", permissions.Enqueue, permissions.QueueAddress("audit")),
		grant("worker", permissions.Dequeue, permissions.QueueAddress("pull")),
		grant("worker", permissions.Dequeue, permissions.QueueAddress("jobs").DeadLetters()),
		grant("another", permissions.Dequeue, permissions.QueueAddress("audit")),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `MSG_CREDENTIALS='it'\''s here'
MSG_INBOX_PREFIX=_INBOX
MSG_PROVIDER=nats
MSG_QUEUE_AUDIT_SUBJECT=a
MSG_QUEUE_JOBS_CONSUMER=c
MSG_QUEUE_JOBS_DEAD_LETTER_STREAM=jd
MSG_QUEUE_PULL_SUBSCRIPTIONS=s1,s2
MSG_QUEUE_PULL_URL=u
MSG_TOPIC_USER_CREATED_SUBJECT=shop.local.topic.user-created
MSG_URL=nats://127.0.0.1:4222
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

// What a shell reads back is what was meant.
func TestQuote(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"", "plain", "a b", "it's", `$HOME "x" \ ; # &`, "$JS.API.>", "é", "*", "a\nb", "~"} {
		got, err := exec.CommandContext(t.Context(), "sh", "-c", "V="+quote(v)+"; printf %s \"$V\"").Output()
		if err != nil || string(got) != v {
			t.Errorf("%q is read back from %s as %q (%v)", v, quote(v), got, err)
		}
	}
}
