package spec

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A kind is what a value looks like in YAML.
type kind int

const (
	boolean kind = iota
	integer
	text
	duration
	size
	plain // any scalar but null
	list
	record // a mapping with known keys
	dict   // a mapping whose keys the user names
)

// A shape describes one type of the document, as its tags say. The decoder, the
// merging of patches and the JSON Schema all read shapes, so they cannot differ.
//
// On a field:
//
//	key:"lease"          the key in YAML; a field without is not decoded
//	doc:"…"              what it is, for editors and documentation
//	default:"30s"        the value where the YAML has none; "{}" is a record of defaults
//	min:"1s" max:"7d"    the range of a number, duration or size, or of a list's length
//	enum:"a b"           the only values
//	pattern:"uuid"       the rule for a string, see patterns.go
//	names:"element"      the rule for the keys of a dict, see patterns.go
//	required:"yes"       must be there
//	needed:"yes"         must be there once the patch is laid over: no matter for the schema
//	choice:"cloud"       exactly one field of the group is there; "cloud?" at most one of two
//	with:"principalId"   only together with that key
//	off:"false"          may also be false, which is nil even if there is a default
//	patch:"existing"     a patch can only change entries that exist
//	nulls:"yes"          of a dict: in its entries null takes away what defaults give
//	verbatim:"yes"       ${…} in it means nothing to the interpolation of a stack
//	applied:"yes"        resolving a stack uses it up: what is resolved has it no more
//
// On the embedded Origin, of the record itself: doc, and
//
//	whole:"yes"          a patch replaces it whole instead of merging
//	shorthand:"url"      a string stands for a record with only that key
//	atLeast:"1"          at least one key is there
//	nullable:"yes"       below, null is allowed and stands for "remove"
type shape struct {
	kind kind
	// name of the record's Go type, which becomes the name of its schema.
	name     string
	typ      reflect.Type
	doc      string
	elem     *shape // of a list, dict
	names    *rule  // of a dict's keys
	existing bool   // of a dict: see the patch tag
	nulls    bool   // of a dict: see the tag

	rule     *rule // of a text
	enum     []string
	min, max *int64
	// bounds as they are written, for messages.
	minText, maxText string

	fields    []*field
	byKey     map[string]*field
	nameField []int // of the Go field that takes an entry's name; nil without one
	whole     bool
	shorthand string
	atLeast   bool
	nullable  bool
	choices   []choice
	off       bool
}

// A field is one key of a record.
type field struct {
	*shape
	key   string
	doc   string
	index []int
	deflt string
	// number is the default of a duration, a size or an integer.
	number   int64
	required bool
	needed   bool
	with     string
	verbatim bool
	applied  bool
}

// A choice is a group of keys that exclude each other.
type choice struct {
	keys     []string
	optional bool
}

// A rule is a pattern, compiled.
type rule struct {
	pattern
	re *regexp.Regexp
}

func (r *rule) matches(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= r.min && (r.max == 0 || n <= r.max) && r.re.MatchString(s)
}

// documentShape is the shape of the whole document, built once.
var documentShape = sync.OnceValue(func() *shape { return shapeOf(reflect.TypeFor[document]()) })

// includedShape is the shape of an included file.
var includedShape = sync.OnceValue(func() *shape { return shapeOf(reflect.TypeFor[included]()) })

func shapeOf(t reflect.Type) *shape {
	b := shaper{records: map[reflect.Type]*shape{}, patterns: compile(patterns()), names: compile(nameRules())}
	return b.record(t)
}

// elementsShape is the shape of what a patch can change.
var elementsShape = sync.OnceValue(func() *shape {
	return documentShape().byKey["stacks"].elem.byKey["patch"].shape
})

// additionsShape is the shape of the elements that a patch adds.
func additionsShape() *shape { return elementsShape().byKey["add"].shape }

func compile(patterns map[string]pattern) map[string]*rule {
	rules := make(map[string]*rule, len(patterns))
	for name, p := range patterns {
		rules[name] = &rule{p, regexp.MustCompile(p.expr)}
	}
	return rules
}

// A shaper builds shapes from types. A tag that makes no sense is a mistake in this
// package, which every test finds: it panics.
type shaper struct {
	records         map[reflect.Type]*shape
	patterns, names map[string]*rule
}

var (
	originType = reflect.TypeFor[Origin]()
	// A label is a text that keeps its place: one that a cloud refuses is reported there.
	labelType = reflect.TypeFor[Label]()
)

func (b *shaper) record(t reflect.Type) *shape {
	if s := b.records[t]; s != nil {
		return s
	}
	s := &shape{kind: record, typ: t, name: t.Name(), byKey: map[string]*field{}}
	b.records[t] = s
	b.addFields(s, t, nil)
	for _, f := range s.fields {
		s.byKey[f.key] = f
	}
	return s
}

func (b *shaper) addFields(s *shape, t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(append([]int(nil), prefix...), i)
		tag := sf.Tag
		switch {
		case sf.Type == originType:
			s.doc = tag.Get("doc")
			s.whole = tag.Get("whole") != ""
			s.shorthand = tag.Get("shorthand")
			s.atLeast = tag.Get("atLeast") != ""
			s.nullable = tag.Get("nullable") != ""
		case sf.Anonymous:
			b.addFields(s, sf.Type, index)
		case tag.Get("key") != "":
			s.fields = append(s.fields, b.field(s, sf, index))
		case sf.Name == "Name":
			s.nameField = index
		}
	}
}

func (b *shaper) field(s *shape, sf reflect.StructField, index []int) *field {
	tag := sf.Tag
	f := &field{
		shape:    b.value(sf.Type, tag),
		key:      tag.Get("key"),
		doc:      tag.Get("doc"),
		index:    index,
		deflt:    tag.Get("default"),
		required: tag.Get("required") != "",
		needed:   tag.Get("needed") != "",
		with:     tag.Get("with"),
		verbatim: tag.Get("verbatim") != "",
		applied:  tag.Get("applied") != "",
	}
	if f.deflt != "" {
		switch f.kind {
		case duration:
			f.number = durationBound(f.deflt)
		case size:
			f.number = sizeBound(f.deflt)
		case integer:
			f.number = integerBound(f.deflt)
		}
	}
	if f.doc == "" {
		panic(fmt.Sprintf("spec: %s.%s has no doc", s.name, sf.Name))
	}
	if group := tag.Get("choice"); group != "" {
		s.addChoice(group, f.key)
	}
	return f
}

// addChoice adds a key to the group of choices that a record has; it has only one.
func (s *shape) addChoice(group, key string) {
	if len(s.choices) == 0 {
		s.choices = []choice{{optional: strings.HasSuffix(group, "?")}}
	}
	s.choices[0].keys = append(s.choices[0].keys, key)
}

func (b *shaper) value(t reflect.Type, tag reflect.StructTag) *shape {
	s := &shape{typ: t}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		s.kind = duration
		s.bounds(tag, durationBound)
	case t == reflect.TypeFor[variable]():
		s.kind = plain
	case t.Kind() == reflect.Bool:
		s.kind = boolean
		s.enum = strings.Fields(tag.Get("enum"))
	case t.Kind() == reflect.Int:
		s.kind = integer
		s.enum = strings.Fields(tag.Get("enum"))
		s.bounds(tag, integerBound)
	case t.Kind() == reflect.Int64:
		s.kind = size
		s.bounds(tag, sizeBound)
	case t == labelType:
		s.kind = text
		s.rule = must(b.patterns, tag.Get("pattern"))
	case t.Kind() == reflect.String:
		s.kind = text
		s.enum = strings.Fields(tag.Get("enum"))
		if name := tag.Get("pattern"); name != "" {
			s.rule = must(b.patterns, name)
		}
	case t.Kind() == reflect.Slice:
		s.kind = list
		s.bounds(tag, integerBound)
		s.elem = b.value(t.Elem(), withoutRange(tag))
	case t.Kind() == reflect.Map:
		s.kind = dict
		s.elem = b.value(t.Elem(), tag)
		s.names = must(b.names, tag.Get("names"))
		s.existing = tag.Get("patch") == "existing"
		s.nulls = tag.Get("nulls") != ""
	case t.Kind() == reflect.Pointer:
		return b.optional(b.record(t.Elem()), tag)
	case t.Kind() == reflect.Struct:
		return b.record(t)
	default:
		panic(fmt.Sprintf("spec: no shape for %s", t))
	}
	return s
}

// withoutRange is the part of a list's tag that holds for its items.
func withoutRange(tag reflect.StructTag) reflect.StructTag {
	if p := tag.Get("pattern"); p != "" {
		return reflect.StructTag(`pattern:"` + p + `"`)
	}
	return ""
}

// optional is a record that may also be false, if the tag says so.
func (b *shaper) optional(s *shape, tag reflect.StructTag) *shape {
	if tag.Get("off") == "" {
		return s
	}
	off := *s
	off.off = true
	return &off
}

func must(rules map[string]*rule, name string) *rule {
	r := rules[name]
	if r == nil {
		panic(fmt.Sprintf("spec: no rule %q", name))
	}
	return r
}

// bounds sets the range that the tag gives.
func (s *shape) bounds(tag reflect.StructTag, parse func(string) int64) {
	s.minText, s.maxText = tag.Get("min"), tag.Get("max")
	if s.minText != "" {
		n := parse(s.minText)
		s.min = &n
	}
	if s.maxText != "" {
		n := parse(s.maxText)
		s.max = &n
	}
}

func integerBound(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func durationBound(s string) int64 {
	d, ok := parseDuration(s)
	if !ok {
		panic("spec: no duration: " + s)
	}
	return int64(d)
}

func sizeBound(s string) int64 {
	n, ok := parseSize(s)
	if !ok {
		panic("spec: no size: " + s)
	}
	return n
}
