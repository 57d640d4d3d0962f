package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// maxInterpolated bounds the text that interpolation makes of one stack, in bytes.
const maxInterpolated = 32 << 20

// templated reports whether a value holds ${…} or $${ and has not been interpolated.
func templated(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Alias == nil && strings.Contains(n.Value, "${") && isText(n)
}

// noInterpolation says of a key that looks as if it were interpolated that none is.
func noInterpolation(key string) string {
	if strings.Contains(key, "${") {
		return " Values are interpolated, keys are not."
	}
	return ""
}

// interpolated reports whether a value is what interpolation made.
func interpolated(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Alias != nil }

// written returns what the user edits to change a value: of one that was interpolated
// the var that it is, or the text that has vars in it.
func written(n *yaml.Node) *yaml.Node {
	if interpolated(n) {
		return n.Alias
	}
	return n
}

// An interpolator replaces ${…} in the values of one stack. It never changes a node: what
// has something to replace is copied. The Alias of a scalar that it makes is what the
// user edits to change it; aliases of YAML are gone by then.
//
// A value that is one ${var.x} and nothing else becomes the var, with its kind; in all
// others the text of the var is put in.
type interpolator struct {
	src        *fileSet
	vocabulary *vocabulary
	// words maps what may stand between the braces to its value, in this stack.
	words map[string]*yaml.Node
	// elsewhere are the vars that only other stacks have.
	elsewhere map[string]bool
	stack     string
	// name is that of the element that is interpolated; "" outside of elements.
	name string
	uses map[*yaml.Node]*yaml.Node
	// bytes is how much text was made.
	bytes int
	ds    diag.Diagnostics
}

// newInterpolator knows the vars of one stack.
func (s *Spec) newInterpolator(stack string, vocabulary *vocabulary) *interpolator {
	in := &interpolator{
		src:        s.src,
		vocabulary: vocabulary,
		stack:      stack,
		words:      map[string]*yaml.Node{"project": word(s.doc.Project), "stack": word(stack)},
		elsewhere:  map[string]bool{},
		uses:       map[*yaml.Node]*yaml.Node{},
	}
	in.define(s.root)
	_, stacks := entry(s.root, "stacks")
	for i := 0; i+1 < len(stacks.Content); i += 2 {
		if stacks.Content[i].Value == stack {
			in.define(stacks.Content[i+1])
		} else if _, vars := entry(stacks.Content[i+1], "vars"); vars != nil && vars.Kind == yaml.MappingNode {
			for j := 0; j+1 < len(vars.Content); j += 2 {
				in.elsewhere["var."+vars.Content[j].Value] = true
			}
		}
	}
	return in
}

func word(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Value: value}
}

// define adds the vars of a mapping that has some.
func (in *interpolator) define(owner *yaml.Node) {
	_, vars := entry(owner, "vars")
	if vars == nil || vars.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(vars.Content); i += 2 {
		key, value := vars.Content[i], vars.Content[i+1]
		if value.Kind != yaml.ScalarNode {
			continue // reported by the decoder
		}
		if strings.Contains(value.Value, "${") {
			in.ds = append(in.ds, semantic(CodeInvalidInterpolation, in.src.rangeOf(value), "A var in a var",
				fmt.Sprintf("`%s` is taken as it stands here, so `${` means nothing in it. Write the value out.", clip(key.Value))))
		}
		in.words["var."+key.Value] = value
	}
}

// element interpolates the value of one element, or what a permission's service may do.
func (in *interpolator) element(name string, s *shape, n *yaml.Node) *yaml.Node {
	in.name = name
	in.words["name"] = word(name)
	defer func() {
		in.name = ""
		delete(in.words, "name")
	}()
	return in.node(s, n)
}

// node returns n with all interpolated that is below it.
func (in *interpolator) node(s *shape, n *yaml.Node) *yaml.Node {
	switch n.Kind {
	case yaml.ScalarNode:
		return in.scalar(n)
	case yaml.SequenceNode:
		if s.elem == nil {
			return n
		}
		return in.content(n, 0, 1, func(int) *shape { return s.elem })
	case yaml.MappingNode:
		return in.content(n, 1, 2, func(i int) *shape {
			if s.kind == dict {
				return s.elem
			}
			if f := s.byKey[n.Content[i-1].Value]; f != nil && !f.verbatim {
				return f.shape
			}
			return nil
		})
	}
	return n
}

// content interpolates every step-th child of n, from the first on, of which there is a shape.
func (in *interpolator) content(n *yaml.Node, first, step int, shapeOf func(i int) *shape) *yaml.Node {
	out := n
	for i := first; i < len(n.Content); i += step {
		s := shapeOf(i)
		if s == nil {
			continue
		}
		child := in.node(s, n.Content[i])
		if child == n.Content[i] {
			continue
		}
		if out == n {
			changed := *n
			changed.Content = slices.Clone(n.Content)
			out = &changed
		}
		out.Content[i] = child
	}
	return out
}

// scalar returns what a value comes to; the value itself if nothing is to be replaced, or
// something is wrong.
func (in *interpolator) scalar(n *yaml.Node) *yaml.Node {
	if !templated(n) {
		return n
	}
	if word, whole := strings.CutPrefix(n.Value, "${"); whole && strings.IndexByte(word, '}') == len(word)-1 {
		value := in.lookup(n, 0, word[:len(word)-1])
		if value == nil {
			return n
		}
		out := *value
		out.Alias = value
		if value.Line == 0 {
			out.Line, out.Column, out.Alias = n.Line, n.Column, n // a name, not a var
		}
		in.uses[&out] = n
		return &out
	}
	text, ok := in.text(n)
	if !ok {
		return n
	}
	out := *n
	out.Value, out.Tag, out.Style, out.Alias = text, strTag, yaml.DoubleQuotedStyle, n
	in.uses[&out] = n
	return &out
}

// text puts the text of vars into that of a value.
func (in *interpolator) text(n *yaml.Node) (text string, ok bool) {
	var b strings.Builder
	rest := n.Value
	ok = true
	for {
		i := strings.Index(rest, "${")
		if i < 0 {
			break
		}
		if i > 0 && rest[i-1] == '$' {
			b.WriteString(rest[:i-1] + "${")
			rest = rest[i+2:]
			continue
		}
		at := len(n.Value) - len(rest) + i
		end := strings.IndexByte(rest[i:], '}')
		if end < 0 {
			in.ds = append(in.ds, semantic(CodeInvalidInterpolation, in.within(n, at, 2), "Not a complete interpolation",
				"The `${` that opens here is never closed. Add a `}`, or write `$${` for a `${` that means nothing."))
			return "", false
		}
		value := in.lookup(n, at, rest[i+2:i+end])
		if value == nil {
			ok = false
		} else {
			b.WriteString(rest[:i] + value.Value)
		}
		rest = rest[i+end+1:]
		if b.Len() > maxInterpolated {
			break
		}
	}
	b.WriteString(rest)
	in.bytes += b.Len()
	if in.bytes > maxInterpolated {
		if in.bytes-b.Len() <= maxInterpolated {
			in.ds = append(in.ds, semantic(CodeTooMuch, in.src.rangeOf(n), "Interpolation makes too much",
				fmt.Sprintf("What is interpolated in the stack `%s` comes to more than %d MiB here. Shorten the vars.", in.stack, maxInterpolated>>20)))
		}
		return "", false
	}
	return b.String(), ok
}

// lookup returns the value of a word between braces, at an offset of a value; nil if
// there is none, which it reports.
func (in *interpolator) lookup(n *yaml.Node, at int, word string) *yaml.Node {
	if value := in.words[word]; value != nil {
		return value
	}
	d := semantic(CodeUndefined, in.within(n, at, utf8.RuneCountInString(word)+len("${}")), "Undefined interpolation",
		fmt.Sprintf("There is no `%s` that `${%s}` could stand for.", clip(word), clip(word))+in.advice(word))
	in.ds = append(in.ds, d)
	return nil
}

// advice says what was meant by a word that stands for nothing.
func (in *interpolator) advice(word string) string {
	bare := strings.TrimSpace(word)
	switch {
	case bare == "name":
		return " Only elements and permissions have a name."
	case bare != word && in.words[bare] != nil:
		return fmt.Sprintf(" Write `${%s}`, without spaces.", clip(bare))
	case in.elsewhere[bare]:
		return fmt.Sprintf(" Only other stacks have it: add it to `vars` of the stack `%s`, or at the top level.", in.stack)
	case in.words["var."+bare] != nil || in.elsewhere["var."+bare]:
		return fmt.Sprintf(" Did you mean `${var.%s}`?", clip(bare))
	case strings.HasPrefix(bare, "env.") || bare != "" && bare == strings.ToUpper(bare):
		return " The environment is never read: put the value into `vars`."
	case strings.HasPrefix(bare, "var.") && len(in.words) <= 3:
		return " Define it under `vars`."
	}
	return in.vocabulary.didYouMean(bare, len(in.words), func() []string {
		words := make([]string, 0, len(in.words))
		for w := range in.words {
			words = append(words, w)
		}
		return words
	})
}

// within is the place of some characters at an offset of a value, or of the value where
// the text there is written otherwise: with escapes, or over several lines.
func (in *interpolator) within(n *yaml.Node, offset, width int) diag.Range {
	whole := in.src.rangeOf(n)
	column := whole.Start.Column + utf8.RuneCountInString(n.Value[:offset])
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		column++
	}
	src := in.src.of(n)
	at := src.span(whole.Start.Line, column, width)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || src.two(at.Start) != "${" {
		return whole
	}
	return at
}
