package deploy

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// forgetful is a plugin that knows of an updated resource only what it was asked for, as azure-native in previews.
type forgetful struct{ plugin.UnimplementedProvider }

func (forgetful) Update(_ context.Context, r plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	out := r.NewInputs.Copy()
	out["principalId"], out["other"] = unknown, unknown
	identity := r.NewInputs["identity"].ObjectValue().Copy()
	identity["principalId"] = unknown
	out["identity"] = resource.NewProperty(identity)
	return plugin.UpdateResponse{Properties: out}, nil
}

// TestLasting: a preview of an update knows what lasts, as long as the input that it completes stays the same.
func TestLasting(t *testing.T) {
	t.Parallel()
	identity := func(kind string, more ...string) resource.PropertyValue {
		m := resource.PropertyMap{"type": resource.NewProperty(kind)}
		for _, id := range more {
			m["principalId"] = resource.NewProperty(id)
		}
		return resource.NewProperty(m)
	}
	tests := map[string]struct {
		preview bool
		kind    string
		want    []any // principalId, identity.principalId, other: "" is not known
	}{
		"preview":                         {true, "system", []any{"p", "q", nil}},
		"preview of an identity's change": {true, "user", []any{"p", nil, nil}},
		"update":                          {false, "system", []any{nil, nil, nil}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guarded{&forgetful{}, map[string][]string{"a:b:C": {"principalId", "identity"}}}
			res, err := g.Update(t.Context(), plugin.UpdateRequest{
				URN: "urn:pulumi:stack::project::a:b:C::name", Preview: test.preview,
				OldInputs:  resource.PropertyMap{"identity": identity("system")},
				NewInputs:  resource.PropertyMap{"identity": identity(test.kind)},
				OldOutputs: resource.PropertyMap{"identity": identity("system", "q"), "principalId": resource.NewProperty("p"), "other": resource.NewProperty("o")},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []any
			for _, v := range []resource.PropertyValue{
				res.Properties["principalId"], res.Properties["identity"].ObjectValue()["principalId"], res.Properties["other"],
			} {
				if v.ContainsUnknowns() {
					got = append(got, nil)
				} else {
					got = append(got, v.V)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("known (-want +got):\n%s", diff)
			}
		})
	}
}
