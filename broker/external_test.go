package broker_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// operatorOf is what the people who run b can do besides msgdeploy.
type operatorOf struct {
	t      *testing.T
	key    nkeys.KeyPair
	system *nats.Conn
}

func operate(t *testing.T, b *brokertest.Broker) *operatorOf {
	t.Helper()
	seed, err := os.ReadFile(b.OperatorKey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := nkeys.FromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	creds, err := os.ReadFile(b.SystemCredentials)
	if err != nil {
		t.Fatal(err)
	}
	return &operatorOf{t, key, connect(t, b.URL, creds)}
}

func (o *operatorOf) account(public string) *jwt.AccountClaims {
	o.t.Helper()
	reply, err := o.system.Request("$SYS.REQ.ACCOUNT."+public+".CLAIMS.LOOKUP", nil, patience)
	if err != nil {
		o.t.Fatal(err)
	}
	claims, err := jwt.DecodeAccountClaims(string(reply.Data))
	if err != nil {
		o.t.Fatal(err)
	}
	return claims
}

func (o *operatorOf) put(claims *jwt.AccountClaims) {
	o.t.Helper()
	token, err := claims.Encode(o.key)
	if err != nil {
		o.t.Fatal(err)
	}
	reply, err := o.system.Request("$SYS.REQ.CLAIMS.UPDATE", []byte(token), patience)
	if err != nil || !strings.Contains(string(reply.Data), `"code":200`) {
		o.t.Fatalf("update account: %v, %s", err, reply.Data)
	}
}

// Accounts of other people on the same broker cannot import what services may, neither
// without a token nor with one that a service was given.
func TestForeignAccountsCannotImport(t *testing.T) {
	t.Parallel()
	b := brokertest.StartServer(t)
	h := buildHouse(t, dialExternal(t, b), 1)
	o := operate(t, b)
	ours := h.service("ours", send(queueSubject("jobs")), dequeue("jobs"))
	public, err := broker.PublicKey(ours.seed)
	if err != nil {
		t.Fatal(err)
	}
	imports := o.account(public).Imports
	if len(imports) != 4 {
		t.Fatalf("the service has %d imports, want 4", len(imports))
	}
	for name, change := range map[string]func(*jwt.Import){
		"no token":     func(i *jwt.Import) { i.Token = "" },
		"stolen token": func(*jwt.Import) {},
		"own token":    func(i *jwt.Import) { i.Token = o.forgedToken(t, i) },
	} {
		foreign := &service{name: name}
		var err error
		if foreign.seed, err = broker.NewAccountSeed(); err != nil {
			t.Fatal(err)
		}
		if foreign.creds, err = broker.NewUser(foreign.seed, "user", nil); err != nil {
			t.Fatal(err)
		}
		public, err := broker.PublicKey(foreign.seed)
		if err != nil {
			t.Fatal(err)
		}
		claims := jwt.NewAccountClaims(public)
		claims.SigningKeys.Add(public)
		for _, i := range imports {
			copied := *i
			change(&copied)
			claims.Imports.Add(&copied)
		}
		token, err := claims.Encode(o.key)
		if err != nil {
			t.Fatal(err)
		}
		// The server may refuse the account as a whole.
		reply, err := o.system.Request("$SYS.REQ.CLAIMS.UPDATE", []byte(token), patience)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(reply.Data), `"code":200`) {
			continue
		}
		h.check(foreign, h.connect(foreign))
	}
}

// forgedToken is signed by a key that is none of the owner account's.
func (o *operatorOf) forgedToken(t *testing.T, i *jwt.Import) string {
	t.Helper()
	forger, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	original, err := jwt.DecodeActivationClaims(i.Token)
	if err != nil {
		t.Fatal(err)
	}
	original.IssuerAccount = i.Account
	token, err := original.Encode(forger)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// What others export from the account that owns the streams stays, and so does another
// stack's.
func TestExportsOfOthersStay(t *testing.T) {
	t.Parallel()
	b := brokertest.StartServer(t)
	admin := dialExternal(t, b)
	o := operate(t, b)
	claims := o.account(b.Account)
	claims.Exports.Add(&jwt.Export{Name: "theirs", Subject: "theirs.>", Type: jwt.Stream})
	o.put(claims)

	put := func(stack string, subjects ...string) {
		t.Helper()
		var exports []broker.Export
		for _, s := range subjects {
			exports = append(exports, broker.Export{Subject: s})
		}
		if err := admin.PutExports(t.Context(), stack, exports); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want string) {
		t.Helper()
		var got []string
		for _, e := range o.account(b.Account).Exports {
			got = append(got, string(e.Subject))
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("the account exports %q, want %q", g, want)
		}
	}
	put("shop-a", "a.2", "a.1")
	put("shop-a-b", "b.1")
	check("a.1 a.2 b.1 theirs.>")
	put("shop-a", "a.3")
	check("a.3 b.1 theirs.>")
	before := o.account(b.Account)
	put("shop-a", "a.3")
	if after := o.account(b.Account); after.ID != before.ID {
		t.Error("exports that are there already were written again")
	}
	if err := admin.RemoveExports(t.Context(), "shop-a"); err != nil {
		t.Fatal(err)
	}
	check("b.1 theirs.>")
}

// Runs for several stacks change the same account at the same time.
func TestExportsOfStacksAtOnce(t *testing.T) {
	t.Parallel()
	b := brokertest.StartServer(t)
	var stacks sync.WaitGroup
	for i := range 8 {
		admin := dialExternal(t, b)
		stacks.Go(func() {
			stack := fmt.Sprintf("shop-%d", i)
			if err := admin.PutExports(t.Context(), stack, []broker.Export{{Subject: stack + ".>"}}); err != nil {
				t.Error(err)
			}
		})
	}
	stacks.Wait()
	if n := len(operate(t, b).account(b.Account).Exports); n != 8 {
		t.Errorf("the account has %d exports, want one of each of 8 stacks", n)
	}
	names := dialExternal(t, b).JetStream.StreamNames(t.Context())
	for name := range names.Name() {
		t.Errorf("stream %s is left behind", name)
	}
}

func TestWrongKeysAreNamed(t *testing.T) {
	t.Parallel()
	b, other := brokertest.StartServer(t), brokertest.StartServer(t)
	for name, c := range map[string]struct {
		change func(*broker.Files)
		want   string
	}{
		"signing key": {func(f *broker.Files) { f.SigningKey = other.SigningKey }, "is none of account messaging"},
		"operator":    {func(f *broker.Files) { f.OperatorKey = other.OperatorKey }, "does not trust operator key"},
		"system":      {func(f *broker.Files) { f.SystemCredentials = f.Credentials }, "is this user in the system account?"},
		"credentials": {func(f *broker.Files) { f.Credentials = other.Credentials }, "connect to broker " + b.URL},
	} {
		files := filesOf(b)
		c.change(&files)
		access := loadAccess(t, b.URL, files)
		admin, err := broker.Dial(t.Context(), access)
		if err == nil {
			defer admin.Close()
			err = admin.PutExports(t.Context(), stack, houseExports())
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want it to say %q", name, err, c.want)
		}
	}
}

func TestFixedAccountsAreExplained(t *testing.T) {
	t.Parallel()
	admin := dialExternal(t, brokertest.Start(t, brokertest.Options{ResolverPreload: true}))
	err := admin.PutExports(t.Context(), stack, houseExports())
	if err == nil || !strings.Contains(err.Error(), "resolver") {
		t.Errorf("error is %v, want it to name the resolver", err)
	}
}

func TestOtherAcknowledgementsAreRefused(t *testing.T) {
	t.Parallel()
	b := brokertest.Start(t, brokertest.Options{FeatureFlags: map[string]bool{"js_ack_fc_v2": true}})
	if _, err := broker.Dial(t.Context(), loadAccess(t, b.URL, filesOf(b))); err == nil || !strings.Contains(err.Error(), "js_ack_fc_v2") {
		t.Errorf("error is %v, want it to name the feature flag", err)
	}
}

// In one shared account a service is a user with permissions.
func TestSharedAccount(t *testing.T) {
	t.Parallel()
	b := brokertest.StartServer(t)
	access := loadAccess(t, b.URL, broker.Files{Credentials: b.Credentials, SigningKey: b.SigningKey})
	h := buildHouse(t, dial(t, access), 1)
	if err := h.admin.PutAccount(t.Context(), broker.AccountSpec{}); err == nil {
		t.Error("an account is made without the system account")
	}
	seed, err := broker.NewUserSeed()
	if err != nil {
		t.Fatal(err)
	}
	of := queueStream("jobs") + "." + stack
	credentials := func(p broker.Permissions) []byte {
		creds, err := broker.Credentials(access.SigningKey, access.Account, broker.User{Name: "worker", Seed: seed, Permissions: &p})
		if err != nil {
			t.Fatal(err)
		}
		return creds
	}
	worker := credentials(broker.Permissions{
		Publish:   []string{"$JS.API.CONSUMER.INFO." + of, "$JS.API.CONSUMER.MSG.NEXT." + of, "$JS.ACK." + of + ".>"},
		Subscribe: []string{"_INBOX_worker.>"},
	})
	h.enqueue("jobs", "job")
	c, err := broker.DialService(t.Context(), b.URL, worker, "", "_INBOX_worker")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	leased := one(t, c, "jobs", patience)
	if err := c.Complete(t.Context(), leased.Receipt); err != nil {
		t.Error(err)
	}
	refused(t, "publish", c.Publish(t.Context(), ordersSubject, []broker.Message{{}}))
	refused(t, "enqueue", c.Enqueue(t.Context(), queueSubject("jobs"), []broker.Message{{}}))
	refused(t, "dequeue elsewhere", second(c.Dequeue(t.Context(), queueStream("victim"), stack, 1, 0)))

	wider, err := broker.DialService(t.Context(), b.URL, credentials(broker.Permissions{
		Publish: []string{ordersSubject}, Subscribe: []string{"_INBOX_worker.>"},
	}), "", "_INBOX_worker")
	if err != nil {
		t.Fatal(err)
	}
	defer wider.Close()
	if err := wider.Publish(t.Context(), ordersSubject, []broker.Message{{}}); err != nil {
		t.Error(err)
	}
	nothing, err := broker.DialService(t.Context(), b.URL, credentials(broker.Permissions{}), "", "_INBOX_worker")
	if err != nil {
		t.Fatal(err)
	}
	defer nothing.Close()
	refused(t, "publish without permissions", nothing.Publish(t.Context(), ordersSubject, []broker.Message{{}}))
}
