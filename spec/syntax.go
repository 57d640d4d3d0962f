package spec

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

var yamlError = regexp.MustCompile(`(?s)^yaml: (?:line [0-9]+: )?(.*)$`)

var unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

// syntaxError turns an error of yaml.v3 into a diagnostic. yaml.v3 gives no columns, and
// often the line where the surrounding block begins; so a [layout] looks for the mistake
// itself in the text that yaml.v3 had read, and its word is only the last resort.
func syntaxError(src *source, err error) diag.Diagnostic {
	message := err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		message = m[1]
	}
	read := consumed(src.text)
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		at := bytes.LastIndex(src.text[:read], []byte("*"+m[1]))
		return structural(CodeSyntax, src.spanAt(max(at, 0), len(m[1])+1), "Not valid YAML",
			fmt.Sprintf("There is no anchor `&%s` before this alias.", clip(m[1])))
	}
	if m := (&layout{src: src, limit: read}).find(); m != nil {
		return structural(CodeSyntax, src.span(m.line, m.column, m.width), "Not valid YAML", m.detail)
	}
	// What was read last may be a look at the line after the mistake.
	offset := len(bytes.TrimRight(src.text[:read], " \r\n"))
	return structural(CodeSyntax, src.spanAt(max(offset-1, 0), 1), "Not valid YAML",
		fmt.Sprintf("The YAML parser stopped near here: %s.", message))
}

// consumed returns how much of the text yaml.v3 reads before it fails: reading byte by
// byte, it is little more than it has understood.
func consumed(text []byte) int {
	r := &byteReader{text: text}
	decoder := yaml.NewDecoder(r)
	for {
		var n yaml.Node
		if err := decode(decoder, &n); err != nil {
			return r.read
		}
	}
}

type byteReader struct {
	text []byte
	read int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.read == len(r.text) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = r.text[r.read]
	r.read++
	return 1, nil
}

// A mistake is what a layout finds.
type mistake struct {
	line, column, width int
	detail              string
}

// A layout follows the lines of a text as far as is needed to find the common mistakes:
// tabs, quotes and brackets that are not closed, indentation that fits nothing, a
// colon too few or too many.
type layout struct {
	src *source
	// limit is the offset up to which the mistake must be.
	limit int

	line   int
	text   []rune
	blocks []block
	flow   []bracket
	quote  *bracket // that is open across lines
	// literal is the column of the key that a block scalar belongs to; -1 outside of
	// one. content is the column of its first line, 0 before it.
	literal, content int
	// open says that the last line ended with a key or a dash that waits for its value.
	open bool
	// lost says that something is too unusual to be followed.
	lost  bool
	found *mistake
}

// A block is a mapping, a list or a lone scalar whose lines begin in one column.
type block struct {
	indent int
	kind   byte // ':', '-' or ' '
	line   int
	width  int
}

// A bracket is where a bracket or a quote was opened.
type bracket struct {
	char         rune
	line, column int
	// indent of the line.
	indent int
}

func (l *layout) find() *mistake {
	l.literal = -1
	for i, start := range l.src.starts {
		if start > l.limit || l.found != nil {
			break
		}
		if l.lost {
			return nil
		}
		end := len(l.src.text)
		if i+1 < len(l.src.starts) {
			end = l.src.starts[i+1]
		}
		l.line = i + 1
		l.text = []rune(strings.TrimRight(string(l.src.text[start:end]), "\r\n"))
		l.next()
	}
	if l.found == nil && l.quote != nil {
		l.at(l.quote.line, l.quote.column, 1, fmt.Sprintf("The quote that opens here is never closed. Add a %c at the end of the string.", l.quote.char))
	}
	if l.found == nil && len(l.flow) > 0 {
		l.unclosed(l.flow[len(l.flow)-1])
	}
	return l.found
}

func (l *layout) at(line, column, width int, detail string) {
	if l.found == nil {
		l.found = &mistake{line, column, width, detail}
	}
}

// here reports a mistake in the current line.
func (l *layout) here(index, width int, detail string) { l.at(l.line, index+1, width, detail) }

func (l *layout) unclosed(b bracket) {
	l.at(b.line, b.column, 1, fmt.Sprintf("The %c that opens here is never closed. Add a %c.", b.char, closing(b.char)))
}

func closing(open rune) rune {
	if open == '[' {
		return ']'
	}
	return '}'
}

// next follows one line.
func (l *layout) next() {
	indent := 0
	for indent < len(l.text) && l.text[indent] == ' ' {
		indent++
	}
	rest := strings.TrimLeft(string(l.text[indent:]), " \t")
	switch {
	case l.quote != nil:
		l.quoted(*l.quote, 0)
		return
	case rest == "" || l.literal < 0 && rest[0] == '#':
		return
	case l.literal >= 0 && indent > l.literal:
		if l.content == 0 {
			l.content = indent
		}
		if indent < l.content && rest[0] != '#' {
			l.here(indent, len(l.text)-indent, "This line is indented less than the text above it, but more than the key of that.")
		}
		return
	case rest[0] == '#':
		return
	}
	l.literal, l.content = -1, 0
	if len(l.flow) > 0 {
		if outer := l.flow[0]; indent <= outer.indent && !strings.ContainsAny(rest[:1], "]},") {
			l.unclosed(l.flow[len(l.flow)-1])
			return
		}
		l.scan(indent, indent)
		return
	}
	if strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...") || rest[0] == '%' && indent == 0 {
		l.blocks, l.open = nil, true
		return
	}
	if l.text[indent] == '\t' {
		l.here(indent, 1, "YAML does not allow tabs for indentation. Use spaces.")
		return
	}
	l.entry(indent)
}
