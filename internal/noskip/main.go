// Command noskip reads `go test -json` from its standard input, prints what plain
// `go test` would, and fails if a test was skipped: a test that does not run proves nothing.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	code, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "noskip:", err)
		code = 1
	}
	os.Exit(code) //nolint:forbidigo // this is a main
}

// event is one line of `go test -json`, see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// report copies the output of packages and of failed tests to w. The code is 1 if
// anything failed or was skipped.
func report(r io.Reader, w io.Writer) (code int, err error) {
	var skipped []string
	passed, failed := 0, 0
	outputs := map[string]string{} // of running tests, by package and test
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(w, lines.Text()) // such as a message of the build
			continue
		}
		test := e.Package + "." + e.Test
		switch {
		case e.Action == "output" && e.Test == "", e.Action == "build-output":
			fmt.Fprint(w, e.Output)
		case e.Action == "output":
			outputs[test] += e.Output
		case e.Action == "pass" && e.Test != "":
			passed++
			delete(outputs, test)
		case e.Action == "fail", e.Action == "build-fail":
			failed++
			fmt.Fprint(w, outputs[test])
		case e.Action == "skip" && e.Test != "":
			skipped = append(skipped, test)
			fmt.Fprint(w, outputs[test])
		}
	}
	if err := lines.Err(); err != nil {
		return 1, fmt.Errorf("read the tests' output: %w", err)
	}
	for _, test := range skipped {
		fmt.Fprintf(w, "skipped: %s\n", test)
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", passed, failed, len(skipped))
	if failed > 0 || len(skipped) > 0 || passed == 0 {
		return 1, nil
	}
	return 0, nil
}
