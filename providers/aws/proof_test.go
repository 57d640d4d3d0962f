package aws_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestLeastPrivilege proves, for every stack on AWS in the corpus, that the rendered
// policies allow exactly what the spec grants: every service, those who are none of its
// services, and AWS's own services are asked about every action of the oracle on every
// resource of the stack and on resources that only look like them.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	o := readOracle(t)
	for name, w := range worlds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			allowed := 0
			questions := w.questions(o)
			decisions, err := iamtest.Answers(questions)
			if err != nil {
				t.Fatal(err)
			}
			for i, q := range questions {
				if decisions[i] != q.Want {
					t.Errorf("%s: %s, want %s", q, decisions[i], q.Want)
				}
				if q.Want == iamtest.Allowed {
					allowed++
				}
			}
			if allowed == 0 && len(w.top.Permissions)+len(w.top.Subscriptions) > 0 {
				t.Error("nothing is allowed: what was proved?")
			}
		})
	}
}

var (
	overTLS = map[string]string{"aws:SecureTransport": "true"}
	inClear = map[string]string{"aws:SecureTransport": "false"}
)

// questions are all that the proof asks of a stack.
func (w *world) questions(o *oracle) []iamtest.Question {
	return slices.Concat(w.ofServices(o), w.ofOutsiders(o), w.ofSNS(), w.ofTrust())
}

// own are the ARNs of the stack's topics and queues, dead letters included, sorted.
func (w *world) own() []string { return slices.Sorted(maps.Values(w.arns)) }

// ofServices asks for every principal that services are.
func (w *world) ofServices(o *oracle) []iamtest.Question {
	services := map[iamtest.Principal][]string{}
	for name, p := range w.principals {
		services[p] = append(services[p], name)
	}
	own := w.own()
	resources := slices.Concat(own, w.keys(), foreign(slices.Concat(own, w.keys())))
	for arn := range w.policies {
		if strings.Contains(arn, ":role/") {
			resources = append(resources, arn)
		}
	}
	var out []iamtest.Question
	for who, names := range services {
		identity := w.documents(who)
		for _, action := range o.actions() {
			for _, arn := range resources {
				granted := w.granted(o, names, action, arn)
				out = append(out, w.question("services "+strings.Join(names, ", "), who, identity, action, arn, overTLS, decision(granted)))
				if granted && w.policies[arn] != "" {
					out = append(out, w.question("without TLS", who, identity, action, arn, inClear, iamtest.ExplicitlyDenied))
				}
			}
		}
	}
	return out
}

// ofOutsiders asks for those whom the spec does not name: a role of the account without
// policies, the administrator of another account, and nobody at all.
func (w *world) ofOutsiders(o *oracle) []iamtest.Question {
	const everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	var out []iamtest.Question
	for _, action := range o.actions() {
		for _, arn := range w.made() {
			for _, who := range []struct {
				about    string
				caller   iamtest.Principal
				identity []string
			}{
				{"a neighbour", iamtest.Principal{Kind: iamtest.AWS, Value: w.iam("role/neighbour")}, nil},
				{"a foreign administrator", iamtest.Principal{Kind: iamtest.AWS, Value: "arn:" + w.partition() + ":iam::999999999999:role/admin"}, []string{everything}},
				{"nobody", iamtest.Principal{}, nil},
			} {
				out = append(out, w.question(who.about, who.caller, who.identity, action, arn, overTLS, iamtest.ImplicitlyDenied))
			}
		}
	}
	return out
}

// ofSNS asks for SNS, which delivers, and for other services of AWS, which do not: to every
// queue and function, on behalf of every topic and of topics that look like them.
func (w *world) ofSNS() []iamtest.Question {
	var topics []string
	for a, arn := range w.arns {
		if kind, _ := a.Split(); kind == "topic" {
			topics = append(topics, arn)
		}
	}
	slices.Sort(topics)
	sources := slices.Concat(topics, foreign(topics)) // among them *, which is no topic: a call without a source
	var out []iamtest.Question
	ask := func(action, on string, delivers func(topic string) bool) {
		for _, source := range sources {
			from := map[string]string{"aws:SecureTransport": "true"}
			if source != "*" {
				from["aws:SourceArn"], from["aws:SourceAccount"] = source, w.owner(source)
			}
			if source != "*" && w.top.Target.AWS.Account != "" {
				// The topic's ARN from another account: nothing that AWS sends, and held apart all the same.
				forged := map[string]string{"aws:SecureTransport": "true", "aws:SourceArn": source, "aws:SourceAccount": "888888888888"}
				who := iamtest.Principal{Kind: iamtest.Service, Value: "sns.amazonaws.com"}
				if !strings.Contains(on, ":lambda:") { // a function's permission names the topic alone
					out = append(out, w.question("SNS with a forged account", who, nil, action, on, forged, iamtest.ImplicitlyDenied))
				}
			}
			for _, service := range []string{"sns.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com", "lambda.amazonaws.com", "sqs.amazonaws.com"} {
				who := iamtest.Principal{Kind: iamtest.Service, Value: service}
				want := decision(service == "sns.amazonaws.com" && delivers(source))
				out = append(out, w.question("a service of AWS", who, nil, action, on, from, want))
			}
		}
	}
	never := func(string) bool { return false }
	made := w.made() // the policies of what was made elsewhere are their owners'
	for a, queue := range w.arns {
		if kind, _ := a.Split(); kind == "topic" || !slices.Contains(made, queue) {
			continue
		}
		ask("sqs:SendMessage", queue, func(topic string) bool { return w.delivers(topic, queue) })
		for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SetQueueAttributes"} {
			ask(action, queue, never)
		}
	}
	for _, topic := range topics {
		if !slices.Contains(made, topic) {
			continue
		}
		ask("sns:Publish", topic, never)
		ask("sns:Subscribe", topic, never)
	}
	for _, s := range w.top.Services {
		if s.Function != nil && s.Function.AWS != "" {
			ask("lambda:InvokeFunction", s.Function.AWS, func(topic string) bool { return w.invokes(topic, s) })
		}
	}
	return out
}

// invokes says whether the spec subscribes a service's function to a topic.
func (w *world) invokes(topic string, service *spec.Service) bool {
	return slices.ContainsFunc(w.top.Subscriptions, func(s *spec.Subscription) bool {
		same := s.ToService != nil && s.ToService.Function != nil && s.ToService.Function.AWS == service.Function.AWS
		return same && w.arns[permissions.TopicAddress(s.Topic.Name)] == topic
	})
}
