package standin

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Matches refuses a string that does not match a pattern. The reason says what is wanted.
func Matches(path string, pattern *regexp.Regexp, reason string) Check {
	return func(v Values) []Problem {
		if s := v.String(path); s != "" && !pattern.MatchString(s) {
			return problem(path, "%s", reason)
		}
		return nil
	}
}

// Between refuses a number outside of a range. Its ends are allowed.
func Between(path string, least, most float64) Check {
	return func(v Values) []Problem {
		if n, ok := v.Number(path); ok && (n < least || n > most || n != math.Trunc(n)) {
			return problem(path, "expected a whole number from %.0f to %.0f, got %v", least, most, n)
		}
		return nil
	}
}

// OneOf refuses a string that is none of the values.
func OneOf(path string, values ...string) Check {
	return func(v Values) []Problem {
		if s := v.String(path); s != "" && !slices.Contains(values, s) {
			return problem(path, "expected one of %s", strings.Join(values, ", "))
		}
		return nil
	}
}

// AtMostBytes refuses a string that is longer, in bytes.
func AtMostBytes(path string, most int) Check {
	return func(v Values) []Problem {
		if n := len(v.String(path)); n > most {
			return problem(path, "is %d bytes long, of at most %d", n, most)
		}
		return nil
	}
}

// Conflict refuses two inputs at once.
func Conflict(a, b string) Check {
	return func(v Values) []Problem {
		if v.Has(a) && v.Has(b) {
			return problem(a, "conflicts with %s", b)
		}
		return nil
	}
}

// OnlyWith refuses inputs while a switch is off.
func OnlyWith(on string, paths ...string) Check {
	return func(v Values) []Problem {
		if v.Bool(on) || v.Unknown(on) {
			return nil
		}
		var found []Problem
		for _, p := range paths {
			// False is how such a thing is left off.
			if v.String(p) != "" || v.Bool(p) {
				found = append(found, problem(p, "is only valid with %s", on)...)
			}
		}
		return found
	}
}

func problem(property, format string, args ...any) []Problem {
	return []Problem{{Property: property, Reason: fmt.Sprintf(format, args...)}}
}
