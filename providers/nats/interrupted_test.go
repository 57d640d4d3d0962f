package nats

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"

	"github.com/msgdeploy/msgdeploy/broker"
)

// TestInterruptedCreationIsDeleted deletes what a run made that was killed before the state
// knew of it, by its inputs alone; and again, where it was not made.
func TestInterruptedCreationIsDeleted(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	topic := topicArgs("created")
	exports := brokerArgs{Mode: embedded, Exports: []string{"shop.local.topic.*"}}
	account := accountArgs{Name: "shop-local-signup", Imports: []string{"shop.local.topic.created"}}
	r.create(typeBroker, exports)
	r.create(typeStream, topic)
	r.create(typeStream, aStream())
	r.create(typeConsumer, aConsumer())
	r.create(typeSource, sourceArgs{Stream: aStream().Name, Topic: topic.Name})
	public := string(r.create(typeAccount, account).id)
	for range 2 {
		for _, step := range []struct {
			typ  string
			args any
		}{
			{typeAccount, account},
			{typeUser, userArgs{Name: account.Name, InboxPrefix: "_INBOX"}},
			{typeSource, sourceArgs{Stream: aStream().Name, Topic: topic.Name}},
			{typeConsumer, aConsumer()},
			{typeStream, aStream()},
			{typeStream, topic},
			{typeBroker, exports},
		} {
			_, err := r.Delete(t.Context(), plugin.DeleteRequest{URN: r.urn(step.typ), ID: "interrupted", Inputs: r.props(step.args)})
			if err != nil {
				t.Errorf("delete %s: %v", step.typ, err)
			}
		}
	}
	for name := range r.admin.JetStream.StreamNames(t.Context()).Name() {
		t.Errorf("stream %s is left", name)
	}
	left, err := r.admin.Account(t.Context(), public)
	if err != nil || left != nil {
		t.Errorf("account is left: %+v, %v", left, err)
	}
}

// TestInterruptedCreationIsFound reads what a run made that was killed before the state knew of it, by
// its inputs alone; and what was not made is not there.
func TestInterruptedCreationIsFound(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	r.create(typeBroker, brokerArgs{Mode: embedded})
	made := r.create(typeStream, aStream())
	read := func(args any) plugin.ReadResponse {
		t.Helper()
		res, err := r.Read(t.Context(), plugin.ReadRequest{URN: r.urn(typeStream), ID: "interrupted", Inputs: r.props(args)})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	if res := read(aStream()); res.ID != made.id || len(res.Outputs) == 0 || len(res.Inputs) == 0 {
		t.Errorf("what was made is read as %+v, want id %s", res, made.id)
	}
	other := aStream()
	other.Name += "-other"
	if res := read(other); res.ID != "" {
		t.Errorf("what was not made is read as %+v", res)
	}
}

// TestInterruptedCreationOfAnothers is a creation that was cut off before the broker could
// refuse it: what is in its place is not deleted.
func TestInterruptedCreationOfAnothers(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	if _, err := r.admin.JetStream.CreateStream(t.Context(), jetstream.StreamConfig{Name: aStream().Name, Subjects: []string{"handmade"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Delete(t.Context(), plugin.DeleteRequest{URN: r.urn(typeStream), ID: "interrupted", Inputs: r.props(aStream())}); err != nil {
		t.Fatal(err)
	}
	r.streamConfig(aStream().Name) // fails where it is gone
}

// TestAccountIsTakenOver makes an account again after a run that was killed: the same one.
func TestAccountIsTakenOver(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	r.create(typeBroker, brokerArgs{Mode: embedded, Exports: []string{"shop.local.topic.*"}})
	r.create(typeStream, topicArgs("created"))
	args := accountArgs{Name: "shop-local-signup", Imports: []string{}}
	first := r.create(typeAccount, args)
	args.Imports = []string{"shop.local.topic.created"}
	second := r.create(typeAccount, args)
	if first.id != second.id || !first.states["seed"].DeepEquals(second.states["seed"]) {
		t.Fatalf("two accounts: %s and %s", first.id, second.id)
	}
	user := r.create(typeUser, userArgs{Name: "shop-local-signup", Account: second.states["seed"].SecretValue().Element.StringValue(), InboxPrefix: "_INBOX"})
	c, err := broker.DialService(t.Context(), r.admin.Access.URL, []byte(user.states["credentials"].SecretValue().Element.StringValue()), broker.APIPrefix, "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Publish(t.Context(), "shop.local.topic.created", []broker.Message{{Data: []byte("x")}}); err != nil {
		t.Errorf("publish: %v", err)
	}
}

// TestDerivedKeysDiffer makes keys of the same name for different owners and kinds.
func TestDerivedKeysDiffer(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	seen := map[string]string{}
	for _, c := range []struct {
		owner owner
		name  string
	}{
		{owner{"shop", "local"}, "api"}, {owner{"shop", "prod"}, "api"}, {owner{"shop", "local"}, "web"},
		{owner{"shop-a", "b"}, "api"}, {owner{"shop", "a-b"}, "api"},
	} {
		s := session{Admin: r.admin, owner: c.owner}
		account, err := s.account(accountArgs{Name: c.name})
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := seen[account.PublicKey]; taken {
			t.Errorf("%v and %s have one key", c, other)
		}
		seen[account.PublicKey] = c.owner.name() + " " + c.name
	}
}

// TestMessages counts what is lost with each type of resource.
func TestMessages(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	ctx := t.Context()
	topic := topicArgs("created")
	r.create(typeStream, topic)
	subscription := aConsumer()
	subscription.Stream, subscription.Name, subscription.New = topic.Name, "shop-local-welcome", true
	m := r.create(typeSubscription, subscription)
	for range 3 {
		if _, err := r.admin.JetStream.Publish(ctx, topic.Subjects[0], []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	c, err := r.admin.JetStream.Consumer(ctx, topic.Name, subscription.Name)
	if err != nil {
		t.Fatal(err)
	}
	if got := fetchAll(t, c, 1); len(got) != 1 {
		t.Fatal(got)
	}
	if batch, err := c.Fetch(1, jetstream.FetchMaxWait(10*time.Second)); err != nil {
		t.Fatal(err)
	} else {
		<-batch.Messages() // leased, not completed
	}
	for _, want := range []struct {
		typ, id string
		n       uint64
		ok      bool
	}{
		{typeStream, topic.Name, 3, true},
		{typeStream, "gone", 0, true},
		{typeSubscription, string(m.id), 2, true},
		{typeSource, "a/b", 0, true},
		{typeConsumer, string(m.id), 0, false},
	} {
		if n, ok := Messages(ctx, r.admin, want.typ, want.id); n != want.n || ok != want.ok {
			t.Errorf("%s %s holds %d (%v), want %d (%v)", want.typ, want.id, n, ok, want.n, want.ok)
		}
	}
}
