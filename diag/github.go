package diag

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// WriteGitHub renders ds as workflow commands, which GitHub Actions shows as
// annotations of the lines.
//
// See https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
func WriteGitHub(w io.Writer, ds Diagnostics) error {
	for _, d := range ds.Sorted() {
		properties := []string{"title=" + escapeProperty(fmt.Sprintf("%s [%s]", d.Summary, d.Code))}
		if !d.Range.IsZero() {
			properties = append(properties, "file="+escapeProperty(filepath.ToSlash(d.Range.File)))
		}
		if d.Range.Start.Line > 0 {
			properties = append(properties,
				fmt.Sprintf("line=%d", d.Range.Start.Line), fmt.Sprintf("endLine=%d", d.Range.End.Line),
				fmt.Sprintf("col=%d", d.Range.Start.Column), fmt.Sprintf("endColumn=%d", d.Range.End.Column))
		}
		message := d.Detail
		for _, r := range d.Related {
			message += fmt.Sprintf("\n%s: %s", r.Range, r.Message)
		}
		command := d.Severity.String()
		if d.Severity == Note {
			command = "notice"
		}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", command, strings.Join(properties, ","), escapeMessage(message)); err != nil {
			return err
		}
	}
	return nil
}

// What GitHub's runner reads as the end of a message or of a property is escaped, so
// that no text of a spec becomes a command.
func escapeMessage(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func escapeProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(escapeMessage(s))
}
