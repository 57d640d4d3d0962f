package deploy

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// reader is a plugin that notes the old secrets that it is shown.
type reader struct {
	*fake
	seen *string
}

func (r reader) Diff(ctx context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	if v := req.OldInputs["secret"]; v.IsSecret() {
		*r.seen = v.SecretValue().Element.StringValue()
	}
	return r.fake.Diff(ctx, req)
}

// TestUndecrypted: a preview may do without the keys of the state's secrets, and nothing else may.
func TestUndecrypted(t *testing.T) {
	t.Parallel()
	const placeholder = "nobody knows"
	w := newWorld()
	o := testOptions(t, w)
	up(t, open(t, o), thing{name: "aaa", secret: "hidden"})
	if err := os.Remove(o.keyFile()); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, o).Preview(t.Context(), program(thing{name: "aaa", secret: "hidden"})); err == nil {
		t.Error("a preview did without the keys, and nobody had asked it to")
	}

	o.Undecrypted = placeholder
	var seen string
	o.Plugins = map[string]func() plugin.Provider{"fake": func() plugin.Provider { return reader{&fake{world: w}, &seen} }}
	s := open(t, o)
	if _, err := s.Preview(t.Context(), program(thing{name: "aaa", secret: "hidden"})); err != nil {
		t.Error(err)
	}
	if seen != placeholder {
		t.Errorf("the plugin saw %q", seen)
	}
	if _, err := s.Up(t.Context(), program(), nil); !errors.Is(err, errUndecrypted) {
		t.Errorf("up: %v", err)
	}

	// The backend's credentials are all that is needed: no passphrase.
	o.Backend = "mem://state"
	if _, err := o.checked(); err != nil {
		t.Error(err)
	}
}

// TestInProcess: no plugin is looked for outside of this process.
func TestInProcess(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	o.Plugins = nil
	o.InProcess = true
	_, err := open(t, o).Preview(t.Context(), program(thing{name: "aaa"}))
	if err == nil || !strings.Contains(err.Error(), "package fake, for which there is no stand-in") {
		t.Errorf("preview: %v", err)
	}
}

// TestResources: what is in the cloud is listed, elements are not.
func TestResources(t *testing.T) {
	t.Parallel()
	s := open(t, testOptions(t, newWorld()))
	up(t, s, thing{name: "aaa", value: "1", secret: "hidden"})
	list, err := s.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range list {
		got = append(got, r.Type+" "+resource.URN(r.URN).Name()+" "+r.ID)
		if s, _ := r.Inputs["secret"].(string); s == "hidden" {
			t.Error("a secret is in the clear")
		}
	}
	if len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "fake:index:Thing aaa aaa") {
		t.Errorf("resources:\n%s", cmp.Diff([]string{"fake:index:Thing aaa aaa"}, got))
	}
}
