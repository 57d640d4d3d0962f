package gcp

import (
	"fmt"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Check reports what Pub/Sub cannot do or does in its own way, what is beyond its limits,
// names that it does not take, and identities that would get in each other's way.
func (*Provider) Check(t *spec.Topology) diag.Diagnostics {
	c := check{t: t, layout: layout{t}}
	c.add(providers.CheckCapabilities(t)...)
	c.names()
	for _, q := range t.Queues {
		c.queue(q)
	}
	for _, s := range t.Subscriptions {
		c.subscription(s)
	}
	c.inboxes()
	if emulated(t) {
		c.add(providers.Remark(providers.CodeDiffers, t.Target.GCP.At("endpoint"), "An emulator has no IAM",
			fmt.Sprintf("Stack %s is on a Pub/Sub emulator: no identity and no grant is made, what is pushed is not signed, no key is used, and whoever reaches the emulator may do everything.", t.Stack)))
	} else {
		c.members()
	}
	return c.diags
}

// check is one run over a topology.
type check struct {
	t      *spec.Topology
	layout layout
	diags  diag.Diagnostics
}

func (c *check) add(ds ...diag.Diagnostic) { c.diags = append(c.diags, ds...) }

// beyond reports a value that Pub/Sub's limits do not allow.
func (c *check) beyond(at diag.Range, why string) {
	c.add(providers.Problem(providers.CodeBeyondLimit, at, "The cloud cannot do that much",
		fmt.Sprintf("Stack %s is on %s. %s", c.t.Stack, c.t.Target.Cloud(), why)))
}

// unable reports what Pub/Sub has not got.
func (c *check) unable(at diag.Range, why string) {
	c.add(providers.Problem(providers.CodeNotSupported, at, "This cloud cannot do that",
		fmt.Sprintf("Stack %s is on %s. %s", c.t.Stack, c.t.Target.Cloud(), why)))
}

// names claims the names of all that is made: topics and subscriptions have a namespace
// each, in which dead letters have names too, and so have service accounts.
func (c *check) names() {
	topics := providers.Namespace{What: "Pub/Sub topics", Rule: nameRule()}
	subscriptions := providers.Namespace{What: "Pub/Sub subscriptions", Rule: nameRule()}
	deadLetters := func(owner permissions.Address, d *spec.DeadLetter, at diag.Range) {
		if d != nil && d.Queue == "" {
			// The subscription has the topic's name: what is wrong with it is said once.
			topics.Name(c.t, owner.DeadLetters(), deadLetterSuffix(owner))
			subscriptions.Claim(c.layout.deadLetters(owner), owner.DeadLetters(), at)
		}
	}
	for _, topic := range c.t.Topics {
		if !adoptedTopic(topic) {
			topics.Name(c.t, permissions.TopicAddress(topic.Name), "")
		}
	}
	for _, q := range c.t.Queues {
		if adoptedQueue(q) {
			continue
		}
		address := permissions.QueueAddress(q.Name)
		topics.Name(c.t, address, providers.QueueSuffix)
		subscriptions.Claim(c.layout.queue(q.Name), address, q.Range)
		deadLetters(address, q.DeadLetter, q.Range)
	}
	for _, s := range c.t.Subscriptions {
		address := permissions.SubscriptionAddress(s.Name)
		subscriptions.Name(c.t, address, "")
		if s.ToService != nil {
			deadLetters(address, s.DeadLetter, s.Range)
		}
	}
	c.add(topics.Diagnostics()...)
	c.add(subscriptions.Diagnostics()...)
	if !emulated(c.t) {
		c.accounts()
	}
}

// accounts claims the ids of the service accounts that are made.
func (c *check) accounts() {
	accounts := providers.Namespace{What: "service accounts", Rule: accountRule()}
	granted := map[*spec.Service]bool{}
	for _, p := range c.t.Permissions {
		granted[p.Service] = true
	}
	for _, s := range c.t.Services {
		address := permissions.ServiceAddress(s.Name)
		if made := identityOf(s).Create; granted[s] && made != nil {
			if made.AccountID != "" {
				accounts.Claim(made.AccountID, address, s.At("identity.gcp.create.accountId"))
			} else {
				accounts.Name(c.t, address, "")
			}
		}
		if pushedTo(c.t, s) {
			accounts.Name(c.t, address, pushSuffix)
		}
	}
	c.add(accounts.Diagnostics()...)
}

func (c *check) queue(q *spec.Queue) {
	if adoptedQueue(q) {
		if parseID(q.Existing.GCP).kind != "subscriptions" {
			c.add(providers.Problem(providers.CodeNotSupported, q.Existing.At("gcp"), "Not a subscription",
				"An existing queue is the subscription that is dequeued from: projects/PROJECT/subscriptions/SUBSCRIPTION. The topic that is enqueued into is `gcpTopic`."))
		}
		return
	}
	c.add(providers.CheckBounds(c.t, q, bounds())...)
	switch {
	case q.Retention <= longRetention || q.Retention > bounds()[1].Max:
	case emulated(c.t):
		c.beyond(q.At("retention"), fmt.Sprintf("An emulator keeps a message for up to %s, not for %s.", spec.FormatDuration(longRetention), spec.FormatDuration(q.Retention)))
	default:
		c.add(providers.Caution(providers.CodeBeyondLimit, q.At("retention"), "Longer than Pub/Sub's emulators keep messages",
			fmt.Sprintf("Pub/Sub keeps messages of a subscription for up to 31d, but has done so for some time only: emulators, and what the plugin's documentation says, end at %s. This is %s.",
				spec.FormatDuration(longRetention), spec.FormatDuration(q.Retention))))
	}
	if q.DeadLetter != nil {
		c.attempts(q.DeadLetter.MaxAttempts, q.At("deadLetter.maxAttempts"))
	}
}

func (c *check) attempts(n int, at diag.Range) {
	if n < minAttempts || n > maxAttempts {
		c.beyond(at, fmt.Sprintf("Pub/Sub counts deliveries up to %d to %d, not %d.", minAttempts, maxAttempts, n))
	}
}

func (c *check) subscription(s *spec.Subscription) {
	if n := len(filter(s.Filter)); n > maxFilter {
		c.beyond(s.At("filter"), fmt.Sprintf("In Pub/Sub's language the filter has %d bytes, of at most %d. Filter for less here, and for the rest in the receiver.", n, maxFilter))
	}
	if s.ToService == nil {
		return
	}
	if r := s.Retry; r != nil {
		c.backoff(s, "retry.minBackoff", int64(r.MinBackoff))
		c.backoff(s, "retry.maxBackoff", int64(r.MaxBackoff))
	}
	switch {
	case s.DeadLetter != nil && !s.DeadLetter.Blob:
		c.attempts(s.DeadLetter.MaxAttempts, s.At("retry.maxAttempts"))
	case s.DeadLetter == nil && s.Asked("retry.maxAttempts"):
		c.add(providers.Caution(providers.CodeNotSupported, s.At("retry.maxAttempts"), "Attempts are not counted",
			fmt.Sprintf("Stack %s is on %s. Pub/Sub counts deliveries for dead letters only: with `deadLetter: false` it tries for %s.",
				c.t.Stack, c.t.Target.Cloud(), spec.FormatDuration(undelivered))))
	}
	c.receiver(s)
}

func (c *check) backoff(s *spec.Subscription, path string, d int64) {
	if d > int64(maxBackoff) {
		c.beyond(s.At(path), fmt.Sprintf("Pub/Sub waits for at most %s between two deliveries.", spec.FormatDuration(maxBackoff)))
	}
}

// receiver reports where a service cannot be pushed to.
func (c *check) receiver(s *spec.Subscription) {
	to := s.ToService
	url := c.layout.pushURL(to)
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), ".")
	var d diag.Diagnostic
	switch run, isRun := cloudRunOf(to); {
	case url == "" && isRun && run.project == c.layout.project():
		d = providers.Problem(providers.CodeNotSupported, s.At("to"), "Where to push is not known",
			fmt.Sprintf("The URL of the Cloud Run service of `%s` follows from the project's number. Say it as `projectNumber` of the stack %s, or give the service an `endpoint`.", to.Name, c.t.Stack))
	case url == "" && isRun:
		d = providers.Problem(providers.CodeNotSupported, s.At("to"), "Where to push is not known",
			fmt.Sprintf("The URL of the Cloud Run service of `%s` follows from the number of its project. Write the number instead of `%s` in `function.gcp`, or give the service an `endpoint`.", to.Name, run.project))
	case to.Endpoint == nil && isRun && len(host) > maxLabel:
		d = providers.Problem(providers.CodeBeyondLimit, s.At("to"), "Where to push is not known",
			fmt.Sprintf("The name of the Cloud Run service of `%s` is too long for a URL that follows from it. Give the service an `endpoint`.", to.Name))
	case strings.HasPrefix(url, "http://") && !emulated(c.t):
		c.unable(to.Endpoint.At("url"), "Pub/Sub pushes to https URLs only, and cannot reach this machine. Give the service another endpoint in this stack's `patch`.")
		return
	default:
		return
	}
	d.Related = []diag.Related{{Range: to.Range, Message: "the service is here"}}
	c.add(d)
}

// inboxes reports what would be put into an existing queue whose topic nobody has said.
func (c *check) inboxes() {
	report := func(q *spec.Queue, at diag.Range) {
		d := providers.Problem(providers.CodeNotSupported, at, "Where to put messages is not known",
			fmt.Sprintf("In the stack %s the queue `%s` is a subscription that exists. Say in its `existing` which topic messages are put into: `gcpTopic: projects/PROJECT/topics/TOPIC`.", c.t.Stack, q.Name))
		d.Related = []diag.Related{{Range: q.Existing.Range, Message: "the queue was made elsewhere"}}
		c.add(d)
	}
	unknown := func(q *spec.Queue) bool {
		if q == nil {
			return false
		}
		_, known := c.layout.queueTopic(q)
		return !known
	}
	for _, p := range c.t.Permissions {
		switch {
		case p.Verb == spec.Enqueue && unknown(p.Queue):
			report(p.Queue, p.Range)
		case p.Verb == spec.Dequeue && p.Queue.Project != "":
			c.add(providers.Remark(providers.CodeDiffers, p.Range, "A part of another project's queue",
				fmt.Sprintf("Stack %s is on %s. `%s` is dequeued from the subscription that holds what was enqueued. Topics that feed it in its own project have subscriptions of their own, which this project does not know.",
					c.t.Stack, c.t.Target.Cloud(), p.Queue.Name)))
		}
	}
	for _, q := range c.t.Queues {
		if d := q.DeadLetter; d != nil && d.Queue != "" && unknown(c.t.Queue(d.Queue)) {
			report(c.t.Queue(d.Queue), q.At("deadLetter.queue"))
		}
	}
	for _, s := range c.t.Subscriptions {
		if d := s.DeadLetter; d != nil && d.Queue != "" && unknown(c.t.Queue(d.Queue)) {
			report(c.t.Queue(d.Queue), s.At("deadLetter.queue"))
		}
	}
}

// members reports services that are one member of IAM and may do the same thing: IAM has
// that grant once, so that taking it from one of them would take it from the other.
func (c *check) members() {
	type grant struct {
		member string
		verb   permissions.Verb
		on     permissions.Address
	}
	first := map[grant]permissions.Grant{}
	for _, g := range permissions.Derive(c.t) {
		_, name := g.Principal.Split()
		s := c.t.Service(name)
		if g.Implied || s == nil || identityOf(s).Member == "" {
			continue
		}
		key := grant{member(identityOf(s).Member), g.Verb, g.Resource}
		other, twice := first[key]
		if !twice {
			first[key] = g
			continue
		}
		d := providers.Problem(providers.CodeSharedMember, g.Origin.Range, "Two services are one member",
			fmt.Sprintf("%s and %s are both %s in stack %s, and may both %s. IAM keeps that grant once: taken from one, it would be taken from the other too. Remove the permission from one of them.",
				other.Principal, g.Principal, key.member, c.t.Stack, g))
		d.Related = []diag.Related{{Range: other.Origin.Range, Message: "the other permission is here"}}
		c.add(d)
	}
}
