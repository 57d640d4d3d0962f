// Package hush keeps the terminal out of it while the program starts.
//
// Bubble Tea, which comes with Pulumi's SDK, asks the terminal for its background colour
// while packages are initialized, whatever the program is about to do. Escape sequences
// appear on stdout, what was typed ahead is swallowed, and a terminal that does not answer
// holds the program up for seconds. A dumb terminal is not asked: so the terminal is dumb
// until [Restore].
//
// That this comes first is no luck. Of the packages whose imports are initialized, Go
// takes the one whose path sorts first (https://go.dev/ref/spec#Program_initialization).
// This one imports os alone, and sorts before github.com/muesli/termenv, without which
// Bubble Tea cannot begin.
package hush

import "os"

var (
	term, wasSet = os.LookupEnv("TERM")
	errDumb      = os.Setenv("TERM", "dumb")
)

// Restore gives TERM back its value. The main function calls it before all else.
func Restore() error {
	switch {
	case errDumb != nil:
		return errDumb
	case wasSet:
		return os.Setenv("TERM", term)
	default:
		return os.Unsetenv("TERM")
	}
}
