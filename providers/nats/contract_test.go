package nats

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/msgdeploy/msgdeploy/broker"
)

// remote serves a plugin over gRPC, as stock Pulumi would, and returns the engine's side.
func remote(t *testing.T, p plugin.Provider) plugin.Provider {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(srv, plugin.NewProviderServer(p))
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(lis) }()
	t.Cleanup(func() { srv.Stop(); <-done })
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	pctx, err := plugin.NewContextWithRoot(t.Context(), nil, nil, &plugin.MockHost{}, "", "", nil, false, nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := plugin.NewProviderWithClient(pctx, pulumirpc.NewResourceProviderClient(conn), false)
	if _, err := client.Handshake(t.Context(), plugin.ProviderHandshakeRequest{}); err != nil {
		t.Fatal(err)
	}
	urn := resource.NewURN("local", "shop", "", "pulumi:providers:nats", "nats")
	name, typ, id := urn.Name(), urn.Type(), resource.ID("nats")
	inputs := resource.PropertyMap{"mode": resource.NewProperty("embedded")}
	if _, err := client.Configure(t.Context(), plugin.ConfigureRequest{URN: &urn, Name: &name, Type: &typ, ID: &id, Inputs: inputs}); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestContract drives the plugin over gRPC, where requests are other than in process, and
// expects the same of it.
func TestContract(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	r.Provider = remote(t, r.Provider)
	check, err := r.Check(t.Context(), plugin.CheckRequest{URN: r.urn(typeStream), News: r.props(aStream()), AllowUnknowns: true})
	if err != nil || len(check.Failures) > 0 || !check.Properties.DeepEquals(r.props(aStream())) {
		t.Fatalf("check = %+v, %v", check, err)
	}
	bad := aStream()
	bad.Replicas = 9
	check, err = r.Check(t.Context(), plugin.CheckRequest{URN: r.urn(typeStream), Olds: r.props(aStream()), News: r.props(bad)})
	if err != nil || len(check.Failures) != 1 || check.Failures[0].Property != "replicas" {
		t.Errorf("check of 9 replicas = %+v, %v", check, err)
	}
	m := r.create(typeStream, aStream())
	if m.id != "shop-local-jobs-queue" || !m.states.DeepEquals(m.inputs) {
		t.Errorf("created %s with %v", m.id, m.states)
	}
	edited := aStream()
	edited.MaxAge = duration(time.Minute)
	if d := r.diff(typeStream, m, edited); d.Changes != plugin.DiffSome || len(d.ReplaceKeys) > 0 {
		t.Errorf("diff of an edit in place = %+v", d)
	}
	edited.Retention = limits
	if d := r.diff(typeStream, m, edited); !d.DeleteBeforeReplace || len(d.ReplaceKeys) != 1 {
		t.Errorf("diff of an edit that replaces = %+v", d)
	}
	if again := r.read(typeStream, m); !again.inputs.DeepEquals(m.inputs) {
		t.Errorf("read %v", again.inputs)
	}
	account := r.create(typeAccount, accountArgs{Name: "shop-local-api", Imports: []string{}})
	if !account.states["seed"].IsSecret() {
		t.Error("the account's seed is no secret")
	}
	r.remove(typeAccount, account)
	r.remove(typeStream, m)
	if again := r.read(typeStream, m); again.id != "" {
		t.Errorf("the deleted stream is read as %v", again.inputs)
	}
}

// TestPreviewNeedsNoBroker asks for everything that a preview does.
func TestPreviewNeedsNoBroker(t *testing.T) {
	t.Parallel()
	p := NewPlugin(func(context.Context) (*broker.Admin, error) {
		t.Error("the plugin connects")
		return nil, errors.New("no broker")
	})
	r := &rig{t: t, Provider: p, project: "shop", stack: "local"}
	account := accountArgs{Name: "shop-local-api", Imports: []string{"shop.local.topic.created"}}
	resp, err := r.Create(t.Context(), plugin.CreateRequest{URN: r.urn(typeAccount), Properties: r.props(account), Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	if !resp.Properties["publicKey"].IsComputed() || !resp.Properties["seed"].IsSecret() || !resp.Properties["seed"].SecretValue().Element.IsComputed() {
		t.Errorf("a new account is expected to be %v", resp.Properties)
	}
	state := resp.Properties.Copy()
	state["publicKey"], state["seed"] = resource.NewProperty("A"), resource.MakeSecret(resource.NewProperty("SA"))
	old := made{id: "A", inputs: r.props(account), states: state}
	account.Imports = nil
	if d := r.diff(typeAccount, old, account); d.Changes != plugin.DiffSome || len(d.ReplaceKeys) > 0 {
		t.Errorf("diff = %+v, want an update in place", d)
	}
	update, err := r.Update(t.Context(), plugin.UpdateRequest{URN: r.urn(typeAccount), ID: "A", OldInputs: old.inputs, OldOutputs: old.states, NewInputs: r.props(account), Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	if update.Properties["publicKey"].V != "A" || update.Properties["seed"].SecretValue().Element.V != "SA" {
		t.Errorf("an update is expected to change the account's keys: %v", update.Properties)
	}
	unknown := r.props(aConsumer())
	unknown["stream"] = resource.MakeComputed(resource.NewProperty(""))
	check, err := r.Check(t.Context(), plugin.CheckRequest{URN: r.urn(typeConsumer), News: unknown, AllowUnknowns: true})
	if err != nil || len(check.Failures) > 0 {
		t.Errorf("a consumer of a stream that is to be replaced: %+v, %v", check, err)
	}
	diff, err := r.Diff(t.Context(), plugin.DiffRequest{URN: r.urn(typeConsumer), OldInputs: r.props(aConsumer()), NewInputs: unknown, AllowUnknowns: true})
	if err != nil || len(diff.ReplaceKeys) != 1 || diff.ReplaceKeys[0] != "stream" {
		t.Errorf("diff = %+v (%v), want a replacement with its stream", diff, err)
	}
}

// TestBrokerIsOpenedOnce makes many resources at once where the broker cannot be opened.
func TestBrokerIsOpenedOnce(t *testing.T) {
	t.Parallel()
	opened := 0
	r := &rig{t: t, project: "shop", stack: "local", Provider: NewPlugin(func(context.Context) (*broker.Admin, error) {
		opened++
		return nil, errors.New("port taken")
	})}
	for range 3 {
		if _, err := r.tryCreate(typeStream, aStream()); err == nil || err.Error() != "port taken" {
			t.Errorf("error = %v, want the broker's", err)
		}
	}
	if opened != 1 {
		t.Errorf("the broker was opened %d times", opened)
	}
}

// TestUnknownType asks for a type that an older state may have.
func TestUnknownType(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, project: "shop", stack: "local", Provider: NewPlugin(nil)}
	if _, err := r.tryCreate("nats:index:Bucket", aStream()); err == nil {
		t.Error("an unknown type was created")
	}
}
