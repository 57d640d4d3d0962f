package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/spf13/pflag"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/standin"
)

const (
	simulateFlag = "simulate"
	// simulatedDir is where, inside of [stateDir], all is kept that is not real.
	simulatedDir = "simulated"
	// simulatedMark begins every line that tells of something that is not real.
	simulatedMark = "[simulated] "
)

// rehearse makes a stack one that needs nothing outside of this machine. What a cloud would do is
// done by a stand-in; a server or cluster of NATS gives way to an embedded broker of its own.
func rehearse(t *spec.Topology) {
	if t.Target.NATS != nil {
		t.Target.NATS = &spec.NATSTarget{Origin: t.Target.NATS.Origin}
	}
}

// addStandIn adds the stand-in for the plugin of the stack's cloud.
func (s *session) addStandIn(plugins map[string]func() plugin.Provider) {
	tables, ok := s.app.clouds[s.Target.Cloud()]
	if !ok {
		return
	}
	p := tables()
	elsewhere := foreign(s.provider, s.Topology)
	plugins[p.Name] = func() plugin.Provider {
		return standin.New(p, standin.Options{
			Resources: s.resources,
			Exists:    elsewhere.has,
			Facts:     s.target(),
			Undecided: s.undecided.add,
			Asked:     s.asked.add,
		})
	}
}

// identify returns the id by which the cloud knows a resource, or would know it, that is not in the state.
func (s *session) identify(c deploy.Creation) (id string, ok bool) {
	if s.Target.NATS != nil {
		return nats.Identify(c.Type, c.Inputs)
	}
	tables, ok := s.app.clouds[s.Target.Cloud()]
	if !ok {
		return "", false
	}
	return tables().Identify(resource.URN(c.URN),
		resource.NewPropertyMapFromMap(c.Inputs), resource.NewPropertyMapFromMap(c.Provider), s.target())
}

// resources are those of the state, as the stand-in wants them.
func (s *session) resources(ctx context.Context) ([]standin.Resource, error) {
	list, err := s.engine.Resources(ctx)
	out := make([]standin.Resource, len(list))
	for i, r := range list {
		out[i] = standin.Resource{URN: resource.URN(r.URN), ID: r.ID, Inputs: r.Inputs}
	}
	return out, err
}

// foreignIDs are what a stack refers to and does not make: ids, ARNs and bare names, by their
// last parts in lower case.
type foreignIDs map[string][]string

// has reports whether id is one of them. A bare name, such as that of a role, is the same as
// whatever ends in it; two that say where they are must say the same.
func (f foreignIDs) has(id string) bool {
	return slices.ContainsFunc(f[lastPart(id)], func(known string) bool {
		return bare(known) || bare(id) || strings.EqualFold(known, id)
	})
}

func (f foreignIDs) add(ids ...string) {
	for _, id := range ids {
		if id != "" {
			f[lastPart(id)] = append(f[lastPart(id)], id)
		}
	}
}

func (f foreignIDs) addExisting(e *spec.Existing) {
	if e != nil {
		f.add(e.AWS, e.GCP, e.GCPTopic, e.Azure)
	}
}

func bare(id string) bool { return !strings.ContainsAny(id, ":/") }

func lastPart(id string) string {
	return strings.ToLower(id[strings.LastIndexAny(id, ":/ ")+1:])
}

// foreign returns what a stack refers to and does not make: what exists, what another project
// makes ([spec.Topology.ForeignTopics]), and who exists.
func foreign(p providers.Provider, t *spec.Topology) foreignIDs {
	out := foreignIDs{}
	for _, topic := range t.Topics {
		out.addExisting(topic.Existing)
	}
	for _, queue := range t.Queues {
		out.addExisting(queue.Existing)
	}
	// What a verb on an element is about is the id that the cloud has for it.
	addScope := func(verb permissions.Verb, resource permissions.Address) {
		_, scope := p.Actions(t, permissions.Grant{Verb: verb, Resource: resource})
		out.add(strings.Split(scope, ", ")...)
	}
	for _, topic := range t.ForeignTopics {
		addScope(permissions.Publish, permissions.TopicAddress(topic.Name))
	}
	for _, queue := range t.ForeignQueues {
		addScope(permissions.Enqueue, permissions.QueueAddress(queue.Name))
		addScope(permissions.Dequeue, permissions.QueueAddress(queue.Name))
	}
	for _, service := range t.Services {
		if id := service.Identity; id != nil && id.AWS != nil {
			out.add(id.AWS.Role, id.AWS.User)
		}
	}
	if azure := t.Target.Azure; azure != nil && azure.ResourceGroup != nil {
		out.add(azure.ResourceGroup.Existing)
	}
	return out
}

// undecided collects the properties that could not be compared.
type undecided struct {
	mu    sync.Mutex
	paths map[resource.URN][]string
}

func (u *undecided) add(urn resource.URN, path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.paths == nil {
		u.paths = map[resource.URN][]string{}
	}
	u.paths[urn] = append(u.paths[urn], path)
}

// noteUndecided says which secrets an offline preview took to be unchanged, and of which elements.
func (s *session) noteUndecided(ctx context.Context, r *deploy.Result, output string) error {
	s.undecided.mu.Lock()
	defer s.undecided.mu.Unlock()
	if len(s.undecided.paths) == 0 {
		return nil
	}
	list, err := s.engine.Resources(ctx)
	if err != nil {
		return err
	}
	for _, of := range list {
		urn := resource.URN(of.URN)
		paths := slices.Compact(slices.Sorted(slices.Values(s.undecided.paths[urn])))
		if len(paths) == 0 {
			continue
		}
		s.app.addNote(r, deploy.Message{
			Severity: "warning", Element: of.Element,
			Text: fmt.Sprintf("not decrypted, and taken to be unchanged: %s of %s", strings.Join(paths, ", "), urn.Name()),
		}, output)
	}
	return nil
}

// asked collects what somebody outside would be asked to confirm.
type asked struct {
	mu   sync.Mutex
	urns map[resource.URN]bool
}

func (k *asked) add(urn resource.URN) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.urns == nil {
		k.urns = map[resource.URN]bool{}
	}
	k.urns[urn] = true
}

// noteAsked says what will have to be confirmed by who receives. A stand-in asks nobody, so
// without that a rehearsal would hide why the first up in earnest ends with an error.
func (s *session) noteAsked(r *deploy.Result, output string) {
	s.asked.mu.Lock()
	defer s.asked.mu.Unlock()
	for _, c := range r.Changes {
		asked := func(urn resource.URN) bool { return string(urn.Type()) == c.Type && urn.Name() == c.Name }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(s.asked.urns)), asked) {
			continue
		}
		s.app.addNote(r, deploy.Message{
			Severity: "note", Element: c.Element,
			Text: "in earnest the receiver is asked to confirm this, and until it has, `msgdeploy up` ends with exit code 1",
		}, output)
	}
}

// markSimulated marks all lines that a command is going to print, if it simulates. A document
// says it in its own way.
func (a *app) markSimulated(flags *pflag.FlagSet) {
	if on, err := flags.GetBool(simulateFlag); err != nil || !on {
		return
	}
	a.stderr = &marked{w: a.stderr}
	a.width = 0 // no line is written twice
	if output := flags.Lookup("output"); output == nil || !isDocument(output.Value.String()) {
		a.stdout = &marked{w: a.stdout}
	}
}

// marked begins every line with [simulatedMark].
type marked struct {
	w io.Writer
	// inside is set while a line is not at its end.
	inside bool
}

func (m *marked) Write(p []byte) (int, error) {
	var out bytes.Buffer
	for line := range bytes.Lines(p) {
		if !m.inside {
			out.WriteString(simulatedMark)
		}
		out.Write(line)
		m.inside = !bytes.HasSuffix(line, []byte("\n"))
	}
	if _, err := m.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// answered tells that the user has ended the line, as an answer to a question does.
func (m *marked) answered() { m.inside = false }
