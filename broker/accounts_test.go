package broker_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
)

func TestAccountsComeAndGo(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]brokertest.Options{
		"server": {}, "server that keeps accounts": {NoDelete: true}, "cluster": {Servers: 3}, "cluster that keeps accounts": {Servers: 3, NoDelete: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.Start(t, opts)
			h := buildHouse(t, dialExternal(t, b), max(opts.Servers, 1))
			s := h.service("api", send(ordersSubject), dequeue("jobs"))
			public, err := broker.PublicKey(s.seed)
			if err != nil {
				t.Fatal(err)
			}
			// In effect on each server as soon as the call has returned.
			for _, server := range b.Servers {
				connect(t, server.ClientURL(), s.creds)
			}
			account, err := h.admin.Account(t.Context(), public)
			if err != nil || account == nil || account.Name != "shop-local-api" || len(account.Imports) != 4 {
				t.Fatalf("account is %+v, %v", account, err)
			}
			if first := account.Imports[1]; !strings.HasPrefix(first.Subject, "$JS.API.CONSUMER.INFO.") || first.Local != strings.Replace(first.Subject, "$JS.API", broker.APIPrefix, 1) {
				t.Errorf("second import is %+v", first)
			}
			for range 2 { // the second time it is gone already
				if err := h.admin.DeleteAccount(t.Context(), public); err != nil {
					t.Fatal(err)
				}
			}
			if account, err := h.admin.Account(t.Context(), public); err != nil || account != nil {
				t.Errorf("deleted account is %+v, %v", account, err)
			}
			for _, server := range b.Servers {
				if nc, err := nats.Connect(server.ClientURL(), nats.UserCredentialBytes(s.creds)); err == nil {
					nc.Close()
					t.Errorf("a user of a deleted account connects to %s", server.Name())
				}
			}
			// Made again it works again.
			h.grant(s, send(ordersSubject))
			connect(t, b.URL, s.creds)
		})
	}
}

// A cluster that lacks a server still takes changes.
func TestClusterWithOneServerDown(t *testing.T) {
	t.Parallel()
	b := brokertest.StartCluster(t, 3)
	var up []string
	for _, s := range b.Servers[:2] {
		up = append(up, s.ClientURL())
	}
	admin := dial(t, loadAccess(t, strings.Join(up, ","), filesOf(b)))
	b.Servers[2].Shutdown()
	b.Servers[2].WaitForShutdown()
	if err := admin.PutExports(t.Context(), stack, houseExports()); err != nil {
		t.Fatal(err)
	}
	h := &house{t, admin}
	s := h.service("api", send(ordersSubject))
	for _, url := range up {
		connect(t, url, s.creds)
	}
}

func TestAccountThatNeverWas(t *testing.T) {
	t.Parallel()
	admin := dialExternal(t, brokertest.StartServer(t))
	seed, err := broker.NewAccountSeed()
	if err != nil {
		t.Fatal(err)
	}
	public, err := broker.PublicKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	if account, err := admin.Account(t.Context(), public); err != nil || account != nil {
		t.Errorf("account is %+v, %v", account, err)
	}
	if err := admin.DeleteAccount(t.Context(), public); err != nil {
		t.Errorf("delete: %v", err)
	}
}
