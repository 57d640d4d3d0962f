package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/spec"
)

// importCase is an element of a cloud that others made.
type importCase struct {
	cloud spec.Cloud
	text  string
	// alone is a spec of the element and nothing else, if text is more than that.
	alone   string
	element string
	// kind is what the type of the element's first resource ends in.
	kind string
	// changed is a property of that resource, and value what somebody sets it to.
	changed string
	value   any
}

func importCases() []importCase {
	const head = "version: 1\nproject: shop\n"
	return []importCase{
		{
			cloud: spec.AWS, element: "queue.jobs", kind: "queue:Queue",
			text: head + "queues: {jobs: {lease: 45s}}\nservices: {worker: {}}\npermissions: {worker: {dequeue: [jobs]}}\n" +
				"stacks: {prod: {aws: {account: '111122223333', region: eu-west-1}, identity: {aws: {create: {trust: [{service: ecs-tasks}]}}}}}\n",
			alone:   head + "queues: {jobs: {lease: 45s}}\nstacks: {prod: {aws: {account: '111122223333', region: eu-west-1}}}\n",
			changed: "visibilityTimeoutSeconds", value: 90,
		},
		{
			cloud: spec.GCP, element: "topic.paid", kind: "topic:Topic",
			text:    head + "topics: {paid: {}}\nstacks: {prod: {gcp: {project: acme-prod, region: europe-west1}}}\n",
			changed: "messageRetentionDuration", value: "86400s",
		},
		{
			cloud: spec.AWS, element: "topic.paid", kind: "topic:Topic",
			text:    head + "topics: {paid: {}}\nstacks: {prod: {aws: {account: '111122223333', region: eu-west-1}}}\n",
			changed: "displayName", value: "Paid",
		},
	}
}

// things are the files of a cloud that is a directory, by the type and id of what they hold.
func (o *oracle) things(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(o.cloud, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestImportClouds imports what another state has made, on clouds that are directories and whose plugins are
// processes of their own: the cloud stays as it is to the byte, and once somebody's change of it is undone by the
// next up, nothing changes any more.
func TestImportClouds(t *testing.T) {
	t.Parallel()
	binary := buildFileCloud(t)
	for _, c := range importCases() {
		t.Run(string(c.cloud)+" "+c.element, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			o := newOracle(t, binary, c.cloud, "prod")
			st, err := o.load(ctx, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if err := o.up(ctx, st); err != nil {
				t.Fatal(err)
			}
			id := o.idOf(t, st, c.element, c.kind)
			o.refusesToTakeOver(t, c, id)
			// Another state, which knows nothing of it.
			o.work, o.handles = t.TempDir(), map[bool]*handle{}
			if st, err = o.load(ctx, []byte(c.text)); err != nil {
				t.Fatal(err)
			}
			before := o.things(t)
			s, err := o.open(ctx, st, false)
			if err != nil {
				t.Fatal(err)
			}
			adopted, err := s.engine.Adopt(ctx, s.program(), map[string]string{c.element: id}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, o.things(t)); diff != "" {
				t.Errorf("the import changed the cloud:\n%s", diff)
			}
			for _, change := range adopted.Next.Changes {
				if change.Element == c.element && !change.Component && change.Op != deploy.OpCreate {
					t.Errorf("the next up changes what nobody has changed: %+v", change)
				}
			}
			list, err := s.engine.Resources(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(list, func(r deploy.Resource) bool { return r.ID == id && r.Element == c.element }) {
				t.Errorf("the state has no resource with the id %s: %+v", id, list)
			}
			if drift, err := s.engine.PreviewRefresh(ctx); err != nil || len(drift.Changes) > 0 {
				t.Errorf("drift after an import: %+v, %v", drift, err)
			}
			_, err = s.engine.Adopt(ctx, s.program(), map[string]string{c.element: id}, nil)
			var refused *deploy.AdoptError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "already") {
				t.Errorf("a second import: %v", err)
			}
			o.drifts(t, st, c, id)
		})
	}
}

// refusesToTakeOver has another state, which knows nothing of what is there, make it: that is refused, and the import is
// offered, by its id where no error of the cloud's says it. A destroy leaves the cloud alone, since nothing was taken over.
func (o *oracle) refusesToTakeOver(t *testing.T, c importCase, id string) {
	t.Helper()
	text := c.alone
	if text == "" {
		text = c.text
	}
	o.work, o.handles = t.TempDir(), map[bool]*handle{}
	st, err := o.load(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	before := o.things(t)
	s, err := o.open(t.Context(), st, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.engine.Up(t.Context(), s.program(), nil)
	var failed *deploy.OperationError
	if !errors.As(err, &failed) {
		t.Fatalf("an up of what exists: %v, want an OperationError", err)
	}
	if c.cloud == spec.AWS {
		a, _, stderr := testApp("", nil)
		s.app = a
		s.offerImport(err)
		if len(failed.Occupied) == 0 {
			t.Errorf("nothing is offered: %v", failed.Messages)
		}
		for _, o := range failed.Occupied {
			if want := "msgdeploy import " + o.What + " " + o.ID + " -s prod"; !strings.Contains(stderr.String(), want) {
				t.Errorf("%q is not offered: %s", want, stderr)
			}
		}
		if !slices.ContainsFunc(failed.Occupied, func(o deploy.Occupied) bool {
			return o.Element == c.element && (o.ID == id || o.What != o.Element)
		}) {
			t.Errorf("%s is not among what exists: %+v", c.element, failed.Occupied)
		}
	}
	if _, err := s.engine.Destroy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, o.things(t)); diff != "" {
		t.Errorf("an up that was refused, and the destroy after it, changed the cloud:\n%s", diff)
	}
}

// drifts has somebody else change the cloud, by the plugin, and wants that to be found.
func (o *oracle) drifts(t *testing.T, st *stack, c importCase, id string) {
	t.Helper()
	s, err := o.open(t.Context(), st, false)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.engine.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(list, func(r deploy.Resource) bool { return r.ID == id && strings.HasSuffix(r.Type, c.kind) })
	urn := resource.URN(list[at].URN)
	somebody := plugin.NewProviderWithClient(nil, o.client, false)
	by := list[slices.IndexFunc(list, func(r deploy.Resource) bool { return strings.HasPrefix(r.Type, "pulumi:providers:") })]
	provider, providerID := resource.URN(by.URN), resource.ID(by.ID)
	kind, name := provider.Type(), provider.Name()
	_, err = somebody.Configure(t.Context(), plugin.ConfigureRequest{
		URN: &provider, Type: &kind, Name: &name, ID: &providerID, Inputs: resource.NewPropertyMapFromMap(by.Inputs),
	})
	if err != nil {
		t.Fatal(err)
	}
	there, err := somebody.Read(t.Context(), plugin.ReadRequest{URN: urn, Name: urn.Name(), Type: urn.Type(), ID: resource.ID(id)})
	if err != nil {
		t.Fatal(err)
	}
	inputs := there.Inputs.Copy()
	inputs[resource.PropertyKey(c.changed)] = resource.NewPropertyValue(c.value)
	_, err = somebody.Update(t.Context(), plugin.UpdateRequest{
		URN: urn, Name: urn.Name(), Type: urn.Type(), ID: resource.ID(id), OldInputs: there.Inputs, OldOutputs: there.Outputs, NewInputs: inputs,
	})
	if err != nil {
		t.Fatal(err)
	}
	drift, err := s.engine.PreviewRefresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(drift.Changes, func(change deploy.Change) bool {
		return change.Element == c.element && slices.ContainsFunc(change.Diff, func(d deploy.PropertyDiff) bool { return d.Path == c.changed })
	}) {
		t.Errorf("a change of %s by somebody else is not found: %+v", c.changed, drift.Changes)
	}
}

// idOf returns the id of an element's own resource of a kind, as the state has it: its dead letters are of that kind too.
func (o *oracle) idOf(t *testing.T, st *stack, element, kind string) string {
	t.Helper()
	s, err := o.open(t.Context(), st, false)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.engine.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Element == element && strings.HasSuffix(r.Type, kind) && strings.HasSuffix(r.Element, "."+resource.URN(r.URN).Name()) {
			return r.ID
		}
	}
	t.Fatalf("the state has no %s of %s: %+v", kind, element, list)
	return ""
}
