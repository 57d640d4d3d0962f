package asyncapi

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// operationBindings takes over what the bindings of an operation say: the subscriptions of
// an SNS topic. That of NATS was looked at when the channel became a queue.
func (r *reader) operationBindings(c *channel, bindings *yaml.Node) {
	for i := 0; i+1 < len(bindings.Content); i += 2 {
		key := bindings.Content[i]
		b := r.object(key, bindings.Content[i+1], "a binding")
		switch {
		case b == nil:
		case key.Value == "sns" && c.kind == topic && c.settings == nil:
			r.consumers(c, b)
		case key.Value == "nats":
			r.rest(b, "of a NATS binding", "queue", "bindingVersion")
		case len(b.Content) > 0:
			r.dropped(key, "A spec has no word for what the binding of `%s` says of an operation.", clip(key.Value))
		}
	}
}

// consumers makes a subscription of each consumer of an SNS topic.
func (r *reader) consumers(c *channel, b *yaml.Node) {
	list := value(b, "consumers")
	if list != nil && list.Kind == yaml.SequenceNode {
		for _, item := range list.Content {
			if consumer := r.follow(item); consumer != nil && consumer.Kind == yaml.MappingNode {
				r.consumer(c, consumer, value(b, "deliveryPolicy"))
			} else if consumer != nil {
				r.malformed(item, "A consumer must be a mapping.")
			}
		}
	}
	r.rest(b, "of an SNS binding", "consumers", "deliveryPolicy", "topic", "bindingVersion")
}

func (r *reader) consumer(c *channel, consumer, policy *yaml.Node) {
	to, name := r.endpoint(consumer)
	if to == nil {
		return
	}
	s := r.subscribe(cut(c.name+"-"+name, longestName), text(c.name, consumer), to)
	r.optional[s] = "consumer"
	if filter := value(consumer, "filterPolicy"); filter != nil && !empty(filter) {
		if words(consumer, "filterPolicyScope") == "MessageBody" {
			r.dropped(filter, "A spec filters by attributes, not by what is in messages: without this filter the subscription gets every message.")
		} else if twin := r.filter(filter); twin != nil {
			r.optionally(s, "filter", twin, filter, "filterPolicy")
		}
	}
	if raw := value(consumer, "rawMessageDelivery"); raw != nil && raw.ShortTag() == boolTag && !isTrue(consumer, "rawMessageDelivery") {
		r.optionally(s, "deliver", text("native", raw), raw, "rawMessageDelivery")
	}
	if value(to, "service") != nil {
		r.retry(s, policy, consumer)
	}
	if redrive := value(consumer, "redrivePolicy"); redrive != nil {
		if dead := r.identified(value(redrive, "deadLetterQueue")); dead != nil && value(to, "service") != nil {
			letters := mapping(redrive)
			put(letters, queue, text(dead.name, redrive))
			r.optionally(s, "deadLetter", letters, redrive, "redrivePolicy")
		} else {
			r.dropped(redrive, "This queue of dead letters is not carried over: a subscription to a service gets one of its own, and a queue takes whatever its topic delivers.")
		}
	}
	r.rest(consumer, "of a consumer", "protocol", "endpoint", "filterPolicy", "filterPolicyScope", "rawMessageDelivery", "redrivePolicy", "deliveryPolicy")
}

// endpoint returns where a consumer's messages go, and a name for it; nil and a
// diagnostic where a spec has nothing like it.
func (r *reader) endpoint(consumer *yaml.Node) (to *yaml.Node, name string) {
	at := value(consumer, "endpoint")
	if at == nil || at.Kind != yaml.MappingNode {
		r.malformed(consumer, "A consumer needs an `endpoint`.")
		return nil, ""
	}
	to = mapping(at)
	switch protocol := words(consumer, "protocol"); protocol {
	case "sqs":
		if q := r.identified(at); q != nil {
			put(to, queue, text(q.name, at))
			return to, q.name
		}
		r.dropped(at, "This queue is not a channel of the document, so no subscription is made for it.")
	case "https", "http":
		return r.receiver(to, at, value(at, "url"), "endpoint")
	case "lambda":
		return r.receiver(to, at, value(at, "arn"), "function")
	default:
		r.dropped(consumer, "A topic of a spec delivers to queues, https endpoints and functions, not by `%s`.", clip(protocol))
	}
	return nil, ""
}

// receiver makes a service of an endpoint or a function.
func (r *reader) receiver(to, at, where *yaml.Node, key string) (*yaml.Node, string) {
	if where == nil || where.Kind != yaml.ScalarNode || where.Value == "" {
		r.malformed(at, "This consumer's `endpoint` does not say where it is.")
		return nil, ""
	}
	host := where.Value
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host, _, _ = strings.Cut(rest, "/")
		host = host[strings.LastIndex(host, "@")+1:]
	} else {
		host = host[strings.LastIndex(host, ":")+1:]
	}
	id := [2]string{key, where.Value}
	name := r.receivers[id]
	if name == "" {
		if r.serviceNames == nil {
			r.serviceNames = newNames()
			for _, known := range keys(value(r.spec, "services")) {
				r.serviceNames.taken[known.Value] = true
			}
			r.serviceNames.taken[r.service] = true
		}
		name = r.serviceNames.take(slug(host, "receiver", longestName))
		r.receivers[id] = name
		r.serve(text(name, where))
		settings := r.services[name]
		if key == "endpoint" {
			r.optionally(settings, key, literal(where.Value, where), where, "url")
		} else {
			function := mapping(where)
			put(function, "aws", literal(where.Value, where))
			r.optionally(settings, key, function, where, "arn")
		}
	}
	put(to, "service", text(name, at))
	return to, name
}

// filter makes lists of a filter policy; nil and a diagnostic where it says more than
// which strings an attribute may have.
func (r *reader) filter(policy *yaml.Node) *yaml.Node {
	if policy.Kind != yaml.MappingNode {
		r.malformed(policy, "`filterPolicy` must be a mapping.")
		return nil
	}
	out := mapping(policy)
	for i := 0; i+1 < len(policy.Content); i += 2 {
		key, v := policy.Content[i], policy.Content[i+1]
		if v.Kind == yaml.ScalarNode {
			v = sequence(v, v)
		}
		for _, item := range v.Content {
			if v.Kind != yaml.SequenceNode || item.Kind != yaml.ScalarNode || item.ShortTag() != strTag {
				r.dropped(key, "A spec filters by exact strings. This filter says more, so it is left out: the subscription gets every message.")
				return nil
			}
		}
		values := sequence(v)
		for _, item := range v.Content {
			values.Content = append(values.Content, literal(item.Value, item))
		}
		out.Content = append(out.Content, text(key.Value, key), values)
	}
	return out
}

// retry takes over how delivery to an endpoint is retried.
func (r *reader) retry(s, general, consumer *yaml.Node) {
	policy := value(consumer, "deliveryPolicy")
	if policy == nil {
		policy = general
	}
	if policy == nil || policy.Kind != yaml.MappingNode {
		return
	}
	retry := mapping(policy)
	if retries := value(policy, "numRetries"); retries != nil {
		if n, ok := integer(retries); ok && n < 1000 {
			// The first attempt is no retry, but one of maxAttempts.
			r.optionally(retry, "maxAttempts", number(n+1, retries), retries, "numRetries")
		} else {
			r.malformed(retries, "`numRetries` must be a whole number.")
		}
	}
	for _, delay := range []struct{ from, to string }{{"minDelayTarget", "minBackoff"}, {"maxDelayTarget", "maxBackoff"}} {
		if v := value(policy, delay.from); v != nil {
			r.optionally(retry, delay.to, r.seconds(v, delay.from), v, delay.from)
		}
	}
	if len(retry.Content) > 0 {
		put(s, "retry", retry)
		r.groups[retry] = true
	}
	r.rest(policy, "of a delivery policy", "numRetries", "minDelayTarget", "maxDelayTarget")
}
