package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// mistake reports a value, which is structural unless only interpolation shows it.
func (d *decoder) mistake(code string, n *yaml.Node, summary, detail string) {
	d.classified(structural, code, n, summary, detail)
}

func (d *decoder) classified(class classify, code string, n *yaml.Node, summary, detail string) {
	if interpolated(n) {
		class = semantic
	}
	diagnostic := class(code, d.src.rangeOf(n), summary, detail)
	if use := d.uses[n]; use != nil && use != written(n) {
		diagnostic.Related = []diag.Related{{Range: d.src.rangeOf(use), Message: "used here"}}
	}
	d.report(diagnostic)
}

// classify is structural or semantic.
type classify func(code string, r diag.Range, summary, detail string) diag.Diagnostic

// use is where a value is used, if it was interpolated, and else where it is written.
func (d *decoder) use(n *yaml.Node) *yaml.Node {
	if use := d.uses[n]; use != nil {
		return use
	}
	return n
}

// listedTwice is about the second of two equal items of a list.
func listedTwice(src *fileSet, first, second *yaml.Node, value, list string) diag.Diagnostic {
	class := structural
	if first.Value != second.Value {
		class = semantic // only interpolation makes them equal
	}
	diagnostic := class(CodeDuplicateItem, src.rangeOf(second), "Listed twice",
		fmt.Sprintf("`%s` is already in `%s`. Remove one of the two.", clip(value), list))
	diagnostic.Related = []diag.Related{{Range: src.rangeOf(first), Message: "the first one is here"}}
	return diagnostic
}

// wrongKind reports a value that is not what its shape says, in YAML's words.
func (d *decoder) wrongKind(s *shape, n *yaml.Node, p place) {
	code, summary := CodeWrongKind, "The wrong kind of value"
	if isText(n) && (s.kind == duration || s.kind == size) {
		code, summary = CodeInvalidValue, "Not a possible value"
	}
	detail := fmt.Sprintf("%s must be %s, not %s.", subject(p), s.words(), found(n))
	d.mistake(code, n, summary, detail+hint(s, n, p))
}

// words says what a value of the shape is.
func (s *shape) words() string {
	var words string
	switch s.kind {
	case boolean:
		words = "true or false"
	case integer:
		words = "a whole number"
	case duration:
		words = "a duration such as 30s, 15m or 4d"
	case size:
		words = "a size such as 256KiB or 1GiB"
	case list:
		words = "a list"
	case text:
		words = "a string"
	case plain:
		words = "a string, a number, true or false"
	default:
		words = "a mapping"
	}
	if s.shorthand != "" {
		words = "a string or a mapping"
	}
	if s.off {
		words += " or false"
	}
	return words
}

// found says what a node is.
func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch tag := n.ShortTag(); tag {
	case nullTag:
		return "empty"
	case boolTag:
		return "the boolean `" + n.Value + "`"
	case intTag, floatTag:
		return "the number " + clip(n.Value)
	case strTag, timeTag:
		if n.Value == "" {
			return "an empty string"
		}
		return "`" + clip(n.Value) + "`"
	default:
		return "a value with the tag " + clip(tag)
	}
}

// hint says how to mend the commonest mistakes.
func hint(s *shape, n *yaml.Node, p place) string {
	if n.Kind != yaml.ScalarNode {
		return ""
	}
	tag := n.ShortTag()
	switch {
	case tag == nullTag && (s.kind == record || s.kind == dict):
		return fmt.Sprintf(" Write `%s: {}` for one without settings, or remove the key.", p.key)
	case tag == nullTag:
		return " Give it a value, or remove the key."
	case s.kind == text && (tag == intTag || tag == floatTag || tag == boolTag):
		return fmt.Sprintf(" Put it in quotes: \"%s\".", clip(n.Value))
	case s.kind == integer && tag == strTag && isNumber(n.Value):
		return " Remove the quotes."
	case s.kind == boolean && tag == strTag:
		switch strings.ToLower(n.Value) {
		case "true", "false":
			return " Remove the quotes."
		case "yes", "on", "y":
			return " Write `true`."
		case "no", "off", "n":
			return " Write `false`."
		}
	case s.off && tag == boolTag:
		return " Leave it out for the default."
	case s.kind == record && len(s.choices) > 0 && tag == strTag:
		options := make([]string, 0, len(s.choices[0].keys))
		for _, key := range s.choices[0].keys {
			options = append(options, fmt.Sprintf("`%s: {%s: %s}`", p.key, key, clip(n.Value)))
		}
		return fmt.Sprintf(" Write %s.", diag.OrList(options))
	case s.kind == list && tag == strTag:
		return fmt.Sprintf(" Put it in brackets: [%s].", clip(n.Value))
	case s.kind == duration && tag == intTag:
		return fmt.Sprintf(" Add the unit: %ss, %sm, %sh or %sd.", n.Value, n.Value, n.Value, n.Value)
	case s.kind == size && tag == intTag:
		return fmt.Sprintf(" Add the unit: %sB, %sKiB or %sMiB.", n.Value, n.Value, n.Value)
	}
	return ""
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// subject names what a place belongs to, at the start of a sentence.
func subject(p place) string {
	if p.key == "" {
		return "The spec"
	}
	return "`" + p.key + "`"
}

// ownerRange is where to point at for something that a record has not got.
func (d *decoder) ownerRange(n *yaml.Node, p place) diag.Range {
	if !p.at.IsZero() {
		return p.at
	}
	return d.src.rangeOf(n)
}

// sentence makes a doc the end of a sentence.
func sentence(doc string) string {
	if len(doc) > 1 && 'A' <= doc[1] && doc[1] <= 'Z' {
		return doc // an abbreviation
	}
	return strings.ToLower(doc[:1]) + doc[1:]
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "`" + w + "`"
	}
	return out
}

// clip shortens what users wrote, so that messages stay readable.
// Control characters would break their lines.
func clip(s string) string {
	const most = 60
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s[:min(len(s), 2*most)])
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
