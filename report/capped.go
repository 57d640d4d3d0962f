package report

import (
	"fmt"
	"io"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// textLimit is how many of one kind the text shows: more than that nobody reads, and the rest is counted.
const textLimit = 100

// capped writes the first of a list, and how many more there are of what.
func capped[T any](out io.Writer, list []T, what string, write func(T)) {
	for i, item := range list {
		if i == textLimit {
			writeMore(out, len(list)-textLimit, what)
			return
		}
		write(item)
	}
}

func writeMore(out io.Writer, n int, what string) {
	_, _ = fmt.Fprintf(out, "… and %d more %s; -o json has all\n", n, what) // into memory
}

// writeParts writes the first elements of each kind of change, so that a thousand new ones do not hide the one that
// is deleted, and counts the others.
func writeParts(out io.Writer, parts []part, write func(part)) {
	seen := map[deploy.Op]int{}
	for _, p := range parts {
		if seen[p.op]++; seen[p.op] <= textLimit {
			_, _ = fmt.Fprintln(out)
			write(p)
		}
	}
	gap := "\n"
	for _, op := range []deploy.Op{deploy.OpCreate, deploy.OpUpdate, deploy.OpReplace, deploy.OpDelete} {
		if more := seen[op] - textLimit; more > 0 {
			_, _ = io.WriteString(out, gap)
			gap = ""
			writeMore(out, more, "that are "+becomes(op))
		}
	}
}
