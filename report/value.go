package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// value writes a property as JSON on one line, which shows a string's control characters as
// escapes instead of sending them to the terminal.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "(none)"
	default:
		if isUnknown(v) {
			return "(known after up)"
		}
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(plain(v)); err != nil {
			return visible(fmt.Sprintf("%v", v))
		}
		return visible(strings.TrimSuffix(b.String(), "\n"))
	}
}

// visible is a text that came from elsewhere as one line that shows all that is in it:
// what a terminal may obey, what breaks a line, and what makes letters change places or
// vanish, so that a reviewer would read something else than what is there.
func visible(s string) string {
	if !strings.ContainsFunc(s, hides) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hides(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hides reports whether a rune is not seen as itself: control and format characters, of
// which the directions of text are some, and separators that are no space.
func hides(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}

// isUnknown reports whether only the operation itself will tell what v is.
func isUnknown(v any) bool {
	switch v.(type) {
	case deploy.Unknown, *deploy.Unknown:
		return true
	default:
		return false
	}
}

// clip cuts a text after most runes, and says how many it left out.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := utf8.RuneCountInString(s)
	if n <= most {
		return s
	}
	i := 0
	for at := range s {
		if i == most {
			return fmt.Sprintf("%s… and %d characters more", s[:at], n-most)
		}
		i++
	}
	return s
}
