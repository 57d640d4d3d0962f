package main

import (
	"bytes"
	"cmp"
	"context"
	"strings"

	"github.com/msgdeploy/msgdeploy/discover"
	"github.com/msgdeploy/msgdeploy/providers/nats"
)

// discover writes a spec of what an account holds: of a listing, or of the broker of the stack.
func (a *app) discover(ctx context.Context, opts importOptions, args []string) error {
	if opts.from != "" || len(args) > 0 {
		return usagef("--discover proposes a spec and imports nothing: it goes with neither --from nor an element")
	}
	var (
		l              *discover.Listing
		project, stack string
		err            error
	)
	if opts.listing == "" {
		l, project, stack, err = a.discoverBroker(ctx, opts)
	} else {
		project = strings.Trim(opts.discover, "-_.")
		project, stack = cmp.Or(project, "discovered"), cmp.Or(opts.spec.stack, "prod")
		l, err = a.readListing(ctx, opts.listing)
	}
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(l.Propose(project, stack, opts.discover))
	return err
}

func (a *app) readListing(ctx context.Context, file string) (*discover.Listing, error) {
	_, data, err := a.readInput(ctx, file, "the listing")
	if err != nil {
		return nil, err
	}
	return discover.Read(bytes.NewReader(data))
}

// discoverBroker asks the broker of a stack of the spec.
func (a *app) discoverBroker(ctx context.Context, opts importOptions) (_ *discover.Listing, project, stack string, err error) {
	s, err := a.openOperation(ctx, "import", opts.operationOptions)
	if err != nil {
		return nil, "", "", err
	}
	defer s.closeInto(ctx, &err)
	if s.Target.NATS == nil {
		return nil, "", "", usagef("nobody can list what %s holds without its own CLI: write its listings into a file, and name it with --listing", cloudTitle(s.Target.Cloud()))
	}
	admin, err := s.broker.open(ctx)
	if err != nil {
		return nil, "", "", err
	}
	found, err := nats.Discover(ctx, admin, opts.discover)
	if err != nil {
		return nil, "", "", err
	}
	l := &discover.Listing{}
	for _, f := range found {
		it := discover.Item{Kind: discover.Topic, Name: f.Name, ID: f.Name, Retention: f.Retention, Note: "its subjects are " + strings.Join(f.Subjects, ", ")}
		if f.Queue {
			it.Kind, it.Attempts = discover.Queue, -1
		}
		l.Items = append(l.Items, it)
	}
	return l, s.Project, s.Stack, nil
}
