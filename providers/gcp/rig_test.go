package gcp_test

import (
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
	"github.com/msgdeploy/msgdeploy/spec"
)

// head begins a spec whose only stack is on Google Cloud.
const head = "version: 1\nproject: shop\nstacks: {prod: {gcp: {project: acme-prod, region: europe-west1, projectNumber: '123456789012'}}}\n"

// resolve returns the topology of the only stack of a spec.
func resolve(t *testing.T, src string) *spec.Topology {
	t.Helper()
	s, ds := spec.Load("msgdeploy.yaml", []byte(src))
	if ds.HasErrors() {
		t.Fatalf("load: %+v", ds)
	}
	top, ds := s.Resolve(s.Stacks()[0])
	if ds.HasErrors() {
		t.Fatalf("resolve: %+v", ds)
	}
	return top
}

// diagnose returns what the spec and the provider say of a spec.
func diagnose(t *testing.T, src string) diag.Diagnostics {
	t.Helper()
	s, ds := spec.Load("msgdeploy.yaml", []byte(src))
	for _, stack := range s.Stacks() {
		top, more := s.Resolve(stack)
		if ds = append(ds, more...); top != nil {
			ds = append(ds, gcp.New().Check(top)...)
		}
	}
	return ds
}

// valid is resolve, of a spec that the provider has no errors for.
func valid(t *testing.T, src string) *spec.Topology {
	t.Helper()
	top := resolve(t, src)
	if ds := gcp.New().Check(top); ds.HasErrors() {
		t.Fatalf("check: %+v", ds)
	}
	return top
}

func render(t *testing.T, top *spec.Topology) *providers.Rendering {
	t.Helper()
	r, err := providers.Render(t.Context(), gcp.New(), top, permissions.Derive(top))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// find returns a resource of a rendering.
func find(t *testing.T, r *providers.Rendering, typ, name string) providers.Rendered {
	t.Helper()
	for _, res := range r.Resources {
		if strings.HasSuffix(res.Type, ":"+typ) && res.Name == name {
			return res
		}
	}
	t.Fatalf("there is no %s called %s", typ, name)
	return providers.Rendered{}
}

// at returns what a rendering's inputs have at a dotted path; nil is nothing.
func at(inputs map[string]any, path string) any {
	var v any = inputs
	for key := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// text is at, of a string.
func text(inputs map[string]any, path string) string {
	s, _ := at(inputs, path).(string)
	return s
}
