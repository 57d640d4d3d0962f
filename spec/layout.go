package spec

import (
	"fmt"
	"strings"
)

// entry follows a line of block style from its first character on: dashes open lists, a
// key opens a mapping or continues one.
func (l *layout) entry(indent int) {
	parent := indent
	for l.text[indent] == '-' && l.blank(indent+1) {
		l.place(block{indent, '-', l.line, 1})
		if l.found != nil {
			return
		}
		l.open = true
		parent = indent
		indent = l.value(indent + 1)
		if l.over(indent) {
			return
		}
	}
	if l.complexKey(indent) {
		l.lost = true
		return
	}
	colon := l.colon(indent)
	if colon < 0 {
		if l.text[indent] != '|' && l.text[indent] != '>' {
			l.place(block{indent, ' ', l.line, len(l.text) - indent})
		}
		l.scan(indent, parent)
		return
	}
	l.place(block{indent, ':', l.line, colon - indent})
	value := l.value(colon + 1)
	l.open = l.over(value)
	if !l.open {
		l.scan(value, indent)
	}
}

// complexKey reports whether the line at index i begins with a key that is no word.
func (l *layout) complexKey(i int) bool {
	if strings.ContainsRune("?:", l.text[i]) && l.blank(i+1) {
		return true
	}
	n := len(l.blocks)
	return (l.text[i] == '{' || l.text[i] == '[') && n > 0 && l.blocks[n-1].kind == ':' && l.blocks[n-1].indent == i
}

// blank reports whether there is a space or nothing at index i.
func (l *layout) blank(i int) bool { return i >= len(l.text) || l.text[i] == ' ' || l.text[i] == '\t' }

// over reports whether nothing but a comment is left at index i.
func (l *layout) over(i int) bool { return i >= len(l.text) || l.text[i] == '#' }

// value returns where the value begins that may stand at index i, after spaces, and
// after anchors and tags unless a value follows them in the line.
func (l *layout) value(i int) int {
	for i < len(l.text) && l.blank(i) {
		i++
	}
	rest := i
	for rest < len(l.text) && (l.text[rest] == '&' || l.text[rest] == '!') {
		for rest < len(l.text) && !l.blank(rest) {
			rest++
		}
		for rest < len(l.text) && l.blank(rest) {
			rest++
		}
	}
	if l.over(rest) {
		return rest
	}
	return i
}

// place fits a new block line among the open blocks.
func (l *layout) place(b block) {
	popped := false
	for n := len(l.blocks); n > 0 && l.blocks[n-1].indent > b.indent; n-- {
		l.blocks = l.blocks[:n-1]
		popped = true
	}
	if len(l.blocks) == 0 {
		if popped {
			l.here(b.indent, b.width, "This line is indented less than what it belongs to.")
		}
		l.blocks = append(l.blocks, b)
		return
	}
	top := &l.blocks[len(l.blocks)-1]
	switch {
	case top.indent < b.indent && l.open:
		l.blocks = append(l.blocks, b)
	case top.indent < b.indent && popped:
		l.here(b.indent, b.width, "This line is indented like none above: less than the block before it, but more than the one around that.")
	case top.indent < b.indent && b.kind != ' ':
		l.deeper(top, b)
	case top.indent < b.indent: // goes on with the scalar of the line before
	default:
		l.beside(top, b)
	}
}

// deeper reports a line below one that has its value already.
func (l *layout) deeper(top *block, b block) {
	if top.kind == ' ' {
		l.at(top.line, top.indent+1, top.width, "There is no `:` after this key.")
		return
	}
	l.here(b.indent, b.width, "This line is indented further than the one above, which has its value already.")
}

// beside fits a line into the block in whose column it begins.
func (l *layout) beside(top *block, b block) {
	below := len(l.blocks) - 2
	switch {
	case top.kind == b.kind && b.kind != ' ':
	case top.kind == '-' && b.kind == ':' && below >= 0 && l.blocks[below].indent == b.indent:
		l.blocks = l.blocks[:below+1] // a list that was not indented below its key
	case top.kind == ':' && b.kind == '-' && l.open:
		l.blocks = append(l.blocks, b)
	case top.kind == ' ' && b.kind == ':':
		l.at(top.line, top.indent+1, top.width, "There is no `:` after this key.")
	case top.kind == ':' && b.kind == ' ':
		l.here(b.indent, b.width, "There is no `:` after this key.")
	case top.kind == '-':
		l.here(b.indent, b.width, "The lines above are a list, so this one must begin with `- `, or be indented differently.")
	case b.kind == '-':
		l.here(b.indent, b.width, "The lines above are a mapping, so this one cannot begin with `- `.")
	}
}

// colon returns the index of the colon that ends the key at start, or -1.
func (l *layout) colon(start int) int {
	i := start
	if q := l.text[start]; q == '"' || q == '\'' {
		end := l.closingQuote(q, start+1)
		if end < 0 {
			return -1
		}
		for i = end + 1; i < len(l.text) && l.text[i] == ' '; i++ {
		}
		if i < len(l.text) && l.text[i] == ':' {
			return i
		}
		return -1
	}
	if strings.ContainsRune("{[|>@`%&*!", l.text[start]) {
		return -1
	}
	for ; i < len(l.text); i++ {
		if l.text[i] == '#' && i > 0 && l.text[i-1] == ' ' {
			return -1
		}
		if l.text[i] == ':' && (i+1 == len(l.text) || l.text[i+1] == ' ' || l.text[i+1] == '\t') {
			return i
		}
	}
	return -1
}

// closingQuote returns the index of the quote that ends a string, or -1.
func (l *layout) closingQuote(q rune, from int) int {
	for i := from; i < len(l.text); i++ {
		switch {
		case q == '"' && l.text[i] == '\\':
			i++
		case l.text[i] == q && q == '\'' && i+1 < len(l.text) && l.text[i+1] == q:
			i++
		case l.text[i] == q:
			return i
		}
	}
	return -1
}

// scan follows values from index i on, in a line whose key is indented by indent.
func (l *layout) scan(i, indent int) {
	start := true // a value begins here
	for i < len(l.text) && l.found == nil {
		c := l.text[i]
		switch {
		case c == ' ' || c == '\t':
		case c == '#' && (i == 0 || l.text[i-1] == ' ' || l.text[i-1] == '\t'):
			return
		case start && (c == '"' || c == '\''):
			i = l.quoted(bracket{c, l.line, i + 1, indent}, i+1)
			if i < 0 {
				return
			}
			start = false
			continue
		case (start || len(l.flow) > 0) && (c == '[' || c == '{'):
			l.flow = append(l.flow, bracket{c, l.line, i + 1, indent})
			start = true
			i++
			continue
		case len(l.flow) > 0 && (c == ']' || c == '}'):
			if !l.shut(c, i) {
				return
			}
			start = false
		case len(l.flow) > 0 && c == ',':
			start = true
		case len(l.flow) > 0 && c == ':' && l.spaced(i+1):
			start = true
		case start && len(l.flow) == 0 && (c == '|' || c == '>'):
			l.literal = indent
			if i+1 < len(l.text) && '1' <= l.text[i+1] && l.text[i+1] <= '9' {
				l.content = indent + 1 // whatever it is, nothing is wrong with it
			}
			return
		case start && (c == '&' || c == '!' || c == '*'):
			i = l.word(i)
			continue
		case start && strings.ContainsRune("@`%", c):
			l.here(i, 1, fmt.Sprintf("A value cannot begin with %c. Put it in quotes.", c))
		case start && len(l.flow) == 0 && (c == ']' || c == '}'):
			l.here(i, 1, fmt.Sprintf("Nothing is open that this %c could close.", c))
		case start && len(l.flow) == 0:
			l.plain(i)
			return
		default:
			start = false
		}
		i++
	}
}

func (l *layout) spaced(i int) bool {
	return i >= len(l.text) || strings.ContainsRune(" \t,]}[{", l.text[i])
}

// word returns the index after the anchor, alias or tag at i.
func (l *layout) word(i int) int {
	start := i
	for i++; i < len(l.text) && !strings.ContainsRune(" \t,]}", l.text[i]); i++ {
	}
	if i == start+1 && l.text[start] != '!' {
		l.here(start, 1, fmt.Sprintf("A name must follow the %c. If it is part of a string, put that in quotes.", l.text[start]))
	}
	return i
}

// plain looks through a value without quotes.
func (l *layout) plain(i int) {
	for j := i; j < len(l.text); j++ {
		if l.text[j] == '#' && l.text[j-1] == ' ' {
			return
		}
		if l.text[j] == ':' && (j+1 == len(l.text) || l.text[j+1] == ' ') {
			l.here(j, 1, "A value without quotes cannot contain a colon and a space. Put the value in quotes, or begin a new line after the first colon.")
			return
		}
	}
}

// quoted follows a quoted string from index i on, and returns the index after it; -1 if
// it goes on in the next line, or if what follows it shows a mistake.
func (l *layout) quoted(open bracket, i int) int {
	end := l.closingQuote(open.char, i)
	if end < 0 {
		l.quote = &open
		return -1
	}
	l.quote = nil
	if !l.ends(end + 1) {
		if open.line != l.line {
			l.at(open.line, open.column, 1, fmt.Sprintf("The quote that opens here is not closed in its line. Add a %c at the end of the string.", open.char))
		} else {
			l.here(end+1, 1, "Something follows the closing quote. Put all of the value into the quotes; within them, write \\\" for a quote.")
		}
		return -1
	}
	if open.line != l.line {
		l.scan(end+1, open.indent)
		return -1
	}
	return end + 1
}

// shut closes a bracket; false if that shows a mistake.
func (l *layout) shut(c rune, i int) bool {
	open := l.flow[len(l.flow)-1]
	if closing(open.char) != c {
		l.at(open.line, open.column, 1, fmt.Sprintf("The %c that opens here is not closed before the %c at line %d, column %d.", open.char, c, l.line, i+1))
		return false
	}
	l.flow = l.flow[:len(l.flow)-1]
	if !l.ends(i + 1) {
		l.here(i+1, 1, fmt.Sprintf("Something follows the closing %c. Remove it, or put the value in quotes.", c))
		return false
	}
	return true
}

// ends reports whether a value can end before index i.
func (l *layout) ends(i int) bool {
	for ; i < len(l.text) && (l.text[i] == ' ' || l.text[i] == '\t'); i++ {
	}
	return i == len(l.text) || l.text[i] == '#' || l.text[i] == ':' || len(l.flow) > 0 && strings.ContainsRune(",]}", l.text[i])
}
