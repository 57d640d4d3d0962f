package aws

import "github.com/msgdeploy/msgdeploy/spec"

// sourcesOf returns the queues whose dead letters a queue of the spec takes.
func (p *place) sourcesOf(queue string) []*spec.Queue {
	if p.deadLetterSources == nil {
		p.deadLetterSources = map[string][]*spec.Queue{}
		for _, q := range p.t.Queues {
			if q.DeadLetter != nil && q.DeadLetter.Queue != "" {
				p.deadLetterSources[q.DeadLetter.Queue] = append(p.deadLetterSources[q.DeadLetter.Queue], q)
			}
		}
	}
	return p.deadLetterSources[queue]
}

// topicsInto returns the ARNs of the topics that deliver into a queue of the spec: what
// they publish, or what they could not deliver to a service. Sorted, each once.
func (p *place) topicsInto(queue string) []string {
	if p.deliveries == nil {
		p.deliveries = map[string][]string{}
		for _, s := range p.t.Subscriptions {
			var into string
			switch {
			case s.ToQueue != nil:
				into = s.ToQueue.Name
			case s.DeadLetter != nil:
				into = s.DeadLetter.Queue
			}
			if into != "" {
				p.deliveries[into] = append(p.deliveries[into], p.topicARN(s.Topic))
			}
		}
		for queue, topics := range p.deliveries {
			p.deliveries[queue] = sorted(topics)
		}
	}
	return p.deliveries[queue]
}
