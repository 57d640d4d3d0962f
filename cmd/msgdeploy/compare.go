package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/standin"
)

// has reports whether a spec has a stack.
func has(s *spec.Spec, stack string) bool { return slices.Contains(s.Stacks(), stack) }

// previewBase compares the spec with another version of itself, and with nothing else: no state is read,
// no plugin looked for, no cloud or broker asked, and no credentials are needed or used.
func (a *app) previewBase(ctx context.Context, opts operationOptions) error {
	c, err := a.openComparison(ctx, opts)
	if err != nil {
		return a.shownInvalid(err, "preview", opts)
	}
	a.noteWarnings(c.stack, opts.output)
	result, err := deploy.Compare(ctx, c.options(opts.engine), c.version(c.old, c.oldFacts), c.version(c.next, c.nextFacts))
	if err != nil {
		return err
	}
	c.noteAsked(result, opts.output)
	if c.next != nil {
		c.advise(result, opts.output)
	}
	view := c.view("preview", true, result)
	view.Offline, view.Base, view.Known = true, c.base.name, c.known(opts.spec.file)
	view.Unknown = append(unknownToBase(), c.unknown...)
	return a.endPreview(view, opts, func() error { return nil }) // which checkBase has seen to
}

// comparison is two versions of a stack, one of which may be missing.
type comparison struct {
	// session has no state and no broker. Its stack is the newer one, or the one that goes.
	*session
	old, next *stack
	// oldFacts and nextFacts say where the two are, as far as both say it.
	oldFacts, nextFacts map[string]string
	// unknown are sentences about what cannot be compared.
	unknown []string
}

// unknownToBase is what no comparison of two versions of a spec can know.
func unknownToBase() []string {
	return []string{
		"Whether what the base says has been deployed, and what was changed since by other means (drift).",
		"What the cloud itself would add or refuse: its defaults, its limits and what others have there.",
		"How many messages are waiting in what would be lost.",
	}
}

func (a *app) openComparison(ctx context.Context, opts operationOptions) (*comparison, error) {
	next, err := a.loadSpec(ctx, opts.spec.file)
	if err != nil {
		return nil, err
	}
	base, err := a.loadBase(ctx, opts.spec.file, opts.base)
	if err != nil {
		return nil, err
	}
	name, err := chooseEither(next, base.spec, opts.spec.stack)
	if err != nil {
		return nil, err
	}
	c := &comparison{}
	if has(next, name) {
		if c.next, err = a.resolveStack(next, name); err != nil {
			return nil, err
		}
	}
	if c.old, err = a.stackOf(base, name); err != nil {
		return nil, err
	}
	either := cmp.Or(c.next, c.old)
	c.session = &session{stack: either, app: a, base: base, trust: base.trust(next, name)}
	c.place()
	return c, nil
}

// chooseEither is chooseStack for a stack that one of two versions has.
func chooseEither(next, base *spec.Spec, asked string) (string, error) {
	if base != nil && !has(next, asked) && (has(base, asked) || asked == "" && len(next.Stacks()) == 0) {
		return chooseStack(base.Stacks(), asked)
	}
	return chooseStack(next.Stacks(), asked)
}

// place says where the two versions are. What only one of them says is not compared: the resources
// may well be there already.
func (c *comparison) place() {
	if c.old == nil || c.next == nil {
		return
	}
	old, next := comparedPlace(c.old.Topology), comparedPlace(c.next.Topology)
	for _, name := range slices.Sorted(maps.Keys(next)) {
		if _, both := old[name]; !both && old["cloud"] == next["cloud"] {
			c.unknown = append(c.unknown, "Whether the "+name+" that the spec now names is the one where the stack has been.")
			delete(next, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, both := next[name]; !both && old["cloud"] == next["cloud"] {
			c.unknown = append(c.unknown, "Whether the stack stays in the "+name+" that the base names: the spec leaves it open.")
			delete(old, name)
		}
	}
	if a, b := c.old.Target.NATS, c.next.Target.NATS; a != nil && b != nil && (a.URL != b.URL || a.Credentials != b.Credentials) && a.URL != "" && b.URL != "" {
		c.unknown = append(c.unknown, "Whether the other address or credentials of NATS are of the same account: of another one, all messages would be lost.")
	}
	c.oldFacts, c.nextFacts = old, next
}

// comparedPlace are the facts that say where a version's resources are. An emulator is another place
// than the cloud, and an embedded broker another one than a server.
func comparedPlace(t *spec.Topology) map[string]string {
	place := cloudFacts(t.Target)
	const real = "the cloud itself"
	switch {
	case t.Target.AWS != nil:
		place["endpoint"] = cmp.Or(t.Target.AWS.Endpoint, real)
	case t.Target.GCP != nil:
		place["endpoint"] = cmp.Or(t.Target.GCP.Endpoint, real)
	case t.Target.NATS != nil:
		place["broker"] = "server"
		if t.Target.NATS.Embedded() {
			place["broker"] = "embedded"
		}
	}
	return place
}

// options are the engine's for two versions that have no state. The directory is never made.
func (c *comparison) options(flags engineFlags) deploy.Options {
	o := deploy.Options{
		Dir:      filepath.Join(baseDir(c.spec.File()), stateDir),
		Project:  c.Project,
		Stack:    c.Stack,
		Parallel: flags.parallel,
		Abort:    c.app.abort,
		Stateful: map[string]bool{},
		Identity: map[string][]string{},
	}
	for _, st := range []*stack{c.old, c.next} {
		if st == nil {
			continue
		}
		for _, r := range st.provider.Resources() {
			o.Stateful[r.Token], o.Identity[r.Token] = r.Stateful, r.Identity
		}
	}
	return o
}

// version is one of the two as the engine runs it. Both are given the plugins of both clouds: what
// goes from one is deleted while the other is made.
func (c *comparison) version(st *stack, place map[string]string) deploy.Version {
	v := deploy.Version{Target: place, Plugins: map[string]func() plugin.Provider{
		"nats": func() plugin.Provider { return standin.Pretend(nats.NewPlugin(noBroker)) },
	}}
	for _, of := range []*stack{c.old, c.next, st} { // the version's own last
		if of == nil {
			continue
		}
		tables, ok := c.app.clouds[of.Target.Cloud()]
		if !ok {
			continue
		}
		p := tables()
		elsewhere := foreign(of.provider, of.Topology)
		o := standin.Options{Exists: elsewhere.has, Facts: cloudFacts(of.Target)}
		if of == c.next {
			o.Asked = c.asked.add
		}
		v.Plugins[p.Name] = func() plugin.Provider { return standin.New(p, o) }
	}
	if st != nil {
		v.Program = st.provider.Program(st.Topology, st.grants)
	}
	return v
}

// noBroker is the connection of what must not connect.
func noBroker(context.Context) (*broker.Admin, error) {
	return nil, errors.New("this is a bug in msgdeploy: a comparison of two versions of a spec asked for a broker")
}
