package nats

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/msgdeploy/msgdeploy/broker"
)

// rig is a plugin with a broker of its own.
type rig struct {
	t     *testing.T
	admin *broker.Admin
	plugin.Provider
	project, stack string
}

// embeddedRig runs an embedded broker for the test.
func embeddedRig(t *testing.T) *rig {
	t.Helper()
	ctx := context.Background()
	b, err := broker.Open(ctx, broker.EmbeddedOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return newRig(t, b.Access())
}

func newRig(t *testing.T, access broker.Access) *rig {
	t.Helper()
	admin, err := broker.Dial(context.Background(), access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	p := NewPlugin(func(context.Context) (*broker.Admin, error) { return admin, nil })
	return &rig{t: t, admin: admin, Provider: p, project: "shop", stack: "local"}
}

// of is the same broker as seen by another stack.
func (r *rig) of(project, stack string) *rig {
	other := *r
	other.project, other.stack = project, stack
	return &other
}

func (r *rig) urn(typ string) resource.URN {
	return resource.NewURN(tokens.QName(r.stack), tokens.PackageName(r.project), "", tokens.Type(typ), "it")
}

func (r *rig) props(args any) resource.PropertyMap {
	r.t.Helper()
	props, err := encode(args, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return props
}

// made is a resource that a rig made.
type made struct {
	id             resource.ID
	inputs, states resource.PropertyMap
}

func (r *rig) tryCreate(typ string, args any) (made, error) {
	inputs := r.props(args)
	resp, err := r.Create(r.t.Context(), plugin.CreateRequest{URN: r.urn(typ), Properties: inputs})
	return made{resp.ID, inputs, resp.Properties}, err
}

func (r *rig) create(typ string, args any) made {
	r.t.Helper()
	m, err := r.tryCreate(typ, args)
	if err != nil {
		r.t.Fatalf("create %s: %v", typ, err)
	}
	return m
}

// diff is what an update to args would do.
func (r *rig) diff(typ string, m made, args any) plugin.DiffResult {
	r.t.Helper()
	d, err := r.Diff(r.t.Context(), plugin.DiffRequest{URN: r.urn(typ), ID: m.id, OldInputs: m.inputs, OldOutputs: m.states, NewInputs: r.props(args)})
	if err != nil {
		r.t.Fatalf("diff %s: %v", typ, err)
	}
	return d
}

func (r *rig) update(typ string, m made, args any) made {
	r.t.Helper()
	inputs := r.props(args)
	resp, err := r.Update(r.t.Context(), plugin.UpdateRequest{URN: r.urn(typ), ID: m.id, OldInputs: m.inputs, OldOutputs: m.states, NewInputs: inputs})
	if err != nil {
		r.t.Fatalf("update %s: %v", typ, err)
	}
	return made{m.id, inputs, resp.Properties}
}

// read is a refresh: the zero made is a resource that is gone.
func (r *rig) read(typ string, m made) made {
	r.t.Helper()
	resp, err := r.Read(r.t.Context(), plugin.ReadRequest{URN: r.urn(typ), ID: m.id, Inputs: m.inputs, State: m.states})
	if err != nil {
		r.t.Fatalf("read %s: %v", typ, err)
	}
	return made{resp.ID, resp.Inputs, resp.Outputs}
}

func (r *rig) remove(typ string, m made) {
	r.t.Helper()
	if _, err := r.Delete(r.t.Context(), plugin.DeleteRequest{URN: r.urn(typ), ID: m.id, Inputs: m.inputs, Outputs: m.states}); err != nil {
		r.t.Fatalf("delete %s: %v", typ, err)
	}
}

func (r *rig) streamConfig(name string) jetstream.StreamConfig {
	r.t.Helper()
	s, err := r.admin.JetStream.Stream(r.t.Context(), name)
	if err != nil {
		r.t.Fatalf("stream %s: %v", name, err)
	}
	return s.CachedInfo().Config
}

func (r *rig) consumerConfig(stream, name string) jetstream.ConsumerConfig {
	r.t.Helper()
	c, err := r.admin.JetStream.Consumer(r.t.Context(), stream, name)
	if err != nil {
		r.t.Fatalf("consumer %s of %s: %v", name, stream, err)
	}
	return c.CachedInfo().Config
}

// aStream and aConsumer are inputs to vary.
func aStream() streamArgs {
	return streamArgs{
		Name: "shop-local-jobs-queue", Element: "queue.jobs", Subjects: []string{"shop.local.queue.jobs"},
		Retention: workQueue, MaxAge: duration(time.Hour), Replicas: 1,
	}
}

func aConsumer() consumerArgs {
	return consumerArgs{
		Stream: "shop-local-jobs-queue", Name: "shop-local", Element: "queue.jobs",
		AckWait: duration(30 * time.Second), MaxDeliver: 5, MaxAckPending: -1,
	}
}
