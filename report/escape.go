package report

import "strings"

// code is a text as Markdown's inline code, in which nothing is markup, a mention or a link,
// whatever the text is.
func code(s string) string {
	s = visible(s)
	ticks := strings.Repeat("`", longestRun(s, '`')+1)
	if s == "" || strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) == "" || s != strings.TrimSpace(s) {
		// Markdown takes one space from each end of code that is not all spaces.
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// cell is code within a table, where a bar ends the cell even in code, unless a backslash
// is before it that has none before itself (cmark-gfm, extensions/table.c).
func cell(s string) string {
	bar := `\|`
	if strings.Contains(s, `\`) {
		bar = `\u007c`
	}
	s = code(s)
	return strings.ReplaceAll(s, "|", bar)
}

// prose is a sentence of msgdeploy's own: as it is where nothing in it could be taken for
// markup, a mention or a link, which names of others that it quotes could be, and else as code.
func prose(s string) string {
	if strings.ContainsAny(s, "`@<>[]()*_|~\\#&") || strings.Contains(s, "://") || strings.Contains(s, "www.") {
		return code(s)
	}
	return visible(s)
}

// fenced is a text of lines as a block of code that no line of it ends.
func fenced(language, text string) string {
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	return fence + language + "\n" + text + fence + "\n"
}

// longestRun is how often a byte follows itself at most.
func longestRun(s string, of byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != of {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
