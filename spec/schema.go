package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Schema returns the JSON Schema (2020-12) of a spec, for editors. It is generated from
// the types that the decoder follows, so that both accept the same, but for what a
// schema cannot say: references, and how values fit together.
func Schema() []byte { return schemaOf(documentShape(), "msgdeploy.yaml, version 1") }

// IncludedSchema returns the JSON Schema of a file that a spec includes.
func IncludedSchema() []byte { return schemaOf(includedShape(), "A file that msgdeploy.yaml includes") }

func schemaOf(s *shape, title string) []byte {
	g := schemaWriter{defs: map[string]*jsonSchema{"interpolated": {
		Description: "A string with ${…}, whose value is checked when a stack is resolved.",
		Type:        "string",
		Pattern:     `\$\{`,
	}}}
	root := g.record(s, false)
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = title
	root.Defs = g.defs
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		panic(err) // a jsonSchema can always be encoded.
	}
	return out.Bytes()
}

// A jsonSchema has the keywords that are needed, in the order of output.
type jsonSchema struct {
	Schema               string                 `json:"$schema,omitempty"`
	Title                string                 `json:"title,omitempty"`
	Ref                  string                 `json:"$ref,omitempty"`
	Description          string                 `json:"description,omitempty"`
	Default              any                    `json:"default,omitempty"`
	Type                 string                 `json:"type,omitempty"`
	Const                any                    `json:"const,omitempty"`
	Enum                 []string               `json:"enum,omitempty"`
	Pattern              string                 `json:"pattern,omitempty"`
	MinLength            int                    `json:"minLength,omitempty"`
	MaxLength            int                    `json:"maxLength,omitempty"`
	Minimum              *int64                 `json:"minimum,omitempty"`
	Maximum              *int64                 `json:"maximum,omitempty"`
	Items                *jsonSchema            `json:"items,omitempty"`
	MinItems             int64                  `json:"minItems,omitempty"`
	UniqueItems          bool                   `json:"uniqueItems,omitempty"`
	Properties           map[string]*jsonSchema `json:"properties,omitempty"`
	PatternProperties    map[string]*jsonSchema `json:"patternProperties,omitempty"`
	PropertyNames        *jsonSchema            `json:"propertyNames,omitempty"`
	AdditionalProperties any                    `json:"additionalProperties,omitempty"`
	Required             []string               `json:"required,omitempty"`
	DependentRequired    map[string][]string    `json:"dependentRequired,omitempty"`
	AnyOf                []*jsonSchema          `json:"anyOf,omitempty"`
	OneOf                []*jsonSchema          `json:"oneOf,omitempty"`
	Not                  *jsonSchema            `json:"not,omitempty"`
	Defs                 map[string]*jsonSchema `json:"$defs,omitempty"`
}

// A schemaWriter collects the schemas of records, which refer to each other by name.
type schemaWriter struct {
	defs map[string]*jsonSchema
	// verbatim says that ${…} means nothing in the values that are described now.
	verbatim bool
}

// ignored is the pattern of keys that mean nothing.
const ignored = "^x-"

// value is the schema of a shape, where null is allowed if nullable.
func (g *schemaWriter) value(s *shape, nullable bool) *jsonSchema {
	var any []*jsonSchema
	switch s.kind {
	case record:
		any = g.records(s, nullable && !s.whole)
	case dict:
		any = []*jsonSchema{g.dict(s, nullable)}
	case list:
		any = []*jsonSchema{g.list(s)}
	default:
		any = g.scalar(s)
	}
	if nullable {
		any = append(any, &jsonSchema{Type: "null"})
	}
	if len(any) == 1 {
		return any[0]
	}
	return &jsonSchema{AnyOf: any}
}

// scalar is the schemas of a scalar's values: as they are, and interpolated.
func (g *schemaWriter) scalar(s *shape) []*jsonSchema {
	if s.kind == plain {
		return []*jsonSchema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}
	}
	any := []*jsonSchema{scalar(s)}
	if !g.verbatim && (s.kind != text || s.rule != nil || len(s.enum) > 0) {
		any = append(any, interpolatedSchema())
	}
	return any
}

func interpolatedSchema() *jsonSchema { return &jsonSchema{Ref: "#/$defs/interpolated"} }

func scalar(s *shape) *jsonSchema {
	switch {
	case s.kind == boolean && len(s.enum) == 1:
		return &jsonSchema{Const: s.enum[0] == "true"}
	case s.kind == boolean:
		return &jsonSchema{Type: "boolean"}
	case s.kind == integer && len(s.enum) == 1:
		n, _ := strconv.Atoi(s.enum[0])
		return &jsonSchema{Const: n}
	case s.kind == integer:
		return &jsonSchema{Type: "integer", Minimum: s.min, Maximum: s.max}
	case s.kind == duration:
		return &jsonSchema{Type: "string", Pattern: durationExpr, MinLength: len("0s")}
	case s.kind == size:
		return &jsonSchema{Type: "string", Pattern: sizeExpr}
	}
	j := &jsonSchema{Type: "string", Enum: s.enum}
	if s.rule != nil {
		j.limit(s.rule)
	}
	return j
}

func (g *schemaWriter) list(s *shape) *jsonSchema {
	j := &jsonSchema{Type: "array", Items: g.value(s.elem, false), UniqueItems: s.elem.kind == text}
	if s.min != nil {
		j.MinItems = *s.min
	}
	return j
}

func (j *jsonSchema) limit(r *rule) {
	j.Pattern, j.MinLength, j.MaxLength = r.expr, r.min, r.max
}

// dict is the schema of a mapping whose keys users choose.
func (g *schemaWriter) dict(s *shape, nullable bool) *jsonSchema {
	names := &jsonSchema{}
	names.limit(s.names)
	entries := g.value(s.elem, nullable)
	if s.nulls && !nullable {
		entries = g.records(s.elem, true)[0] // null in it, but not for it
	}
	return &jsonSchema{
		Type:                 "object",
		PropertyNames:        &jsonSchema{AnyOf: []*jsonSchema{{Pattern: ignored}, names}},
		PatternProperties:    map[string]*jsonSchema{ignored: {}},
		AdditionalProperties: entries,
	}
}

// records is the schema of a record, by reference, and those of what can stand for one.
func (g *schemaWriter) records(s *shape, nullable bool) []*jsonSchema {
	name := strings.ToLower(s.name[:1]) + s.name[1:]
	if nullable {
		name += "Patch"
	}
	if _, known := g.defs[name]; !known {
		g.defs[name] = nil // ends recursion
		g.defs[name] = g.record(s, nullable)
	}
	ref := &jsonSchema{Ref: "#/$defs/" + name}
	switch {
	case s.off:
		return []*jsonSchema{ref, {Const: false}, interpolatedSchema()}
	case s.shorthand != "":
		return append(g.scalar(s.byKey[s.shorthand].shape), ref)
	}
	return []*jsonSchema{ref}
}

// record is the schema of a mapping with known keys.
func (g *schemaWriter) record(s *shape, nullable bool) *jsonSchema {
	nullable = nullable || s.nullable
	j := &jsonSchema{
		Description:          s.doc,
		Type:                 "object",
		Properties:           make(map[string]*jsonSchema, len(s.fields)),
		PatternProperties:    map[string]*jsonSchema{ignored: {}},
		AdditionalProperties: false,
	}
	for _, f := range s.fields {
		g.verbatim = f.verbatim
		p := g.value(f.shape, nullable)
		g.verbatim = false
		p.Description = f.describe()
		p.Default = f.defaultValue()
		j.Properties[f.key] = p
		if f.required {
			j.Required = append(j.Required, f.key)
		}
		if f.with != "" {
			if j.DependentRequired == nil {
				j.DependentRequired = map[string][]string{}
			}
			j.DependentRequired[f.key] = []string{f.with}
		}
	}
	for _, c := range s.choices {
		if c.optional {
			j.Not = &jsonSchema{Required: c.keys}
			continue
		}
		for _, key := range c.keys {
			j.OneOf = append(j.OneOf, &jsonSchema{Required: []string{key}})
		}
	}
	if s.atLeast {
		for _, f := range s.fields {
			j.AnyOf = append(j.AnyOf, &jsonSchema{Required: []string{f.key}})
		}
	}
	return j
}

// describe is a field's doc with what a schema cannot say of its range.
func (f *field) describe() string {
	doc := f.doc
	if f.kind == duration || f.kind == size {
		switch {
		case f.minText != "" && f.maxText != "":
			doc += fmt.Sprintf(" From %s to %s.", f.minText, f.maxText)
		case f.maxText != "":
			doc += fmt.Sprintf(" At most %s.", f.maxText)
		}
	}
	return doc
}

// defaultValue is a field's default in JSON; nil if it has none.
func (f *field) defaultValue() any {
	switch {
	case f.deflt == "" || f.kind == record:
		return nil
	case f.kind == integer:
		n, _ := strconv.Atoi(f.deflt)
		return n
	default:
		return f.deflt
	}
}
