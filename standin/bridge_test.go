package standin

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// recorded is one comparison that pulumi-terraform-bridge has made: see testdata/bridge/main.go.
type recorded struct {
	Name                  string
	Token                 string
	News, Inputs, Outputs map[string]any
	Before                *struct{ Inputs, Outputs map[string]any }
	Diff                  *recordedDiff
}

type recordedDiff struct {
	Changes             bool
	Replaces            []string
	DeleteBeforeReplace bool
	Detailed            map[string]string
}

// TestBridge holds the stand-in against what the bridge, which the official plugin of AWS is made
// with, does with the same states and programs.
func TestBridge(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/bridge.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 30 {
		t.Fatalf("there are %d records", len(all))
	}
	for _, r := range all {
		t.Run(strings.ReplaceAll(r.Name, "/", " "), func(t *testing.T) {
			t.Parallel()
			p := New(AWS(), Options{})
			urn := resource.NewURN("prod", "shop", "", "t", "res")
			urn = resource.URN(strings.Replace(string(urn), "::t::", "::"+r.Token+"::", 1))
			check := plugin.CheckRequest{URN: urn, News: resource.NewPropertyMapFromMap(r.News), RandomSeed: []byte("0123456789abcdef0123456789abcdef")}
			if r.Before != nil {
				check.Olds = resource.NewPropertyMapFromMap(r.Before.Inputs)
			}
			k, err := p.(*standIn).kindOf(urn)
			if err != nil {
				t.Fatal(err)
			}
			checked := k.defaulted(check)
			if diff := cmp.Diff(withoutRandomName(r.Inputs, r.News), withoutRandomName(checked.Mappable(), r.News)); diff != "" {
				t.Errorf("inputs (-bridge +stand-in):\n%s", diff)
			}
			if r.Before == nil {
				return
			}
			got, err := p.Diff(t.Context(), plugin.DiffRequest{
				URN: urn, OldInputs: check.Olds, OldOutputs: resource.NewPropertyMapFromMap(r.Before.Outputs), NewInputs: resource.NewPropertyMapFromMap(r.Inputs),
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*r.Diff, plainDiff(got)); diff != "" {
				t.Errorf("diff (-bridge +stand-in):\n%s", diff)
			}
		})
	}
}

// withoutRandomName removes the name that a plugin has made up: it is another one each time.
func withoutRandomName(inputs, news map[string]any) map[string]any {
	out := maps.Clone(inputs)
	if _, named := news["name"]; !named && out["name"] != nil {
		out["name"] = "made up"
	}
	return out
}

func plainDiff(d plugin.DiffResult) recordedDiff {
	out := recordedDiff{Changes: d.Changes == plugin.DiffSome, DeleteBeforeReplace: d.DeleteBeforeReplace, Detailed: map[string]string{}}
	for path, p := range d.DetailedDiff {
		out.Detailed[path] = strings.ToUpper(strings.ReplaceAll(p.Kind.String(), "-", "_"))
	}
	for _, k := range d.ReplaceKeys {
		out.Replaces = append(out.Replaces, string(k))
	}
	slices.Sort(out.Replaces)
	return out
}
