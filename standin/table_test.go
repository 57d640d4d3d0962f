package standin

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func packages() []Package { return []Package{AWS(), Azure(), GCP()} }

// TestTables holds what tables say against what the SDKs say: every path leads to an input that there is.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, p := range packages() {
		for _, typ := range p.Types {
			inputs, ok := p.Inputs[typ.Token]
			if !ok {
				t.Errorf("%s has no inputs", typ.Token)
				continue
			}
			for what, paths := range map[string][]string{
				"default": slices.Collect(maps.Keys(typ.Defaults)), "force-new": typ.ForceNew, "kept": typ.Kept,
				"ignored": typ.Ignored, "document": slices.Collect(maps.Keys(typ.Documents)), "name": {typ.Named},
			} {
				for _, path := range paths {
					if path != "" && path != "*" && !inputs.lead(path) {
						t.Errorf("%s: %s %s is no input", typ.Token, what, path)
					}
				}
			}
			for name, value := range typ.Defaults {
				if v := resource.NewPropertyValue(value); !inputs[name].Kind.holds(v) {
					t.Errorf("%s: default %v of %s must be %s", typ.Token, value, name, inputs[name].Kind)
				}
			}
			if typ.Identity != nil && typ.Taken == "" {
				t.Errorf("%s has an identity, and no error for a second one", typ.Token)
			}
		}
		for token := range p.Inputs {
			known := func(t Type) bool { return t.Token == token }
			if !strings.HasPrefix(token, "pulumi:providers:") && !slices.ContainsFunc(p.Types, known) {
				t.Errorf("%s has inputs, and is in no table", token)
			}
		}
	}
}

// lead reports whether a path of a table leads to a property.
func (ps Properties) lead(path string) bool {
	head, rest, more := strings.Cut(path, ".")
	p, ok := ps[strings.TrimSuffix(head, "[]")]
	return ok && (!more || p.Kind == Map && p.Of == nil || p.Of.lead(rest))
}

// TestComputed: what Make computes is what the table says. [testComputed] holds that against the SDK.
func TestComputed(t *testing.T) {
	t.Parallel()
	for _, p := range packages() {
		for _, typ := range p.Types {
			if typ.Make == nil {
				continue
			}
			urn := resource.NewURN("prod", "shop", "", "aws:x:Y", "a")
			_, computed := typ.Make(Made{URN: urn})
			var want []string // of a part of an object, the object
			for _, path := range typ.Computed {
				head, _, _ := strings.Cut(path, ".")
				want = append(want, head)
			}
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(computed)); !slices.Equal(want, got) {
				t.Errorf("%s says that it computes %v, and computes %v", typ.Token, want, got)
			}
		}
	}
}

// TestVersion: the tables describe the plugin that the linked SDK asks for.
func TestVersion(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages() {
		if !strings.Contains(string(mod), " v"+p.Version+"\n") {
			t.Errorf("go.mod requires no SDK of %s at version %s", p.Name, p.Version)
		}
	}
}
