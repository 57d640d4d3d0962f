package aws

import (
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// undeliveredLease is the lease of what a subscription could not deliver.
const undeliveredLease = 30 * time.Second

// undeliveredEnd ends the names of the resources of what could not be delivered.
const undeliveredEnd = "_undelivered"

func (p *program) allSubscriptions() error {
	for _, s := range p.t.Subscriptions {
		element, err := p.Subscription(s)
		if err != nil {
			return err
		}
		p.elements[element.Address] = element
		if err := p.undelivered(element, s); err != nil {
			return err
		}
		switch {
		case s.ToQueue != nil:
			err = p.toQueue(element, s)
		case functionOf(s.ToService) != "":
			err = p.toFunction(element, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// subscriptionArgs are what all subscriptions have in common.
func (p *program) subscriptionArgs(s *spec.Subscription, protocol, endpoint string) *sns.TopicSubscriptionArgs {
	args := &sns.TopicSubscriptionArgs{
		Topic:    p.arnInput(p.topicARN(s.Topic)),
		Protocol: pulumi.String(protocol),
		Endpoint: p.arnInput(endpoint),
	}
	if len(s.Filter) > 0 {
		args.FilterPolicy = pulumi.String(filterPolicy(s))
		args.FilterPolicyScope = pulumi.String("MessageAttributes")
	}
	if s.DeadLetter != nil {
		args.RedrivePolicy = p.text(jsonText(redriveTarget{DeadLetterTargetARN: p.undeliveredARN(s)}))
	}
	return args
}

// filterPolicy is the JSON of a filter: values in the order of the spec say nothing, so
// that they are sorted.
func filterPolicy(s *spec.Subscription) string {
	filter := map[string][]string{}
	for key, values := range s.Filter {
		filter[key] = sorted(values)
	}
	return jsonText(filter)
}

func (p *program) subscribe(element *elements.Element, s *spec.Subscription, args *sns.TopicSubscriptionArgs, wait ...pulumi.Resource) (*sns.TopicSubscription, error) {
	arns := []string{p.topicARN(s.Topic)}
	if s.ToQueue != nil {
		arns = append(arns, p.queueARN(s.ToQueue))
	}
	if s.DeadLetter != nil {
		arns = append(arns, p.undeliveredARN(s))
	}
	return sns.NewTopicSubscription(p.Context, s.Name, args, element.Stateful(p.dependsOn(arns...), pulumi.DependsOn(wait))...)
}

// toQueue subscribes a queue. It comes after the queue's policy: what is published before
// that would be lost.
func (p *program) toQueue(element *elements.Element, s *spec.Subscription) error {
	args := p.subscriptionArgs(s, "sqs", p.queueARN(s.ToQueue))
	args.RawMessageDelivery = pulumi.Bool(!s.NativeEnvelope)
	subscription, err := p.subscribe(element, s, args)
	if err != nil {
		return err
	}
	p.before(subscription)
	return nil
}

// toFunction subscribes a function, which must let the topic invoke it: a statement per
// subscription in the function's policy.
func (p *program) toFunction(element *elements.Element, s *spec.Subscription) error {
	function, qualifier := splitFunction(functionOf(s.ToService))
	permission := &lambda.PermissionArgs{
		Action:      pulumi.String("lambda:InvokeFunction"),
		Function:    pulumi.String(function),
		Principal:   pulumi.String(snsPrincipal),
		SourceArn:   p.arnInput(p.topicARN(s.Topic)),
		StatementId: pulumi.String(providers.Physical(p.t, permissions.SubscriptionAddress(s.Name), "", statementNameLimit)),
	}
	if qualifier != "" {
		permission.Qualifier = pulumi.String(qualifier)
	}
	invoke, err := lambda.NewPermission(p.Context, s.Name, permission, element.Options(p.dependsOn(p.topicARN(s.Topic)))...)
	if err != nil {
		return err
	}
	subscription, err := p.subscribe(element, s, p.subscriptionArgs(s, "lambda", functionOf(s.ToService)), invoke)
	if err != nil {
		return err
	}
	p.before(subscription)
	return nil
}

// splitFunction takes the alias or version from the ARN of a function.
func splitFunction(arn string) (function, qualifier string) {
	name := parseARN(arn).resource // function:NAME or function:NAME:QUALIFIER
	const kind = "function:"
	if i := strings.IndexByte(strings.TrimPrefix(name, kind), ':'); i >= 0 {
		return strings.TrimSuffix(arn, name[len(kind)+i:]), name[len(kind)+i+1:]
	}
	return arn, ""
}

// undelivered makes the queue of what a subscription to a service could not deliver.
// Topics that reach services are not ordered, so neither is it.
func (p *program) undelivered(element *elements.Element, s *spec.Subscription) error {
	if s.DeadLetter == nil || s.DeadLetter.Queue != "" {
		return nil
	}
	args := &sqs.QueueArgs{
		Name:                     pulumi.String(p.undeliveredName(s)),
		VisibilityTimeoutSeconds: seconds(undeliveredLease),
		MessageRetentionSeconds:  seconds(deadLetterRetention),
		ReceiveWaitTimeSeconds:   seconds(defaultReceiveWait),
		MaxMessageSize:           pulumi.Int(defaultMaxMessageSize),
		DelaySeconds:             pulumi.Int(0),
	}
	encrypt(args, p.topicKey(s.Topic))
	name, arn := s.Name+undeliveredEnd, p.undeliveredARN(s)
	if _, err := p.newQueue(element, name, arn, args); err != nil {
		return err
	}
	return p.queueAccess(element, name, arn, []string{p.topicARN(s.Topic)})
}

// deliveryPolicy is how SNS retries towards an endpoint, and how fast it delivers:
// SNS developer guide, "Creating an HTTP/S delivery policy".
type deliveryPolicy struct {
	HealthyRetryPolicy retryPolicy     `json:"healthyRetryPolicy"`
	RequestPolicy      requestPolicy   `json:"requestPolicy"`
	ThrottlePolicy     *throttlePolicy `json:"throttlePolicy,omitempty"`
}

type retryPolicy struct {
	BackoffFunction    string `json:"backoffFunction"`
	MaxDelayTarget     int    `json:"maxDelayTarget"`
	MinDelayTarget     int    `json:"minDelayTarget"`
	NumMaxDelayRetries int    `json:"numMaxDelayRetries"`
	NumMinDelayRetries int    `json:"numMinDelayRetries"`
	NumNoDelayRetries  int    `json:"numNoDelayRetries"`
	NumRetries         int    `json:"numRetries"`
}

type requestPolicy struct {
	HeaderContentType string `json:"headerContentType"`
}

type throttlePolicy struct {
	MaxReceivesPerSecond int `json:"maxReceivesPerSecond"`
}

func deliveryPolicyOf(s *spec.Subscription) deliveryPolicy {
	d := deliveryPolicy{
		HealthyRetryPolicy: retryPolicy{
			BackoffFunction: "exponential",
			MinDelayTarget:  int(s.Retry.MinBackoff / time.Second),
			MaxDelayTarget:  int(s.Retry.MaxBackoff / time.Second),
			NumRetries:      s.Retry.MaxAttempts - 1, // the first attempt is none
		},
		RequestPolicy: requestPolicy{"application/json"},
	}
	if s.Topic.Format == spec.Raw && !s.NativeEnvelope {
		d.RequestPolicy.HeaderContentType = "text/plain" // SNS knows no type for bytes
	}
	if s.AWS != nil && s.AWS.MaxPerSecond > 0 {
		d.ThrottlePolicy = &throttlePolicy{s.AWS.MaxPerSecond}
	}
	return d
}

// allEndpoints subscribes the endpoints, after everything else: one that does not answer
// keeps nothing waiting but itself.
func (p *program) allEndpoints() error {
	var endpoints []*spec.Subscription
	for _, s := range p.t.Subscriptions {
		if s.ToService != nil && functionOf(s.ToService) == "" {
			endpoints = append(endpoints, s)
		}
	}
	if len(endpoints) == 0 {
		return nil
	}
	// The error of a registration is the program's own: it must not be lost in an output.
	pulumi.All(p.urns...).ApplyT(func([]any) (bool, error) {
		for _, s := range endpoints {
			if err := p.toEndpoint(p.elements[permissions.SubscriptionAddress(s.Name)], s); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	return nil
}

func (p *program) toEndpoint(element *elements.Element, s *spec.Subscription) error {
	url := s.ToService.Endpoint.URL
	protocol, _, _ := strings.Cut(url, ":")
	args := p.subscriptionArgs(s, protocol, url)
	args.RawMessageDelivery = pulumi.Bool(!s.NativeEnvelope)
	args.EndpointAutoConfirms = pulumi.Bool(s.AWS != nil && s.AWS.AutoConfirms)
	args.DeliveryPolicy = pulumi.String(jsonText(deliveryPolicyOf(s)))
	_, err := p.subscribe(element, s, args)
	return err
}
