package broker_test

import (
	"testing"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func filesOf(b *brokertest.Broker) broker.Files {
	return broker.Files{Credentials: b.Credentials, SigningKey: b.SigningKey, SystemCredentials: b.SystemCredentials, OperatorKey: b.OperatorKey}
}

func dial(t *testing.T, b *brokertest.Broker, files broker.Files) *broker.Admin {
	t.Helper()
	access, warnings, err := broker.LoadAccess(b.URL, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
	if access.Account != b.Account {
		t.Errorf("account is %s, want %s", access.Account, b.Account)
	}
	admin, err := broker.Dial(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	return admin
}

func TestAccountsOnExternalServers(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]brokertest.Options{
		"server":           {},
		"server no delete": {NoDelete: true},
		"cluster":          {Servers: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, opts)
			admin := dial(t, b, filesOf(b))
			testAccount(t, b, admin, max(opts.Servers, 1))
		})
	}
}

func testAccount(t *testing.T, b *brokertest.Broker, admin *broker.Admin, replicas int) {
	ctx := t.Context()
	if _, err := admin.JetStream.CreateStream(ctx, jetstream.StreamConfig{Name: "created", Subjects: []string{"shop.local.topic.created"}, Replicas: replicas}); err != nil {
		t.Fatal(err)
	}
	if err := admin.PutExports(ctx, "shop-local", []broker.Export{{Subject: "shop.local.topic.*"}}); err != nil {
		t.Fatal(err)
	}
	seed, err := broker.NewAccountSeed()
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.PutAccount(ctx, broker.AccountSpec{Name: "shop-local-api", Seed: seed, Imports: []broker.Import{{Subject: "shop.local.topic.created"}}}); err != nil {
		t.Fatal(err)
	}
	creds, err := broker.NewUser(seed, "api", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range b.Servers {
		nc, err := nats.Connect(s.ClientURL(), nats.UserCredentialBytes(creds))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		js, err := jetstream.NewWithAPIPrefix(nc, broker.APIPrefix)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.Publish(ctx, "shop.local.topic.created", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	public, err := broker.PublicKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	if account, err := admin.Account(ctx, public); err != nil || account == nil {
		t.Errorf("account: %v, %v", account, err)
	}
	if err := admin.DeleteAccount(ctx, public); err != nil {
		t.Fatal(err)
	}
	if account, err := admin.Account(ctx, public); err != nil || account != nil {
		t.Errorf("account after its deletion: %v, %v", account, err)
	}
	if nc, err := nats.Connect(b.URL, nats.UserCredentialBytes(creds)); err == nil {
		nc.Close()
		t.Error("a user of a deleted account connects")
	}
}
