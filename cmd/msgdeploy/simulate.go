package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/spf13/pflag"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
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
		})
	}
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

// names are the last parts of ids, in lower case: an ARN, a URL and a bare name of the same thing
// come to the same.
type foreignNames map[string]bool

func (f foreignNames) has(id string) bool { return f[lastPart(id)] }

func lastPart(id string) string {
	return strings.ToLower(id[strings.LastIndexAny(id, ":/ ")+1:])
}

// foreign returns what a stack refers to and does not make.
func foreign(p providers.Provider, t *spec.Topology) foreignNames {
	out := foreignNames{}
	add := func(ids ...string) {
		for _, id := range ids {
			if id != "" {
				out[lastPart(id)] = true
			}
		}
	}
	existing := func(e *spec.Existing) {
		if e != nil {
			add(e.AWS, e.GCP, e.GCPTopic, e.Azure)
		}
	}
	for _, topic := range t.Topics {
		existing(topic.Existing)
	}
	for _, queue := range t.Queues {
		existing(queue.Existing)
	}
	other := func(verb permissions.Verb, resource permissions.Address) {
		_, scope := p.Actions(t, permissions.Grant{Verb: verb, Resource: resource})
		add(strings.Split(scope, ", ")...)
	}
	for _, topic := range t.ForeignTopics {
		other(permissions.Publish, permissions.TopicAddress(topic.Name))
	}
	for _, queue := range t.ForeignQueues {
		other(permissions.Enqueue, permissions.QueueAddress(queue.Name))
		other(permissions.Dequeue, permissions.QueueAddress(queue.Name))
	}
	for _, service := range t.Services {
		if id := service.Identity; id != nil && id.AWS != nil {
			add(id.AWS.Role, id.AWS.User)
		}
	}
	if azure := t.Target.Azure; azure != nil && azure.ResourceGroup != nil {
		add(azure.ResourceGroup.Existing)
	}
	return out
}

// undecided collects the properties that could not be compared.
type undecided struct {
	mu    sync.Mutex
	paths []string
}

func (u *undecided) add(urn resource.URN, path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.paths = append(u.paths, urn.Name()+"."+path)
}

// noteUndecided says which secrets an offline preview took to be unchanged.
func (s *session) noteUndecided(r *deploy.Result) {
	s.undecided.mu.Lock()
	defer s.undecided.mu.Unlock()
	paths := slices.Compact(slices.Sorted(slices.Values(s.undecided.paths)))
	if len(paths) == 0 {
		return
	}
	r.Diagnostics = append(r.Diagnostics, deploy.Message{
		Severity: "warning",
		Text:     fmt.Sprintf("not decrypted, and taken to be unchanged: %s", strings.Join(paths, ", ")),
	})
}

// markSimulated marks all lines that a command is going to print, if it simulates. A JSON document
// is marked by a member of its own.
func (a *app) markSimulated(flags *pflag.FlagSet) {
	if on, err := flags.GetBool(simulateFlag); err != nil || !on {
		return
	}
	a.stderr = &marked{w: a.stderr}
	a.width = 0 // no line is written twice
	if output := flags.Lookup("output"); output == nil || output.Value.String() != "json" {
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
