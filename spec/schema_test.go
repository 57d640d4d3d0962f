package spec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

func compileSchema(tb testing.TB) *jsonschema.Schema { return compileText(tb, spec.Schema()) }

func compileText(tb testing.TB, text []byte) *jsonschema.Schema {
	tb.Helper()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	if err := c.AddResource("spec.json", bytes.NewReader(text)); err != nil {
		tb.Fatal(err)
	}
	s, err := c.Compile("spec.json")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// unreadable are the codes of files that are not decoded at all.
var unreadable = []string{
	spec.CodeSyntax, spec.CodeEncoding, spec.CodeTooLarge, spec.CodeEmptySpec,
	spec.CodeSeveralDocuments, spec.CodeTooDeep, spec.CodeAliasExpansion,
}

// TestSchemaAgreesWithDecoder proves over the corpus that the schema accepts what the
// decoder accepts, and that the decoder says "structural" of just what the schema finds.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	t.Parallel()
	root, included := compileSchema(t), compileText(t, spec.IncludedSchema())
	for dir, text := range corpus(t) {
		s, all := diagnoseCase(t, dir, text)
		for file, text := range s.Sources() {
			schema := included
			if file == "spec.yaml" {
				schema = root
			}
			ds := slices.DeleteFunc(slices.Clone(all), func(d diag.Diagnostic) bool { return d.Range.File != file })
			if err := disagreement(schema, text, ds); err != nil {
				t.Errorf("%s/%s: %v", filepath.Base(dir), file, err)
			}
		}
	}
}

// FuzzSchema looks for texts on which schema and decoder disagree.
func FuzzSchema(f *testing.F) {
	schema := compileSchema(f)
	for _, text := range corpus(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, ds := diagnose(text)
		if err := disagreement(schema, text, ds); err != nil {
			t.Fatal(err)
		}
	})
}

// disagreement says on what a schema and the diagnostics of a text disagree.
func disagreement(schema *jsonschema.Schema, text []byte, ds diag.Diagnostics) error {
	if slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return slices.Contains(unreadable, d.Code) }) {
		return nil // there is nothing that a schema could judge
	}
	value, ok := asJSON(text)
	if !ok {
		if len(ds) == 0 {
			return nil // an included file of comments
		}
		return errors.New("no YAML, but decoded")
	}
	var structural diag.Diagnostics
	for _, d := range ds {
		if d.Class == diag.Structural {
			structural = append(structural, d)
		}
	}
	err := schema.Validate(value)
	switch {
	case err != nil && len(structural) == 0:
		return errors.New("the schema rejects what the decoder finds well-formed: " + fmt.Sprintf("%#v", err))
	case err == nil && len(structural) > 0:
		return fmt.Errorf("the decoder calls structural what the schema accepts: %w", structural)
	}
	return nil
}

// TestSchemaFindsEachStructuralMistake makes sure that the agreement above is not owed to
// another mistake in the same case: each mistake stands alone here.
func TestSchemaFindsEachStructuralMistake(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	cases := map[string]string{
		"unknown key":         "topics: {orders: {lease: 1s}}",
		"unknown section":     "topic: {}",
		"name":                "topics: {Orders: {}}",
		"short name":          "topics: {ab: {}}",
		"long attribute":      "subscriptions: {sub: {filter: {abcdefghijklmnopqrstu: [a]}}}",
		"null":                "topics: {orders: }",
		"null section":        "topics:",
		"number for text":     "topics: {orders: {description: 5}}",
		"text for number":     "queues: {jobs: {deadLetter: {maxAttempts: '5'}}}",
		"text for boolean":    "queues: {jobs: {ordered: yes}}",
		"duration":            "queues: {jobs: {lease: 5}}",
		"duration's unit":     "queues: {jobs: {lease: 5x}}",
		"duration's order":    "queues: {jobs: {lease: 5s5m}}",
		"no duration":         "queues: {jobs: {lease: ''}}",
		"size":                "topics: {orders: {nats: {maxBytes: 5kb}}}",
		"enumeration":         "topics: {orders: {format: json}}",
		"dead letters on":     "queues: {jobs: {deadLetter: true}}",
		"attempts":            "queues: {jobs: {deadLetter: {maxAttempts: 0}}}",
		"both targets":        "subscriptions: {sub: {to: {queue: a, service: b}}}",
		"no target":           "subscriptions: {sub: {to: {}}}",
		"both dead letters":   "subscriptions: {sub: {deadLetter: {queue: a, blob: true}}}",
		"no blob":             "subscriptions: {sub: {deadLetter: {blob: false}}}",
		"empty filter":        "subscriptions: {sub: {filter: {kind: []}}}",
		"repeated filter":     "subscriptions: {sub: {filter: {kind: [a, a]}}}",
		"existing nothing":    "topics: {orders: {existing: {}}}",
		"plain http":          "services: {api: {endpoint: 'http://example.com'}}",
		"endpoint, no url":    "services: {api: {endpoint: {audience: a}}}",
		"type alone":          "services: {api: {identity: {azure: {create: {}, type: User}}}}",
		"no identity":         "services: {api: {identity: {aws: {}}}}",
		"no trust":            "services: {api: {identity: {aws: {create: {}}}}}",
		"empty trust":         "services: {api: {identity: {aws: {create: {trust: []}}}}}",
		"public member":       "services: {api: {identity: {gcp: {member: allUsers}}}}",
		"repeated name":       "permissions: {api: {publish: [a, a]}}",
		"no list":             "permissions: {api: {publish: a}}",
		"two clouds":          "stacks: {local: {nats: {}, aws: {region: eu-west-1, account: '111122223333'}}}",
		"no cloud":            "stacks: {local: {}}",
		"no region":           "stacks: {local: {aws: {account: '111122223333'}}}",
		"port":                "stacks: {local: {nats: {port: 65536}}}",
		"half a system":       "stacks: {local: {nats: {system: {credentials: a}}}}",
		"patch's key":         "stacks: {local: {nats: {}, patch: {queues: {jobs: {leese: 1s}}}}}",
		"patch's section":     "stacks: {local: {nats: {}, patch: {queue: {}}}}",
		"null within a whole": "stacks: {local: {nats: {}, patch: {queues: {jobs: {deadLetter: {queue: null}}}}}}",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			full := "version: 1\nproject: demo\n" + text + "\n"
			if !bytes.HasPrefix([]byte(text), []byte("stacks:")) {
				full += "stacks: {local: {nats: {}}}\n"
			}
			value, ok := asJSON([]byte(full))
			if !ok {
				t.Fatal("not YAML")
			}
			if schema.Validate(value) == nil {
				t.Error("the schema accepts it")
			}
			_, ds := spec.Load("spec.yaml", []byte(full))
			if len(ds) == 0 {
				t.Error("the decoder accepts it")
			}
			for _, d := range ds {
				if d.Class != diag.Structural {
					t.Errorf("not structural: %s", d.Detail)
				}
			}
		})
	}
}

func TestSchemaIsDeterministicJSON(t *testing.T) {
	t.Parallel()
	first := spec.Schema()
	if !json.Valid(first) {
		t.Fatal("not JSON")
	}
	for range 20 {
		if !bytes.Equal(first, spec.Schema()) {
			t.Fatal("differs from one call to the next")
		}
	}
}

// asJSON reads YAML as editors do before they apply a schema; false if it is no YAML.
func asJSON(text []byte) (any, bool) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if d.Decode(&doc) != nil || d.Decode(&second) == nil {
		return nil, false
	}
	budget := 10_000
	value, err := toJSON(doc.Content[0], &budget)
	return value, err == nil
}

func toJSON(n *yaml.Node, budget *int) (any, error) {
	if *budget--; *budget < 0 {
		return nil, fmt.Errorf("too much")
	}
	switch n.Kind {
	case yaml.AliasNode:
		return toJSON(n.Alias, budget)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			v, err := toJSON(item, budget)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		return mappingToJSON(n, budget)
	}
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		return n.Value == "true" || n.Value == "True" || n.Value == "TRUE", nil
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), nil
		}
		return n.Value, nil // a spelling that JSON does not have
	case "!!str", "!!timestamp":
		return n.Value, nil
	}
	return map[string]any{"tag": n.Tag}, nil
}

func mappingToJSON(n *yaml.Node, budget *int) (any, error) {
	out := map[string]any{}
	merged := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		v, err := toJSON(n.Content[i+1], budget)
		if err != nil {
			return nil, err
		}
		if key.ShortTag() != "!!merge" {
			if _, has := out[key.Value]; !has && key.Kind == yaml.ScalarNode {
				out[key.Value] = v
			}
			continue
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, m := range list {
			entries, _ := m.(map[string]any)
			for k, v := range entries {
				if _, has := merged[k]; !has {
					merged[k] = v
				}
			}
		}
	}
	for k, v := range merged {
		if _, has := out[k]; !has {
			out[k] = v
		}
	}
	return out, nil
}
