package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// large is an operation with n changes of resources of as many elements, of which every
// tenth loses messages, and with as many changes of access.
func large(n int) Operation {
	r := &deploy.Result{Summary: deploy.Summary{Update: n}}
	for i := range n {
		name := fmt.Sprintf("jobs-%06d", i)
		c := deploy.Change{Element: "queue." + name, Type: "aws:sqs/queue:Queue", Name: name, Op: deploy.OpUpdate, Messages: -1, Diff: []deploy.PropertyDiff{
			{Path: "messageRetentionSeconds", Kind: "update", Before: 345600.0, After: 604800.0},
			{Path: "policy", Kind: "update",
				Before: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"A","Resource":["arn:%d"]}]}`, i),
				After:  fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"A","Resource":["arn:%d","arn:%d"]}]}`, i, i+1)},
		}}
		if i%10 == 0 {
			c.Op, c.DataLoss, c.Reasons = deploy.OpReplace, true, []string{"messageRetentionSeconds"}
		}
		r.Changes = append(r.Changes, c)
	}
	for i := range n {
		r.Changes = append(r.Changes, deploy.Change{
			Element: fmt.Sprintf("service.s-%06d", i), Type: serviceType, Name: fmt.Sprintf("s-%06d", i), Op: deploy.OpUpdate, Component: true,
			Diff: []deploy.PropertyDiff{{Path: "grants", Kind: "add", After: []any{"publish topic.orders"}}},
		})
	}
	o := operation(r, true)
	for i := range n {
		o.Trust = append(o.Trust, TrustChange{Kind: "identity", Subject: fmt.Sprintf("services.s-%06d.identity", i), Before: strings.Repeat("x", 200), After: "y"})
	}
	return o
}

// TestMarkdownLimit: a comment is never longer than GitHub takes, whatever there is to say;
// what matters is said first, and what is left out is counted.
func TestMarkdownLimit(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 100, 1_000, 3_000} {
		var b strings.Builder
		if err := large(n).WriteMarkdown(&b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if len(text) >= 65_536 {
			t.Errorf("%d changes: %d bytes", n, len(text))
		}
		if !strings.HasPrefix(text, "<!-- msgdeploy:shop/local -->\n") {
			t.Errorf("%d changes: the first line is not the marker", n)
		}
		for _, must := range []string{"to update", "queue.jobs-000000` loses", "`s-000000` **gains**", "services.s-000000.identity"} {
			if !strings.Contains(text, must) {
				t.Errorf("%d changes: %q is cut", n, must)
			}
		}
		if cut := strings.Contains(text, "Left out: "); cut != (n > 100) && n != 100 {
			t.Errorf("%d changes: that something was left out is said: %t", n, cut)
		}
		if strings.Count(text, "```")%2 != 0 || strings.Count(text, "<details>") != strings.Count(text, "</details>") {
			t.Errorf("%d changes: something is cut in the middle", n)
		}
	}
}

// TestMarkdownLongTexts: texts without end do not crowd out what matters.
func TestMarkdownLongTexts(t *testing.T) {
	t.Parallel()
	o := operation(everything(), true)
	long := strings.Repeat("`long` \U0001F600|", 40_000)
	o.Base, o.Failure, o.Unknown = long, long, []string{long, long}
	o.Refused = []Refusal{{Guard: "data-loss", Text: long}}
	o.Trust = []TrustChange{{Kind: "endpoint", Subject: long, Before: long, After: long}}
	o.Result.Diagnostics = append(o.Result.Diagnostics, deploy.Message{Severity: "warning", Text: long})
	o.Result.Changes[4].Diff[2].Before = long
	var b strings.Builder
	if err := o.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	if b.Len() >= 65_536 {
		t.Errorf("%d bytes", b.Len())
	}
	for _, must := range []string{"**Failed**", "**Refused** by `data-loss`", "`queue.audit` loses", "`web` **gains**", "**Trust**", "</details>"} {
		if !strings.Contains(b.String(), must) {
			t.Errorf("%q is cut", must)
		}
	}
}

func BenchmarkFormats(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		o := large(n / 2)
		for name, write := range map[string]func(io.Writer) error{"markdown": o.WriteMarkdown, "html": o.WriteHTML} {
			b.Run(fmt.Sprintf("%s-%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if err := write(io.Discard); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
