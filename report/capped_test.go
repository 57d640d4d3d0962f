package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// TestTextLimit: the text of a large operation has a hundred of each kind, and counts the rest.
func TestTextLimit(t *testing.T) {
	t.Parallel()
	o := large(10_000)
	r := o.Result
	r.Changes = append(r.Changes, deploy.Change{Element: "queue.zebra", Type: "aws:sqs/queue:Queue", Name: "zebra", Op: deploy.OpDelete, Component: true})
	var b bytes.Buffer
	if err := o.WriteText(&b, Style{}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, must := range []string{
		"… and 900 more lose messages; -o json has all\n", "… and 9900 more are gained; -o json has all\n", "… and 9900 more changes of trust; -o json has all\n",
		"\n\n… and 18900 more that are changed; -o json has all\n… and 900 more that are replaced; -o json has all\n", "queue.zebra is deleted\n",
	} {
		if !strings.Contains(text, must) {
			t.Errorf("%q is missing", must)
		}
	}
	if lines := strings.Count(text, "\n"); lines > 2_500 {
		t.Errorf("%d lines", lines)
	}
	b.Reset()
	if err := large(100).WriteText(&b, Style{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "lose messages;") || strings.Contains(b.String(), "are gained;") {
		t.Errorf("a hundred are too many:\n%s", &b)
	}
}

// TestProgressIsShort: where the progress is no terminal's, tens of thousands of steps do not scroll for ever, and
// failures and notes are never left out.
func TestProgressIsShort(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := NewProgress(&b, Style{}, 0)
	const steps = 40_000
	for i := 1; i <= steps; i++ {
		c := deploy.Change{Element: fmt.Sprintf("queue.q-%d", i), Type: "aws:sqs/queue:Queue", Name: "q", Op: deploy.OpCreate}
		p.Step(deploy.Progress{Change: c, Finished: i - 1, Total: steps})
		p.Step(deploy.Progress{Change: c, Done: true, Finished: i, Total: steps})
	}
	p.Step(deploy.Progress{Change: deploy.Change{Element: "queue.last", Op: deploy.OpCreate}, Done: true, Err: "no room", Finished: 12_345, Total: steps})
	p.Note(func() { b.WriteString("noted\n") })
	text := b.String()
	if lines := strings.Count(text, "\n"); lines != 100+9+39+2 {
		t.Errorf("%d lines", lines)
	}
	for _, must := range []string{"[100/40000] created queue.q-100 ", "[1000/40000] ", "[40000/40000] ", "failed queue.last", "noted\n"} {
		if !strings.Contains(text, must) {
			t.Errorf("%q is missing", must)
		}
	}
}
