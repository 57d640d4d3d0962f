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

// Error, Warning and Strong dress words in notes that other packages write.
func (st Style) Error(s string) string   { return st.paint(red, s) }
func (st Style) Warning(s string) string { return st.paint(yellow, s) }
func (st Style) Strong(s string) string  { return st.paint(bold, s) }
