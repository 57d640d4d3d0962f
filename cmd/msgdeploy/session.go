package main

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/standin"
)

// stateDir is the directory beside the spec that holds all that msgdeploy keeps.
const stateDir = ".msgdeploy"

// session is what a command has that works with a deployed stack: the stack of the
// spec, its state, and its broker. Opening one contacts nothing and writes nothing.
type session struct {
	*stack
	app      *app
	engine   *deploy.Stack
	broker   *stackBroker
	progress *report.Progress
	// backend is where the state is; "" is this machine.
	backend string
	// simulated is set when nothing of this is real.
	simulated bool
	// base is the other version of the spec, and trust what it shows; nil without --base.
	base  *baseSpec
	trust []report.TrustChange
	// again is the update whose spec this is once more; nil is the spec as it is.
	again *deploy.Update
	// undecided are the secrets that an offline preview could not compare.
	undecided undecided
	// asked are the resources that a stand-in made, and that a cloud would have confirmed first.
	asked asked
}

func (a *app) openSession(ctx context.Context, specFlags specFlags, flags engineFlags) (*session, error) {
	st, err := a.loadStack(ctx, specFlags)
	if err != nil {
		return nil, err
	}
	home := stateOf(st.Topology).dir
	if flags.simulate {
		rehearse(st.Topology)
		home = filepath.Join(home, simulatedDir)
	}
	return a.newSession(ctx, st, flags, &stackBroker{topology: st.Topology, home: home, kind: broker.Command, warn: a.warn})
}

// newSession is openSession for a stack that is loaded, and a broker that may be open.
func (a *app) newSession(ctx context.Context, st *stack, flags engineFlags, b *stackBroker) (*session, error) {
	s := &session{
		stack:     st,
		app:       a,
		broker:    b,
		progress:  report.NewProgress(a.stderr, a.noteStyle(), a.width),
		simulated: flags.simulate,
	}
	options := s.options(flags)
	s.backend = options.Backend
	err := s.refuseNamedBackend(flags)
	if err != nil {
		return nil, err
	}
	s.engine, err = deploy.Open(ctx, options)
	return s, err
}

// closeInto ends the session: see [stackBroker.closeInto].
func (s *session) closeInto(ctx context.Context, err *error) {
	s.progress.Clear()
	s.broker.closeInto(ctx, err)
}

// options says what package deploy has to know of the stack and of this process.
func (s *session) options(flags engineFlags) deploy.Options {
	o := s.app.engineOptions(flags, stateOf(s.Topology))
	o.Project, o.Stack = s.Project, s.Stack
	o.Target = s.target()
	o.Plugins = map[string]func() plugin.Provider{
		"nats": func() plugin.Provider { return nats.NewPlugin(s.broker.open) },
	}
	if flags.simulate || flags.offline {
		o.InProcess = true
		s.addStandIn(o.Plugins)
	}
	o.Stateful, o.Unconfirmed, o.Lasting = map[string]bool{}, map[string]string{}, map[string][]string{}
	o.Identity, o.Adopts = map[string][]string{}, map[string]deploy.Lookup{}
	for _, r := range s.provider.Resources() {
		o.Stateful[r.Token], o.Lasting[r.Token], o.Identity[r.Token] = r.Stateful, r.Lasting, r.Identity
		if r.Adopts != nil && !o.InProcess { // a stand-in sees no cloud
			o.Adopts[r.Token] = deploy.Lookup(*r.Adopts)
		}
		if r.Unconfirmed != "" {
			o.Unconfirmed[r.Token] = r.Unconfirmed
		}
	}
	o.Identify, o.Pretend = s.identify, s.pretenders()
	if !flags.offline {
		o.Messages = s.messages
	}
	o.Progress = s.progress.Step
	o.Warn = func(text string) { s.progress.Note(func() { s.app.warn(text) }) }
	o.Source = s.source
	return o
}

// state is where a stack's state is, as its spec says.
type state struct {
	dir     string
	backend string
	secrets string
}

func stateOf(t *spec.Topology) state {
	return state{filepath.Join(t.Dir, stateDir), t.State.Backend, t.State.Secrets}
}

// engineOptions are the options that do not depend on the stack. Of Pulumi's
// variables those are honoured that design.md names, and no others.
func (a *app) engineOptions(flags engineFlags, at state) deploy.Options {
	if flags.simulate {
		at = state{dir: filepath.Join(at.dir, simulatedDir)}
		return deploy.Options{Dir: at.dir, Abort: a.abort, Parallel: flags.parallel, LockTimeout: flags.lockTimeout, Warn: a.warn}
	}
	parallel := flags.parallel
	if parallel == 0 {
		// A variable that is no number is ignored, as Pulumi does.
		parallel, _ = strconv.Atoi(a.getenv("PULUMI_PARALLEL"))
	}
	o := deploy.Options{
		Dir:            at.dir,
		Backend:        cmp.Or(flags.backend, at.backend, a.getenv("PULUMI_BACKEND_URL")),
		Secrets:        at.secrets,
		Passphrase:     a.getenv("PULUMI_CONFIG_PASSPHRASE"),
		PassphraseFile: a.getenv("PULUMI_CONFIG_PASSPHRASE_FILE"),
		Abort:          a.abort,
		Parallel:       parallel,
		LockTimeout:    flags.lockTimeout,
		Warn:           a.warn,
	}
	if flags.offline {
		o.Undecrypted = standin.Undecrypted
	}
	return o
}

// target are the facts that say where a stack's resources are. On a server of the user's
// that is the account that owns the streams: URLs come and go with servers.
func (s *session) target() map[string]string {
	if s.Target.NATS != nil {
		return s.broker.target()
	}
	return cloudFacts(s.Target)
}

// cloudFacts are target's for a place that the spec itself says: of NATS it says no more than that.
func cloudFacts(t spec.Target) map[string]string {
	switch {
	case t.AWS != nil:
		return facts(spec.AWS, "account", t.AWS.Account, "region", t.AWS.Region)
	case t.GCP != nil:
		return facts(spec.GCP, "project", t.GCP.Project, "region", t.GCP.Region)
	case t.Azure != nil:
		return facts(spec.Azure, "subscription", t.Azure.Subscription, "location", t.Azure.Location)
	default:
		return facts(spec.NATS)
	}
}

// facts returns the cloud and what else is known of a place, as names and values; "" is not known.
func facts(cloud spec.Cloud, namesAndValues ...string) map[string]string {
	out := map[string]string{"cloud": string(cloud)}
	for pair := range slices.Chunk(namesAndValues, 2) {
		if pair[1] != "" {
			out[pair[0]] = pair[1]
		}
	}
	return out
}

func (b *stackBroker) target() map[string]string {
	n := b.topology.Target.NATS
	if n.Embedded() {
		return map[string]string{"cloud": string(spec.NATS), "broker": "embedded"}
	}
	access, _, err := b.load(n)
	if err != nil {
		// Whoever has no keys can preview, and nothing else: then this error comes up again.
		return nil
	}
	return map[string]string{"cloud": string(spec.NATS), "account": access.Account}
}

// messages counts what a resource holds that is about to be lost.
func (s *session) messages(ctx context.Context, c deploy.Change) (uint64, bool) {
	if s.Target.NATS == nil || s.Target.NATS.Embedded() && !broker.Exists(s.broker.dir()) {
		return 0, false
	}
	admin, err := s.broker.open(ctx)
	if err != nil {
		return 0, false
	}
	return nats.Messages(ctx, admin, c.Type, c.ID)
}

// program is what the engine runs for this stack.
func (s *session) program() deploy.Program { return s.provider.Program(s.Topology, s.grants) }
