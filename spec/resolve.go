package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A resolver turns the decoded elements of one stack into its topology: names become
// pointers, and what makes no sense is reported and left out.
type resolver struct {
	src        *fileSet
	root       *yaml.Node
	stack      string
	incomplete bool
	vocabulary *vocabulary
	removed    map[string]*yaml.Node
	elements   *elements
	uses       map[string]*use
	// interpolated maps a value that was interpolated to where it is used.
	interpolated map[*yaml.Node]*yaml.Node
	topology     *Topology
	ds           diag.Diagnostics
}

func (r *resolver) report(d diag.Diagnostic) { r.ds = append(r.ds, d) }

func (r *resolver) resolve() {
	t, e := r.topology, r.elements
	t.Topics = sorted(e.Topics)
	t.Queues = sorted(e.Queues)
	t.Services = sorted(e.Services)
	r.target()
	for _, topic := range t.Topics {
		r.existing(topic.Existing, "topic", ":sns:", "/topics/")
	}
	for _, q := range t.Queues {
		r.existing(q.Existing, "queue", ":sqs:", "/")
		r.queue(q)
	}
	r.unchanged()
	r.withoutDeadLetters()
	r.cycles()
	for _, name := range slices.Sorted(maps.Keys(e.Subscriptions)) {
		if s := r.subscription(name, e.Subscriptions[name]); s != nil {
			t.Subscriptions = append(t.Subscriptions, s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Permissions)) {
		r.permission(name, e.Permissions[name])
	}
	r.identities()
	r.moves()
}

// sorted returns the elements of a section by name.
func sorted[T any](section map[string]*T) []*T {
	out := make([]*T, 0, len(section))
	for _, name := range slices.Sorted(maps.Keys(section)) {
		out = append(out, section[name])
	}
	return out
}

// A reference is a name in the YAML that should be an element's.
type reference struct {
	name string
	at   diag.Range
	// section is where such elements are declared: topics, queues.
	section string
	// value is what says the name; nil where a key of the YAML does.
	value *yaml.Node
}

// reference is the name at a dotted path of an element.
func (o Origin) reference(name, path, section string) reference {
	_, value := o.nearest(path)
	return reference{name, o.At(path), section, value}
}

// find looks an element up, and reports if there is none.
func find[T any](r *resolver, ref reference, elements map[string]*T) *T {
	if ref.name == "" {
		return nil // of the wrong kind, or missing: reported elsewhere.
	}
	if e := elements[ref.name]; e != nil {
		return e
	}
	if r.malformed(ref) {
		return nil
	}
	r.unknown(ref, len(elements), func() []string { return slices.Collect(maps.Keys(elements)) })
	return nil
}

// malformed reports whether the section is no mapping, or a file cannot be read: that
// has been said, and who refers to something in it may be right.
func (r *resolver) malformed(ref reference) bool {
	if r.incomplete {
		return true
	}
	_, section := entry(r.root, ref.section)
	return section != nil && section.Kind != yaml.MappingNode
}

func (r *resolver) unknown(ref reference, n int, names func() []string) {
	kind := strings.TrimSuffix(ref.section, "s")
	detail := fmt.Sprintf("There is no %s `%s`.", kind, clip(ref.name))
	related := r.usedAt(ref.value)
	if null := r.removed[ref.section+"."+ref.name]; null != nil {
		detail = fmt.Sprintf("There is no %s `%s` in the stack `%s`, because its patch removes it.", kind, ref.name, r.stack)
		related = append(related, diag.Related{Range: r.src.rangeOf(null), Message: "removed here"})
	} else if other := r.elsewhere(ref); other != "" {
		detail += fmt.Sprintf(" `%s` is a %s.", ref.name, other)
	} else {
		detail += r.vocabulary.didYouMean(ref.name, n, names)
	}
	d := semantic(CodeUnknownReference, ref.at, "Unknown "+kind, detail)
	d.Related = related
	r.report(d)
}

// elsewhere returns the kind of the element that has a name, if one of another kind has.
func (r *resolver) elsewhere(ref reference) string {
	e := r.elements
	switch {
	case ref.section != "topics" && e.Topics[ref.name] != nil:
		return "topic"
	case ref.section != "queues" && e.Queues[ref.name] != nil:
		return "queue"
	case ref.section != "services" && e.Services[ref.name] != nil:
		return "service"
	case e.Subscriptions[ref.name] != nil:
		return "subscription"
	}
	return ""
}

// existing checks that what an element refers to is of its kind.
func (r *resolver) existing(e *Existing, kind, aws, gcp string) {
	if e == nil {
		return
	}
	for _, id := range []struct{ key, value, part string }{{"aws", e.AWS, aws}, {"gcp", e.GCP, gcp}} {
		if id.value != "" && !strings.Contains(id.value, id.part) {
			r.report(r.about(e.Origin, id.key, CodeInvalidValue, "Not a possible value",
				fmt.Sprintf("`%s` must name a %s; this does not.", id.key, kind)))
		}
	}
}

func (r *resolver) queue(q *Queue) {
	if q.Delay >= q.Retention && q.Retention > 0 && q.Delay > 0 {
		r.tooShort(q, "delay", "Messages would expire unseen",
			fmt.Sprintf("Messages are kept for %s, but hidden for the first %s. Shorten `delay` or lengthen `retention`.", FormatDuration(q.Retention), FormatDuration(q.Delay)))
	}
	if q.Lease > q.Retention && q.Retention > 0 {
		r.tooShort(q, "lease", "Messages would expire while leased",
			fmt.Sprintf("Messages are kept for %s, but leased for %s. Shorten `lease` or lengthen `retention`.", FormatDuration(q.Retention), FormatDuration(q.Lease)))
	}
	d := q.DeadLetter
	if d == nil || d.Queue == "" {
		return
	}
	ref := q.reference(d.Queue, "deadLetter.queue", "queues")
	if r.ownQueue(ref, "Name one of this spec, or leave `queue` out to have one made.") == nil {
		d.Queue = ""
	}
}

// tooShort reports that a queue's retention does not fit another of its times, which may
// stand in another layer.
func (r *resolver) tooShort(q *Queue, key, summary, detail string) {
	d := r.about(q.Origin, firstAsked(q.Origin, key, "retention"), CodeRetentionTooShort, summary, detail)
	if kept := q.At("retention"); q.Asked(key) && q.Asked("retention") && kept != d.Range {
		d.Related = append(d.Related, diag.Related{Range: kept, Message: "`retention` is said here"})
		_, value := q.nearest("retention")
		d.Related = append(d.Related, r.usedAt(value)...)
	}
	r.report(d)
}

func firstAsked(o Origin, paths ...string) string {
	for _, p := range paths {
		if o.Asked(p) {
			return p
		}
	}
	return paths[0]
}

// cycles reports queues whose dead letters come back to them. The last link is dropped.
func (r *resolver) cycles() {
	const visiting, done = 1, 2
	state := map[string]int{}
	for _, q := range r.topology.Queues {
		var path []*Queue
		for q != nil && state[q.Name] == 0 {
			state[q.Name] = visiting
			path = append(path, q)
			if q.DeadLetter == nil {
				break
			}
			next := r.elements.Queues[q.DeadLetter.Queue]
			if next != nil && state[next.Name] == visiting {
				r.cycle(path, next)
				q.DeadLetter.Queue = ""
				break
			}
			q = next
		}
		for _, q := range path {
			state[q.Name] = done
		}
	}
}

// cycle reports that the dead letters of path's last queue go to first, which is in path.
func (r *resolver) cycle(path []*Queue, first *Queue) {
	path = path[slices.Index(path, first):]
	last := path[len(path)-1]
	if len(path) == 1 {
		r.report(r.about(last.Origin, "deadLetter.queue", CodeDeadLetterCycle, "A queue is its own dead-letter queue",
			fmt.Sprintf("The dead letters of `%s` would come back to it. Name another queue, or leave `queue` out to have one made.", last.Name)))
		return
	}
	names := make([]string, 0, len(path)+1)
	for _, q := range path {
		names = append(names, q.Name)
	}
	names = append(names, first.Name)
	d := r.about(last.Origin, "deadLetter.queue", CodeDeadLetterCycle, "Dead letters go round in a circle",
		fmt.Sprintf("Dead letters would go %s. Name another queue, or leave `queue` out to have one made.", strings.Join(quoted(names), " → ")))
	for _, q := range path[:len(path)-1] {
		d.Related = append(d.Related, diag.Related{Range: q.At("deadLetter.queue"), Message: fmt.Sprintf("the dead letters of `%s` go on", q.Name)})
	}
	r.report(d)
}

// target checks what the settings of a stack's cloud say together.
func (r *resolver) target() {
	n := r.topology.Target.NATS
	if n == nil {
		return
	}
	if !n.Asked("url") {
		for _, key := range []string{"credentials", "signingKey", "replicas", "system"} {
			if n.Asked(key) {
				r.report(semantic(CodeBrokerSettings, n.keyAt(key), "Not for the embedded broker",
					fmt.Sprintf("`%s` is for a server or cluster, which `url` names; the embedded broker takes only `port`. Add `url`, or remove `%s`.", key, key)))
			}
		}
		return
	}
	if n.Asked("port") {
		r.report(semantic(CodeBrokerSettings, n.keyAt("port"), "Not for a server",
			"`port` is for the embedded broker; the port of a server is part of `url`. Remove `port` or `url`."))
	}
	for _, key := range []string{"credentials", "signingKey"} {
		if !n.Asked(key) {
			r.report(semantic(CodeBrokerSettings, n.keyAt("url"), "A key is missing",
				fmt.Sprintf("A server also needs `%s`: %s", key, sentence(documentShape().byKey["stacks"].elem.byKey["nats"].byKey[key].doc))))
		}
	}
}

// identities reports services of a stack on AWS that would need a role that nobody
// said whom to trust with.
func (r *resolver) identities() {
	if r.topology.Target.AWS == nil {
		return
	}
	reported := map[*Service]bool{}
	for _, p := range r.topology.Permissions {
		s := p.Service
		if s.Identity != nil && s.Identity.AWS != nil || s.Asked("identity.aws") || reported[s] {
			continue
		}
		reported[s] = true
		r.report(semantic(CodeMissingIdentity, s.Range, "A service has no identity",
			fmt.Sprintf("`%s` has permissions, so the stack `%s` needs `identity.aws` of it: a role or user that exists, or whom to trust with a role to be made, as in `identity: {aws: {create: {trust: [{service: lambda}]}}}`.", s.Name, r.stack)))
	}
}
