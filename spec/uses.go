package spec

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A use is what the document takes of another project.
type use struct {
	Origin `doc:"What is used of another project: elements that it deploys in its stack of the same name."`
	Topics []string `key:"topics" pattern:"element" doc:"Its topics. Subscriptions and permissions call them PROJECT/TOPIC."`
	Queues []string `key:"queues" pattern:"element" doc:"Its queues. Permissions call them PROJECT/QUEUE."`
	Naming string   `key:"naming" pattern:"naming" verbatim:"yes" doc:"The naming of that project, if it has one."`
}

// foreign makes the topics and queues of other projects known. What is known of them is
// what the spec of another project makes of an element that it says nothing of.
func (r *resolver) foreign() {
	t := r.topology
	for _, project := range slices.Sorted(maps.Keys(r.uses)) {
		u := r.uses[project]
		if project == t.Project {
			r.report(semantic(CodeForeign, u.Range, "A project uses itself",
				fmt.Sprintf("`%s` is this project: its own elements are called by their names alone. Remove it from `uses`.", project)))
			continue
		}
		for i, name := range u.Topics {
			topic := &Topic{Origin: r.item(u.node, "topics", i), Name: project + foreignMark + name, Project: project, Naming: u.Naming}
			withDefaults("topics", topic)
			t.ForeignTopics = append(t.ForeignTopics, topic)
		}
		for i, name := range u.Queues {
			q := &Queue{Origin: r.item(u.node, "queues", i), Name: project + foreignMark + name, Project: project, Naming: u.Naming}
			withDefaults("queues", q)
			q.DeadLetter = nil // whether it has any is not known
			t.ForeignQueues = append(t.ForeignQueues, q)
		}
	}
	slices.SortFunc(t.ForeignTopics, func(a, b *Topic) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(t.ForeignQueues, func(a, b *Queue) int { return strings.Compare(a.Name, b.Name) })
}

// withDefaults gives an element what it has where a spec says nothing of it.
func withDefaults[T any](section string, element *T) {
	shape := elementsShape().byKey[section].elem
	(&decoder{}).defaults(shape, reflect.ValueOf(element).Elem(), nil)
}

// foreignMark stands between a project and the name of its element.
const foreignMark = "/"

func isForeign(name string) bool { return strings.Contains(name, foreignMark) }

// topicNamed looks a topic up, another project's too.
func (r *resolver) topicNamed(ref reference) *Topic {
	if !isForeign(ref.name) {
		return find(r, ref, r.elements.Topics)
	}
	topic := named(r.topology.ForeignTopics, ref.name, func(t *Topic) string { return t.Name })
	if topic == nil {
		r.unknownForeign(ref, func(u *use) []string { return u.Topics })
	}
	return topic
}

// queueNamed looks a queue up, another project's too.
func (r *resolver) queueNamed(ref reference) *Queue {
	if !isForeign(ref.name) {
		return find(r, ref, r.elements.Queues)
	}
	q := named(r.topology.ForeignQueues, ref.name, func(q *Queue) string { return q.Name })
	if q == nil {
		r.unknownForeign(ref, func(u *use) []string { return u.Queues })
	}
	return q
}

// ownQueue looks up a queue that messages are put into by the stack itself: only its
// owner's stack lets that happen, so another project's is none.
func (r *resolver) ownQueue(ref reference, mend string) *Queue {
	if !isForeign(ref.name) {
		return find(r, ref, r.elements.Queues)
	}
	r.report(semantic(CodeForeign, ref.at, "Another project's queue",
		fmt.Sprintf("`%s` is a queue of another project, which says itself what is delivered into it. %s", clip(ref.name), mend)))
	return nil
}

// unknownForeign reports that `uses` does not say what ref names.
func (r *resolver) unknownForeign(ref reference, listed func(*use) []string) {
	kind := strings.TrimSuffix(ref.section, "s")
	project, name, _ := strings.Cut(ref.name, foreignMark)
	u := r.uses[project]
	if u == nil {
		projects := slices.Sorted(maps.Keys(r.uses))
		r.report(semantic(CodeUnknownReference, ref.at, "Unknown project",
			fmt.Sprintf("The spec uses no project `%s`. Say so at the top level: `uses: {%s: {%s: [%s]}}`.%s", clip(project), clip(project), ref.section, clip(name),
				r.vocabulary.didYouMean(project, len(projects), func() []string { return projects }))))
		return
	}
	names := listed(u)
	d := semantic(CodeUnknownReference, ref.at, "Unknown "+kind,
		fmt.Sprintf("The spec uses no %s `%s` of project `%s`. Add it to the project's `%s` under `uses`, if it is there.%s", kind, clip(name), project, ref.section,
			r.vocabulary.didYouMean(name, len(names), func() []string { return names })))
	d.Related = []diag.Related{{Range: u.Range, Message: "what is used of it stands here"}}
	r.report(d)
}

// grantsForeign sets what p is about in another project; false if that is nothing.
func (r *resolver) grantsForeign(p *Permission, name string) bool {
	if p.Verb == Publish {
		p.Topic = r.topicNamed(p.named(name, "topics"))
		return p.Topic != nil
	}
	if owner, dead := strings.CutSuffix(name, deadLetterSuffix); dead {
		r.report(semantic(CodeForeign, p.Range, "Another project's dead letters",
			fmt.Sprintf("Whether `%s` has dead letters of its own is known to its project alone. Let that project's services dequeue them.", clip(owner))))
		return false
	}
	p.Queue = r.queueNamed(p.named(name, "queues"))
	return p.Queue != nil
}
