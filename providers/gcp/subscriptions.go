package gcp

import (
	"cmp"
	"strings"
	"time"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	// ackDeadline is how long an endpoint has to answer unless the spec says otherwise.
	ackDeadline = 10 * time.Second
	// undelivered is how long a message waits for an endpoint that takes none, and no
	// dead letters are kept of it: Pub/Sub's default.
	// Source: pulumi-gcp v7.38.0, pubsub.SubscriptionArgs.MessageRetentionDuration.
	undelivered = 7 * 24 * time.Hour
	// deadLetterLease is that of the dead letters of a subscription.
	deadLetterLease = 30 * time.Second
)

func (p *program) allSubscriptions() error {
	for _, s := range p.Topology.Subscriptions {
		element, err := p.Subscription(s)
		if err != nil {
			return err
		}
		if s.ToQueue != nil {
			err = p.feed(s, element)
		} else {
			err = p.push(s, element)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// source is the topic that a subscription is of: of this stack, or another project's.
func (p *program) source(s *spec.Subscription) topic {
	if t, ok := p.topics[s.Topic.Name]; ok {
		return t
	}
	return topic{resourceID: p.layout.topic(s.Topic)}
}

// feed registers one more pull subscription of a queue, on the topic that feeds it.
func (p *program) feed(s *spec.Subscription, element *elements.Element) error {
	q := s.ToQueue
	pulled, err := p.pull(q, s.Name, p.layout.subscription(s), p.source(s), filter(s.Filter), element)
	p.subscriptions[q.Name] = append(p.subscriptions[q.Name], pulled)
	return err
}

// push registers a subscription that pushes to a service.
func (p *program) push(s *spec.Subscription, element *elements.Element) error {
	id := p.layout.subscription(s)
	args := p.subscriptionArgs(id, p.source(s), element)
	deadline := ackDeadline
	if s.GCP != nil {
		deadline = cmp.Or(s.GCP.AckDeadline, ackDeadline)
	}
	args.AckDeadlineSeconds = pulumi.Int(int(deadline / time.Second))
	args.MessageRetentionDuration = seconds(undelivered)
	args.EnableMessageOrdering = pulumi.Bool(s.Topic.Ordered)
	if f := filter(s.Filter); f != "" {
		args.Filter = pulumi.String(f)
	}
	if s.Retry != nil {
		args.RetryPolicy = &pubsub.SubscriptionRetryPolicyArgs{
			MinimumBackoff: seconds(s.Retry.MinBackoff),
			MaximumBackoff: seconds(s.Retry.MaxBackoff),
		}
	}
	config := &pubsub.SubscriptionPushConfigArgs{PushEndpoint: pulumi.String(p.layout.pushURL(s.ToService))}
	if s.NativeEnvelope {
		// The envelope of this version of the API, also when another one becomes the default.
		config.Attributes = pulumi.StringMap{"x-goog-version": pulumi.String("v1")}
	} else {
		config.NoWrapper = &pubsub.SubscriptionPushConfigNoWrapperArgs{WriteMetadata: pulumi.Bool(true)}
	}
	var first []pulumi.Resource
	if account := p.pushAccounts[s.ToService.Name]; account != nil {
		config.OidcToken = &pubsub.SubscriptionPushConfigOidcTokenArgs{
			ServiceAccountEmail: account.account.Email,
			Audience:            pulumi.String(p.layout.audience(s.ToService)),
		}
		first = account.ready
	}
	args.PushConfig = config
	_, err := p.subscribe(wanted{
		resource: s.Name, id: id, args: args, element: element, after: first,
		deadLetter: s.DeadLetter,
		source: deadLetterSource{
			owner: permissions.SubscriptionAddress(s.Name), element: element, resource: s.Name + ".deadLetter",
			storage: topicStorage(s.Topic), lease: deadLetterLease,
		},
	})
	return err
}

// pushURL is where a service receives; "" is unknown, which Check reports. The URL of a
// Cloud Run service that has no endpoint in the spec is the one that follows from its name.
// Source: https://cloud.google.com/run/docs/triggering/https-request (deterministic URL)
func (l layout) pushURL(s *spec.Service) string {
	if s.Endpoint != nil {
		return s.Endpoint.URL
	}
	run, ok := cloudRunOf(s)
	if !ok {
		return ""
	}
	number := run.project
	if strings.Trim(number, "0123456789") != "" {
		if number != l.project() || l.t.Target.GCP.ProjectNumber == "" {
			return ""
		}
		number = l.t.Target.GCP.ProjectNumber
	}
	return "https://" + run.name + "-" + number + "." + run.location + ".run.app"
}

// audience is whom the tokens are for that sign what is pushed to a service.
func (l layout) audience(s *spec.Service) string {
	if s.Endpoint != nil && s.Endpoint.Audience != "" {
		return s.Endpoint.Audience
	}
	return l.pushURL(s)
}

// cloudRun is a Cloud Run service: projects/PROJECT/locations/LOCATION/services/NAME.
type cloudRun struct{ project, location, name string }

func (r cloudRun) String() string {
	return "projects/" + r.project + "/locations/" + r.location + "/services/" + r.name
}

// cloudRunOf returns the Cloud Run service that a service is; ok is false if it is none.
func cloudRunOf(s *spec.Service) (run cloudRun, ok bool) {
	if s.Function == nil || s.Function.GCP == "" {
		return cloudRun{}, false
	}
	parts := strings.Split(s.Function.GCP, "/")
	return cloudRun{parts[1], parts[3], parts[5]}, true
}
