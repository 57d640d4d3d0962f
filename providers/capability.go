package providers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Feature is something that a spec may ask for and that not every cloud has.
type Feature string

// The features. Each is one row of the capability table.
const (
	FilterToQueue          Feature = "filter-to-queue"
	PushToEndpoint         Feature = "push-to-endpoint"
	PushToFunction         Feature = "push-to-function"
	NativeEnvelope         Feature = "native-envelope"
	OrderedQueue           Feature = "ordered-queue"
	UnorderedToOrdered     Feature = "unordered-topic-to-ordered-queue"
	Delay                  Feature = "delay"
	DeadLetterOfQueue      Feature = "dead-letters-of-queue"
	DeadLetterOfSubscriber Feature = "dead-letters-of-subscription"
	DeadLetterBlob         Feature = "dead-letters-in-blob"
	Existing               Feature = "existing-element"
	OrderedTopic           Feature = "ordered-topic"
	TopicToQueue           Feature = "topic-to-queue"
	RawFormat              Feature = "raw-format"
	Retention              Feature = "retention-of-queue"
	Lease                  Feature = "lease-of-queue"
	DefaultDeadLetter      Feature = "dead-letters-by-default"
	DeadLetterToQueue      Feature = "dead-letters-of-subscription-in-queue"
	Filter                 Feature = "filter"
	FilterByData           Feature = "filter-by-data"
	Backoff                Feature = "backoff"
	OrderedToService       Feature = "ordered-topic-to-service"
	PlainToFunction        Feature = "published-bytes-to-function"
	PlainToEndpoint        Feature = "published-bytes-to-endpoint"
	RetryToFunction        Feature = "retry-to-function"
)

// Support is how a cloud provides a feature.
type Support int

// Native is the cloud's own; Emulated needs msgdeploy's relay to run; Refused cannot be had;
// Different is the cloud's own too, but in a way that users must know of; Partial falls
// short of what the spec says.
const (
	Native Support = iota
	Emulated
	Refused
	Different
	Partial
)

// Cell is one cloud's answer to one feature. Note says what follows for the user,
// in full sentences; it is empty where there is nothing to say.
type Cell struct {
	Support Support
	Note    string
}

// Row is one feature and how each cloud provides it. A cloud that is not in Clouds
// has no program yet.
type Row struct {
	Feature Feature
	// Title names the feature in a table: "A filter on a subscription to a queue".
	Title  string
	Clouds map[spec.Cloud]Cell
}

// Capabilities is the table of what each cloud can do, in the order in which it is documented.
func Capabilities() []Row {
	relay := func(note string) map[spec.Cloud]Cell { return map[spec.Cloud]Cell{spec.NATS: {Emulated, note}} }
	native := func(note string) map[spec.Cloud]Cell { return map[spec.Cloud]Cell{spec.NATS: {Native, note}} }
	refused := func(note string) map[spec.Cloud]Cell { return map[spec.Cloud]Cell{spec.NATS: {Refused, note}} }
	rows := []Row{
		{FilterToQueue, "A filter on a subscription to a queue", relay(
			"JetStream does not filter by headers: the relay copies the messages that match.")},
		{PushToEndpoint, "A subscription to a service's endpoint", relay(
			"JetStream does not push over HTTPS: the relay delivers, retries and backs off.")},
		{PushToFunction, "A subscription to a function of the cloud", refused(
			"NATS has no functions. Give the service an `endpoint`, in this stack's `patch` if the other stacks are to keep the function.")},
		{NativeEnvelope, "`deliver: native`", refused(
			"NATS has no envelope of its own: every receiver gets the published bytes. Remove `deliver: native` for this stack.")},
		{OrderedQueue, "An ordered queue", native(
			"One message at a time is leased from the queue, over all keys.")},
		{UnorderedToOrdered, "An unordered topic that feeds an ordered queue", native("")},
		{Delay, "A delay on a queue", relay(
			"JetStream does not delay a queue: the relay moves each message when it is due.")},
		{DeadLetterOfQueue, "Dead letters of a queue", relay(
			"JetStream stops delivering after the last attempt, and leaves the message where it is: the relay moves it to the dead letters.")},
		{DeadLetterOfSubscriber, "Dead letters of a subscription to a service", relay(
			"The relay, which delivers to services, puts aside what they do not take.")},
		{DeadLetterBlob, "Dead letters in a blob container", refused(
			"Only Event Grid puts dead letters into blobs. Leave out `blob`: they go to a dead-letter queue.")},
		// `existing` names an element per cloud: where a cloud is not named, as NATS never is, the element is made.
		{Existing, "An existing topic or queue", nil},
		{OrderedTopic, "An ordered topic", native("")},
		{TopicToQueue, "A topic that feeds a queue", native("")},
		{RawFormat, "`format: raw`", native("")},
		{Retention, "A retention on a queue", native("")},
		{Lease, "A lease on a queue", native("")},
		{DefaultDeadLetter, "Dead letters of a queue that the spec does not ask for", relay("As those that it asks for.")},
		{DeadLetterToQueue, "Dead letters of a subscription in a queue of the spec", relay("As those in a queue of their own.")},
		{Filter, "A filter", relay("JetStream does not filter by headers: the relay does.")},
		{FilterByData, "A filter on an attribute other than `type`, `source` and `subject`", relay("As on those three.")},
		{Backoff, "Backoffs in a subscription's `retry`", relay("The relay, which delivers to services, keeps to them.")},
		{OrderedToService, "An ordered topic that reaches a service", native("")},
		{PlainToEndpoint, "An endpoint that gets the published bytes", native("")},
		{PlainToFunction, "A function that gets the published bytes", native("")},
		{RetryToFunction, "`retry` towards a function", native("")},
	}
	for cloud, cells := range map[spec.Cloud]map[Feature]Cell{spec.AWS: amazonCells(), spec.GCP: googleCells()} {
		for i, row := range rows {
			cell, ok := cells[row.Feature]
			if !ok {
				continue
			}
			if row.Clouds == nil {
				rows[i].Clouds = map[spec.Cloud]Cell{}
			}
			rows[i].Clouds[cloud] = cell
		}
	}
	return rows
}

// Use is one place of a topology that needs a feature.
type Use struct {
	Feature Feature
	Element permissions.Address
	// At is the YAML that asks for it.
	At diag.Range
	// Asked is false where a built-in default asks.
	Asked bool
	// Service serves the element, where a cloud has several that could: see [ServicesOfAzure].
	Service string
}

// Uses returns every use of a feature in t, by element.
func Uses(t *spec.Topology) []Use {
	var uses []Use
	for _, topic := range t.Topics {
		if topic.Existing.In(t.Target.Cloud()) != "" {
			uses = append(uses, use(Existing, permissions.TopicAddress(topic.Name), topic.Origin, "existing"))
		}
		if topic.Ordered {
			uses = append(uses, use(OrderedTopic, permissions.TopicAddress(topic.Name), topic.Origin, "ordered"))
		}
	}
	for _, q := range t.Queues {
		uses = append(uses, queueUses(t.Target.Cloud(), q)...)
	}
	for _, s := range t.Subscriptions {
		uses = append(uses, subscriptionUses(t.Target.Cloud(), s)...)
	}
	if t.Target.Azure != nil {
		uses = azureUses(t, uses)
	}
	return uses
}

func use(f Feature, element permissions.Address, o spec.Origin, path string) Use {
	return Use{Feature: f, Element: element, At: o.At(path), Asked: o.Asked(path)}
}

func queueUses(cloud spec.Cloud, q *spec.Queue) []Use {
	var uses []Use
	add := func(f Feature, path string) {
		uses = append(uses, use(f, permissions.QueueAddress(q.Name), q.Origin, path))
	}
	if q.Existing.In(cloud) != "" {
		add(Existing, "existing")
	}
	if q.Ordered {
		add(OrderedQueue, "ordered")
	}
	if q.Delay > 0 {
		add(Delay, "delay")
	}
	if q.DeadLetter != nil {
		add(deadLetterFeature(q.DeadLetter, DeadLetterOfQueue), "deadLetter")
	}
	return uses
}

func subscriptionUses(cloud spec.Cloud, s *spec.Subscription) []Use {
	var uses []Use
	add := func(f Feature, path string) {
		uses = append(uses, use(f, permissions.SubscriptionAddress(s.Name), s.Origin, path))
	}
	switch {
	case s.ToQueue != nil:
		add(TopicToQueue, "to")
		if len(s.Filter) > 0 {
			add(FilterToQueue, "filter")
		}
		if s.ToQueue.Ordered && !s.Topic.Ordered {
			add(UnorderedToOrdered, "to")
		}
	case s.ToService.Endpoint == nil || functionOf(s.ToService, cloud):
		add(PushToFunction, "to")
		if !s.NativeEnvelope {
			add(PlainToFunction, "to")
		}
		if s.Asked("retry") {
			add(RetryToFunction, "retry")
		}
	default:
		add(PushToEndpoint, "to")
		if !s.NativeEnvelope {
			add(PlainToEndpoint, "to")
		}
	}
	if s.ToService != nil && s.Topic.Ordered {
		add(OrderedToService, "topic")
	}
	if s.NativeEnvelope {
		add(NativeEnvelope, "deliver")
	}
	if s.DeadLetter != nil {
		add(deadLetterFeature(s.DeadLetter, DeadLetterOfSubscriber), "deadLetter")
	}
	return uses
}

func deadLetterFeature(d *spec.DeadLetter, otherwise Feature) Feature {
	if d.Blob {
		return DeadLetterBlob
	}
	return otherwise
}

func functionOf(s *spec.Service, cloud spec.Cloud) bool {
	f := s.Function
	return f != nil && (cloud == spec.AWS && f.AWS != "" || cloud == spec.GCP && f.GCP != "" || cloud == spec.Azure && f.Azure != "")
}

// NeedsRelay returns the uses of t that only the relay serves.
func NeedsRelay(t *spec.Topology) []Use {
	cells := column(t.Target.Cloud())
	return slices.DeleteFunc(Uses(t), func(u Use) bool { return cells(u).Support != Emulated })
}

// CheckCapabilities reports what t asks for and its cloud has not: an error on each line
// that asks for what is refused. For each feature that the relay must run for, or that the
// cloud has in part, there is one warning, and for each that it has in its own way one note,
// on the first line that asks and with the others beside it.
func CheckCapabilities(t *spec.Topology) diag.Diagnostics {
	var diags diag.Diagnostics
	cells := column(t.Target.Cloud())
	type answer struct {
		feature Feature
		cell    Cell
	}
	others := map[answer][]Use{}
	for _, u := range Uses(t) {
		switch cell := cells(u); cell.Support {
		case Native:
		case Refused:
			diags = append(diags, Problem(CodeNotSupported, u.At, "This cloud cannot do that",
				fmt.Sprintf("Stack %s is on %s. %s", t.Stack, t.Target.Cloud(), cell.Note)))
		default:
			others[answer{u.Feature, cell}] = append(others[answer{u.Feature, cell}], u)
		}
	}
	for _, row := range Capabilities() {
		for _, a := range slices.SortedFunc(maps.Keys(others), func(a, b answer) int { return strings.Compare(a.cell.Note, b.cell.Note) }) {
			if a.feature == row.Feature {
				diags = append(diags, notice(t, a.cell, others[a]))
			}
		}
	}
	return diags
}

// notice is what is to be said once about all uses that a cloud answers alike.
func notice(t *spec.Topology, cell Cell, uses []Use) diag.Diagnostic {
	d := Remark(CodeDiffers, t.Target.Range, "This cloud does it in its own way", "")
	switch cell.Support {
	case Emulated:
		d = Caution(CodeNeedsRelay, t.Target.Range, "This needs the relay", "")
		d.Detail = fmt.Sprintf("%s That is so for %s. The relay runs in `msgdeploy dev`, or as `msgdeploy relay -s %s`.", cell.Note, list(&d, uses), t.Stack)
		return d
	case Partial:
		d = Caution(CodeFallsShort, t.Target.Range, "This cloud does less than that", "")
	}
	d.Detail = fmt.Sprintf("Stack %s is on %s. %s That is so for %s.", t.Stack, t.Target.Cloud(), cell.Note, list(&d, uses))
	return d
}

// list places d, which is about all uses of one feature, on the first that was asked for,
// puts beside it the other places that asked, and returns the elements in words. Where only defaults ask, d stays
// where it is: on the stack.
func list(d *diag.Diagnostic, uses []Use) string {
	const shown = 5
	var elements []string
	for _, u := range uses {
		elements = append(elements, string(u.Element))
		if !u.Asked {
			continue
		}
		if len(elements) == 1 {
			d.Range = u.At
		} else if len(d.Related) < shown && !pointsAt(*d, u.At) {
			d.Related = append(d.Related, diag.Related{Range: u.At, Message: string(u.Element) + " needs it too"})
		}
	}
	names := strings.Join(elements[:min(shown, len(elements))], ", ")
	if more := len(elements) - shown; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return names
}

// pointsAt reports whether d shows a place already, such as the one of `defaults` that
// asks for many elements.
func pointsAt(d diag.Diagnostic, at diag.Range) bool {
	return d.Range == at || slices.ContainsFunc(d.Related, func(r diag.Related) bool { return r.Range == at })
}

// column returns what a cloud answers to uses; it is Native where there is nothing to say.
func column(cloud spec.Cloud) func(Use) Cell {
	if cloud == spec.Azure {
		services := ServicesOfAzure()
		return func(u Use) Cell { return services[u.Feature][u.Service] }
	}
	cells := map[Feature]Cell{}
	for _, row := range Capabilities() {
		cells[row.Feature] = row.Clouds[cloud]
	}
	return func(u Use) Cell { return cells[u.Feature] }
}
