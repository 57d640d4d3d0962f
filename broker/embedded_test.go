package broker

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func open(t *testing.T, opts EmbeddedOptions) *Embedded {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	if opts.Kind == "" {
		opts.Kind = Command
	}
	e, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

func dial(t *testing.T, access Access) *Admin {
	t.Helper()
	admin, err := Dial(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	return admin
}

func TestServiceAccountOnEmbedded(t *testing.T) {
	t.Parallel()
	e := open(t, EmbeddedOptions{})
	admin := dial(t, e.Access())
	ctx := t.Context()
	if _, err := admin.JetStream.CreateStream(ctx, jetstream.StreamConfig{Name: "created", Subjects: []string{"shop.local.topic.created"}}); err != nil {
		t.Fatal(err)
	}
	if err := admin.PutExports(ctx, "shop-local", []Export{{Subject: "shop.local.topic.*"}}); err != nil {
		t.Fatal(err)
	}
	seed, err := NewAccountSeed()
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.PutAccount(ctx, AccountSpec{Name: "shop-local-api", Seed: seed, Imports: []Import{{Subject: "shop.local.topic.created"}}}); err != nil {
		t.Fatal(err)
	}
	creds, err := NewUser(seed, "api", nil)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(e.URL(), nats.UserCredentialBytes(creds))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.NewWithAPIPrefix(nc, APIPrefix)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(ctx, "shop.local.topic.created", []byte("x")); err != nil {
		t.Fatal(err)
	}
}
