package nats_test

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
)

// deployment is a stack that the engine deploys on a broker.
type deployment struct {
	t      *testing.T
	engine *deploy.Stack
	admin  *broker.Admin
}

// runEmbedded runs an embedded broker for the test.
func runEmbedded(t *testing.T) *broker.Admin {
	t.Helper()
	b, err := broker.Open(context.Background(), broker.EmbeddedOptions{Dir: filepath.Join(t.TempDir(), "nats")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return dial(t, b.Access())
}

// useExternal connects to servers that somebody else runs; without their system account
// if services are to share one account.
func useExternal(t *testing.T, b *brokertest.Broker, shared bool) *broker.Admin {
	t.Helper()
	files := broker.Files{Credentials: b.Credentials, SigningKey: b.SigningKey}
	if !shared {
		files.SystemCredentials, files.OperatorKey = b.SystemCredentials, b.OperatorKey
	}
	access, _, err := broker.LoadAccess(b.URL, files)
	if err != nil {
		t.Fatal(err)
	}
	return dial(t, access)
}

func dial(t *testing.T, access broker.Access) *broker.Admin {
	t.Helper()
	admin, err := broker.Dial(context.Background(), access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	return admin
}

func newDeployment(t *testing.T, admin *broker.Admin, top *spec.Topology) *deployment {
	t.Helper()
	return openDeployment(t, t.TempDir(), admin, top)
}

// openDeployment opens a stack whose state is in dir.
func openDeployment(t *testing.T, dir string, admin *broker.Admin, top *spec.Topology) *deployment {
	t.Helper()
	stateful := map[string]bool{}
	for _, r := range nats.New().Resources() {
		stateful[r.Token] = r.Stateful
	}
	engine, err := deploy.Open(t.Context(), deploy.Options{
		Dir: dir, Project: top.Project, Stack: top.Stack, Passphrase: "test", Stateful: stateful,
		Plugins: map[string]func() plugin.Provider{
			"nats": func() plugin.Provider { return natsPlugin(admin) },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &deployment{t: t, engine: engine, admin: admin}
}

func natsPlugin(admin *broker.Admin) plugin.Provider {
	return nats.NewPlugin(func(context.Context) (*broker.Admin, error) { return admin, nil })
}

func program(top *spec.Topology) deploy.Program {
	return nats.New().Program(top, permissions.Derive(top))
}

func (d *deployment) up(top *spec.Topology) *deploy.Result {
	d.t.Helper()
	r, err := d.engine.Up(d.t.Context(), program(top), nil)
	if err != nil {
		d.t.Fatalf("up: %v", err)
	}
	return r
}

func (d *deployment) refresh() *deploy.Result {
	d.t.Helper()
	r, err := d.engine.Refresh(d.t.Context(), nil)
	if err != nil {
		d.t.Fatalf("refresh: %v", err)
	}
	return r
}

func (d *deployment) destroy() {
	d.t.Helper()
	if _, err := d.engine.Destroy(d.t.Context(), nil); err != nil {
		d.t.Fatalf("destroy: %v", err)
	}
}

// output returns a part of the stack's outputs.
func (d *deployment) output(path ...string) any {
	d.t.Helper()
	outputs, err := d.engine.Outputs(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	v := outputs["outputs"]
	for _, key := range path {
		v = v.(map[string]any)[key]
	}
	return v
}

// credentials are the contents of the services' .creds files.
func (d *deployment) credentials() map[string]string {
	d.t.Helper()
	v, err := d.engine.SecretOutput(d.t.Context(), "credentials")
	if err != nil {
		d.t.Fatal(err)
	}
	creds := map[string]string{}
	for service, content := range v.(map[string]any) {
		creds[service] = content.(string)
	}
	return creds
}

// streams are the names of all streams of the broker, sorted.
func (d *deployment) streams() []string {
	d.t.Helper()
	var names []string
	list := d.admin.JetStream.StreamNames(d.t.Context())
	for name := range list.Name() {
		names = append(names, name)
	}
	if list.Err() != nil {
		d.t.Fatal(list.Err())
	}
	return slices.Sorted(slices.Values(names))
}

// changed are the changes of a result, as `op type::name`, without components.
func changed(r *deploy.Result) []string {
	seen := map[string]bool{}
	for _, c := range r.Changes {
		if !c.Component {
			seen[string(c.Op)+" "+c.Type[len("nats:index:"):]+"::"+c.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func streamInfo(t *testing.T, admin *broker.Admin, name string) *jetstream.StreamInfo {
	t.Helper()
	s, err := admin.JetStream.Stream(t.Context(), name)
	if err != nil {
		t.Fatalf("stream %s: %v", name, err)
	}
	return s.CachedInfo()
}
