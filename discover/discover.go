// Package discover proposes a spec of what an account holds, from listings that a cloud's own CLI writes. It
// knows no cloud but by the shapes of these listings, asks nobody, and takes over names and settings only:
// whatever else a listing says, such as policies, metadata and labels, stays out of the proposal.
package discover

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is what something in a cloud is in a spec.
type Kind string

// The kinds.
const (
	Topic Kind = "topic"
	Queue Kind = "queue"
	// Other is what a spec has no element for that could be made of the listing alone.
	Other Kind = ""
)

// Item is something that an account holds.
type Item struct {
	Kind Kind
	// Name is its name in the cloud, and ID the id that an import takes.
	Name, ID string
	Ordered  bool
	// Lease, Retention and Delay are 0 where the listing does not say them.
	Lease, Retention, Delay time.Duration
	// Attempts is how often a message is delivered before it is a dead letter; 0 is unknown, -1 never one.
	Attempts int
	// DeadLetters is the name of where dead letters go; "" is unknown or nowhere.
	DeadLetters string
	// Note says what a spec does not hold of it.
	Note string
}

// Listing is what an account holds.
type Listing struct {
	Items []Item
	// Place is the target of a stack there, as far as the listing says it: keys of `aws`, `gcp` or `azure`.
	Cloud string
	Place map[string]string
}

// document is any of the documents that are understood:
//
//   - aws sns list-topics, https://docs.aws.amazon.com/cli/latest/reference/sns/list-topics.html
//   - aws sqs list-queues, https://docs.aws.amazon.com/cli/latest/reference/sqs/list-queues.html
//   - aws sqs get-queue-attributes --attribute-names All,
//     https://docs.aws.amazon.com/cli/latest/reference/sqs/get-queue-attributes.html
//   - gcloud pubsub topics list and subscriptions list, with --format=json: lists of
//     https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics and …/projects.subscriptions
//   - az storage queue list, https://learn.microsoft.com/cli/azure/storage/queue
type document struct {
	Topics    []struct{ TopicArn string }
	QueueUrls []string
	// Attributes are numbers in strings.
	Attributes map[string]string
}

type named struct {
	Name  string `json:"name"`
	Topic string `json:"topic"`
}

// Read reads listings, one after the other. Two that tell of the same thing are put together.
func Read(r io.Reader) (*Listing, error) {
	l := &Listing{Place: map[string]string{}}
	d := json.NewDecoder(r)
	for n := 1; ; n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("document %d of the listing is no JSON: %w", n, err)
		}
		if err := l.add(raw); err != nil {
			return nil, fmt.Errorf("document %d of the listing: %w", n, err)
		}
	}
	slices.SortFunc(l.Items, func(a, b Item) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name))
	})
	return l, nil
}

func (l *Listing) add(raw json.RawMessage) error {
	var list []named
	if json.Unmarshal(raw, &list) == nil {
		return l.addNamed(list)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return fmt.Errorf("it is no listing of aws, gcloud or az: %w", err)
	}
	if doc.Topics == nil && doc.QueueUrls == nil && doc.Attributes == nil {
		return errors.New("it is none of those of aws sns list-topics, aws sqs list-queues or get-queue-attributes, gcloud pubsub … list --format=json, az storage queue list")
	}
	for _, t := range doc.Topics {
		name := l.addARN(t.TopicArn)
		l.put(Item{Kind: Topic, Name: name, ID: t.TopicArn, Ordered: strings.HasSuffix(name, fifo)})
	}
	for _, url := range doc.QueueUrls {
		name := url[strings.LastIndex(url, "/")+1:]
		l.put(Item{Kind: Queue, Name: name, ID: url, Ordered: strings.HasSuffix(name, fifo)})
	}
	if doc.Attributes != nil {
		return l.addAttributes(doc.Attributes)
	}
	return nil
}

// fifo ends the names of what keeps an order on AWS.
const fifo = ".fifo"

// addARN notes where an ARN is, arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, and returns the name.
func (l *Listing) addARN(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 {
		return arn
	}
	l.Cloud = "aws"
	l.Place["region"], l.Place["account"] = parts[3], parts[4]
	return parts[5]
}

func (l *Listing) addAttributes(a map[string]string) error {
	arn := a["QueueArn"]
	if arn == "" {
		return errors.New("the attributes say no QueueArn: get them with --attribute-names All")
	}
	name := l.addARN(arn)
	q := Item{Kind: Queue, Name: name, Ordered: strings.HasSuffix(name, fifo), Attempts: -1}
	for attribute, into := range map[string]*time.Duration{
		"VisibilityTimeout": &q.Lease, "MessageRetentionPeriod": &q.Retention, "DelaySeconds": &q.Delay,
	} {
		seconds, err := strconv.Atoi(cmp.Or(a[attribute], "0"))
		if err != nil {
			return fmt.Errorf("%s of queue %s is %q, not a number of seconds", attribute, name, a[attribute])
		}
		*into = time.Duration(seconds) * time.Second
	}
	if policy := a["RedrivePolicy"]; policy != "" {
		var redrive struct {
			DeadLetterTargetArn string          `json:"deadLetterTargetArn"`
			MaxReceiveCount     json.RawMessage `json:"maxReceiveCount"` // a number, or one in a string
		}
		if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
			return fmt.Errorf("RedrivePolicy of queue %s: %w", name, err)
		}
		q.DeadLetters = l.addARN(redrive.DeadLetterTargetArn)
		q.Attempts, _ = strconv.Atoi(strings.Trim(string(redrive.MaxReceiveCount), `"`)) // 0 is unknown
	}
	l.put(q)
	return nil
}

func (l *Listing) addNamed(list []named) error {
	for _, n := range list {
		parts := strings.Split(n.Name, "/")
		switch {
		case n.Name == "":
			return errors.New("an entry has no name")
		case len(parts) == 4 && parts[0] == "projects" && parts[2] == "topics":
			l.Cloud, l.Place["project"] = "gcp", parts[1]
			l.put(Item{Kind: Topic, Name: parts[3], ID: n.Name})
		case len(parts) == 4 && parts[0] == "projects" && parts[2] == "subscriptions":
			l.put(Item{Kind: Other, Name: parts[3], ID: n.Name, Note: "a subscription to " + n.Topic + ": whether it is a queue's or a service's, only you know"})
		case len(parts) == 1:
			l.Cloud = "azure"
			l.put(Item{Kind: Queue, Name: n.Name, Note: "its id is /subscriptions/…/queueServices/default/queues/" + n.Name})
		default:
			l.put(Item{Kind: Other, Name: n.Name, ID: n.Name, Note: "nothing that msgdeploy knows"})
		}
	}
	return nil
}

// put adds an item, or what it says to one that is known.
func (l *Listing) put(it Item) {
	at := slices.IndexFunc(l.Items, func(o Item) bool { return o.Kind == it.Kind && o.Name == it.Name })
	if at < 0 {
		l.Items = append(l.Items, it)
		return
	}
	have := &l.Items[at]
	it.ID = cmp.Or(have.ID, it.ID)
	if have.Attempts != 0 { // the attributes came first
		have.ID = it.ID
		return
	}
	*have = it
}
