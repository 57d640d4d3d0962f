package report

// Style says how text is dressed. The zero Style is plain text.
type Style struct {
	// Color uses ANSI colours.
	Color bool
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

// paint returns s in a colour, or as it is.
func (st Style) paint(code, s string) string {
	if !st.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Error dresses a word that says that something failed.
func (st Style) Error(s string) string { return st.paint(red, s) }

// Warning dresses a word that says that something may be wrong.
func (st Style) Warning(s string) string { return st.paint(yellow, s) }
