package spec

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A decoder reads expanded nodes into Go values, as shapes say, and reports every
// mistake. A value with a mistake stays zero.
type decoder struct {
	src        *fileSet
	vocabulary *vocabulary
	// uses maps a value that was interpolated to where it is used; nil before.
	uses map[*yaml.Node]*yaml.Node
	ds   diag.Diagnostics
}

// A place is where a value stands: the key that it belongs to, as users know it.
type place struct {
	key string
	// at is the element's range if the value is a record.
	at diag.Range
	// nullable says that the value stands in a patch, where null removes.
	nullable bool
	// nulls says that the value is an element, in which null removes.
	nulls bool
	// verbatim says that ${…} means nothing here.
	verbatim bool
}

func (d *decoder) report(diagnostic diag.Diagnostic) { d.ds = append(d.ds, diagnostic) }

// semantic are the diagnostics that were not found before: what is structural shows as
// soon as a file is read.
func (d *decoder) semantic() diag.Diagnostics {
	var ds diag.Diagnostics
	for _, diagnostic := range d.ds {
		if diagnostic.Class == diag.Semantic {
			ds = append(ds, diagnostic)
		}
	}
	return ds
}

// value decodes n into v, which is settable.
func (d *decoder) value(s *shape, n *yaml.Node, v reflect.Value, p place) {
	if p.nullable && isNull(n) {
		return
	}
	switch s.kind {
	case record:
		d.record(s, n, v, p)
	case dict:
		d.dict(s, n, v, p)
	case list:
		d.list(s, n, v, p)
	default:
		d.scalar(s, n, v, p)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == nullTag }

func (d *decoder) record(s *shape, n *yaml.Node, v reflect.Value, p place) {
	if s.off && (templated(n) || n.Kind == yaml.ScalarNode && n.ShortTag() == boolTag && isFalse(n.Value)) {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(s.typ))
		v = v.Elem()
	}
	origin := Origin{Range: p.at, src: d.src}
	if s.shorthand != "" && n.Kind == yaml.ScalarNode && n.ShortTag() == strTag {
		f := s.byKey[s.shorthand]
		d.value(f.shape, n, v.FieldByIndex(f.index), place{key: p.key})
		setOrigin(v, origin)
		d.defaults(s, v, nil)
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongKind(s, n, p)
		setOrigin(v, origin)
		d.defaults(s, v, nil)
		return
	}
	origin.node = n
	setOrigin(v, origin)
	nullable := (p.nullable || p.nulls || s.nullable) && !s.whole
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		f := s.byKey[key.Value]
		if f == nil {
			d.unknownKey(s, key, p)
			continue
		}
		d.value(f.shape, value, v.FieldByIndex(f.index), place{key: f.key, at: d.src.rangeOf(key), nullable: nullable, verbatim: f.verbatim})
	}
	d.defaults(s, v, n)
	d.complete(s, n, p)
}

func isFalse(s string) bool { return s == "false" || s == "False" || s == "FALSE" }

func setOrigin(v reflect.Value, o Origin) {
	v.FieldByName("Origin").Set(reflect.ValueOf(o))
}

// defaults fills in the fields of a record that its mapping n does not have.
func (d *decoder) defaults(s *shape, v reflect.Value, n *yaml.Node) {
	for _, f := range s.fields {
		if f.deflt == "" {
			continue
		}
		if _, has := entry(n, f.key); has != nil && !isNull(has) {
			continue
		}
		setDefault(f, v.FieldByIndex(f.index))
	}
}

// setDefault sets v to the default of a field.
func setDefault(f *field, v reflect.Value) {
	switch f.kind {
	case record:
		v.Set(reflect.New(f.typ))
		for _, sub := range f.fields {
			if sub.deflt != "" {
				setDefault(sub, v.Elem().FieldByIndex(sub.index))
			}
		}
	case duration, size, integer:
		v.SetInt(f.number)
	default:
		v.SetString(f.deflt)
	}
}

// complete reports keys that are missing from a record, and those that exclude each other.
func (d *decoder) complete(s *shape, n *yaml.Node, p place) {
	for _, f := range s.fields {
		if _, v := entry(n, f.key); v == nil && f.required {
			d.report(structural(CodeMissingKey, d.ownerRange(n, p), "A key is missing",
				fmt.Sprintf("%s needs `%s`: %s", subject(p), f.key, sentence(f.doc))))
		} else if v != nil && f.with != "" {
			if _, other := entry(n, f.with); other == nil {
				d.report(structural(CodeChooseOne, d.src.rangeOf(v), "A key without its companion",
					fmt.Sprintf("`%s` only makes sense together with `%s`.", f.key, f.with)))
			}
		}
	}
	if s.atLeast && len(n.Content) == 0 {
		d.report(structural(CodeChooseOne, d.ownerRange(n, p), "Nothing chosen",
			fmt.Sprintf("%s needs at least one of %s.", subject(p), diag.OrList(quoted(s.keys())))))
	}
	for _, c := range s.choices {
		d.choose(c, n, p)
	}
}

func (d *decoder) choose(c choice, n *yaml.Node, p place) {
	var chosen []*yaml.Node
	for _, key := range c.keys {
		if k, _ := entry(n, key); k != nil {
			chosen = append(chosen, k)
		}
	}
	options := diag.OrList(quoted(c.keys))
	switch {
	case len(chosen) == 0 && !c.optional:
		d.report(structural(CodeChooseOne, d.ownerRange(n, p), "Nothing chosen",
			fmt.Sprintf("%s needs exactly one of %s.", subject(p), options)))
	case len(chosen) > 1:
		slices.SortStableFunc(chosen, byPosition)
		diagnostic := structural(CodeChooseOne, d.src.rangeOf(chosen[1]), "More than one chosen",
			fmt.Sprintf("%s takes only one of %s, but has `%s` too.", subject(p), options, chosen[0].Value))
		diagnostic.Related = []diag.Related{{Range: d.src.rangeOf(chosen[0]), Message: "the other one is here"}}
		d.report(diagnostic)
	}
}

func byPosition(a, b *yaml.Node) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

func (d *decoder) dict(s *shape, n *yaml.Node, v reflect.Value, p place) {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(s, n, p)
		return
	}
	v.Set(reflect.MakeMapWithSize(s.typ, len(n.Content)/2))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := d.src.rangeOf(key)
		if d.uses == nil && !s.names.matches(key.Value) { // said once, before stacks are resolved
			d.report(structural(CodeInvalidName, at, "Not a valid name",
				fmt.Sprintf("`%s` is not a valid name: %s.%s", clip(key.Value), s.names.what, noInterpolation(key.Value))))
		}
		elem := reflect.New(s.typ.Elem()).Elem()
		d.value(s.elem, value, elem, place{key: key.Value, at: at, nullable: p.nullable, nulls: s.nulls, verbatim: p.verbatim})
		if s.elem.kind == record && elem.IsNil() {
			// Empty, which has been reported. The name is declared nevertheless.
			elem.Set(reflect.New(s.elem.typ))
			d.defaults(s.elem, elem.Elem(), nil)
			setOrigin(elem.Elem(), Origin{Range: at, src: d.src})
		}
		if s.elem.nameField != nil {
			elem.Elem().FieldByIndex(s.elem.nameField).SetString(key.Value)
		}
		v.SetMapIndex(reflect.ValueOf(key.Value), elem)
	}
}

func (d *decoder) list(s *shape, n *yaml.Node, v reflect.Value, p place) {
	if n.Kind != yaml.SequenceNode {
		d.wrongKind(s, n, p)
		return
	}
	items := reflect.MakeSlice(s.typ, len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(s.elem, item, items.Index(i), place{key: p.key, at: d.src.rangeOf(item), verbatim: p.verbatim})
	}
	v.Set(items)
	if s.min != nil && int64(len(n.Content)) < *s.min {
		d.report(structural(CodeEmptyList, d.src.rangeOf(n), "An empty list",
			fmt.Sprintf("`%s` needs at least one item.", p.key)))
	}
	if s.elem.kind == text {
		d.unique(n, p)
	}
}

// unique reports the second of two equal items of a list.
func (d *decoder) unique(n *yaml.Node, p place) {
	items := newKeySet(len(n.Content))
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode {
			continue
		}
		first := items.first(item)
		if first == nil {
			items.add(item)
			continue
		}
		d.report(listedTwice(d.src, d.use(first), d.use(item), item.Value, p.key))
	}
}

func (d *decoder) scalar(s *shape, n *yaml.Node, v reflect.Value, p place) {
	if n.Kind != yaml.ScalarNode {
		d.wrongKind(s, n, p)
		return
	}
	if templated(n) && !p.verbatim {
		return // what it comes to shows when a stack is resolved.
	}
	switch s.kind {
	case plain:
		if tag := n.ShortTag(); !isText(n) && tag != intTag && tag != floatTag && tag != boolTag {
			d.wrongKind(s, n, p)
			return
		}
		v.SetString(n.Value)
	case boolean:
		if n.ShortTag() != boolTag {
			d.wrongKind(s, n, p)
			return
		}
		v.SetBool(!isFalse(n.Value))
		d.enumerated(s, strconv.FormatBool(!isFalse(n.Value)), n, p)
	case integer:
		d.integer(s, n, v, p)
	case duration:
		t, ok := parseDuration(n.Value)
		if !isText(n) || !ok {
			d.wrongKind(s, n, p)
			return
		}
		if d.inRange(s, int64(t), n, p, semantic) {
			v.Set(reflect.ValueOf(t))
		}
	case size:
		b, ok := parseSize(n.Value)
		if !isText(n) || !ok {
			d.wrongKind(s, n, p)
			return
		}
		if d.inRange(s, b, n, p, semantic) {
			v.SetInt(b)
		}
	default:
		if !isText(n) {
			d.wrongKind(s, n, p)
			return
		}
		if !d.enumerated(s, n.Value, n, p) || !d.matches(s, n, p) {
			return
		}
		if s.typ == labelType {
			v.Set(reflect.ValueOf(Label{n.Value, d.src.rangeOf(n)}))
			return
		}
		v.SetString(n.Value)
	}
}

// integer reads whole numbers as JSON has them, 3.0 among them. YAML can spell them in
// other ways, which its versions read differently (010, 1_000).
func (d *decoder) integer(s *shape, n *yaml.Node, v reflect.Value, p place) {
	var i int64
	switch n.ShortTag() {
	case intTag:
		var err error
		if i, err = strconv.ParseInt(n.Value, 10, 64); err != nil || strconv.FormatInt(i, 10) != n.Value {
			d.mistake(CodeWrongKind, n, "The wrong kind of value",
				fmt.Sprintf("`%s` must be a whole number, written with plain digits.", p.key))
			return
		}
	case floatTag:
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
			d.wrongKind(s, n, p)
			return
		}
		i = int64(f)
	default:
		d.wrongKind(s, n, p)
		return
	}
	if d.enumerated(s, strconv.FormatInt(i, 10), n, p) && d.inRange(s, i, n, p, structural) {
		v.SetInt(i)
	}
}

// isText reports whether YAML 1.2 reads n as a string: unlike yaml.v3, it knows no dates.
func isText(n *yaml.Node) bool {
	tag := n.ShortTag()
	return n.Kind == yaml.ScalarNode && (tag == strTag || tag == timeTag)
}

func (d *decoder) enumerated(s *shape, value string, n *yaml.Node, p place) bool {
	if len(s.enum) == 0 || slices.Contains(s.enum, value) {
		return true
	}
	detail := fmt.Sprintf("`%s` must be %s, not `%s`.", p.key, diag.OrList(quoted(s.enum)), clip(n.Value))
	if near, sure := diag.Nearest(clip(n.Value), s.enum); sure && len(s.enum) > 1 {
		detail += fmt.Sprintf(" Did you mean `%s`?", near[0])
	}
	d.mistake(CodeInvalidValue, n, "Not a possible value", detail)
	return false
}

func (d *decoder) matches(s *shape, n *yaml.Node, p place) bool {
	if s.rule == nil || s.rule.matches(n.Value) {
		return true
	}
	d.mistake(CodeInvalidValue, n, "Not a possible value", fmt.Sprintf("`%s` must be %s.", p.key, s.rule.what))
	return false
}

func (d *decoder) inRange(s *shape, i int64, n *yaml.Node, p place, class classify) bool {
	var bound string
	switch {
	case s.min != nil && i < *s.min:
		bound = "at least " + s.minText
	case s.max != nil && i > *s.max:
		bound = "at most " + s.maxText
	default:
		return true
	}
	d.classified(class, CodeOutOfRange, n, "Out of range", fmt.Sprintf("`%s` must be %s, not %s.", p.key, bound, clip(n.Value)))
	return false
}
