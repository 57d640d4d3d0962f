package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report"
)

// serviceOptions are those of the commands that do what a service may do, with the
// very credentials of that service.
type serviceOptions struct {
	spec   specFlags
	engine engineFlags
	as     string
}

func (o *serviceOptions) bind(a *app, cmd *cobra.Command) {
	o.spec.bind(a, cmd)
	o.engine.bindBackend(cmd)
	o.engine.bindSimulate(cmd)
	cmd.Flags().StringVar(&o.as, "as", "", "the service whose credentials are used; may be left out when one has the permission")
	completeFlag(cmd, "as", func() []string { return a.names(o.spec, serviceNames) })
}

// serviceSession is a session connected to the broker as a service.
type serviceSession struct {
	*session
	service string
	outputs report.Outputs
	client  *broker.Client
}

// openService connects as the service that is asked for, or else as the only one that
// may use the verb on the resource. Whether it really may, the broker decides.
func (a *app) openService(ctx context.Context, opts serviceOptions, verb permissions.Verb, resource permissions.Address) (*serviceSession, error) {
	base, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return nil, err
	}
	if base.Target.NATS == nil {
		return nil, usagef("stack %s is on %s: publish and receive there with its own tools; msgdeploy does it on NATS", base.Stack, cloudTitle(base.Target.Cloud()))
	}
	s := &serviceSession{session: base, service: opts.as}
	if s.outputs, err = base.deployed(ctx); err != nil {
		return nil, err
	}
	if s.service == "" {
		if s.service, err = onlyHolder(base.grants, verb, resource); err != nil {
			return nil, err
		}
	}
	if err := s.connect(ctx); err != nil {
		s.closeInto(ctx, &err)
		return nil, err
	}
	return s, nil
}

func (s *serviceSession) connect(ctx context.Context) error {
	properties, ok := s.outputs.Services[s.service]
	if !ok {
		return usagef("stack %s has no service %s with permissions", s.Stack, s.service)
	}
	credentials, err := os.ReadFile(s.credentialsFile(s.service))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the credentials of service %s are not on this machine: `msgdeploy up --stack %s` writes them", s.service, s.Stack)
	}
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	url, err := s.broker.url(ctx)
	if err != nil {
		return err
	}
	inboxPrefix, _ := properties["inboxPrefix"].(string)
	s.client, err = broker.DialService(ctx, url, credentials, s.outputs.APIPrefix, inboxPrefix)
	return err
}

// closeInto ends the connection, and then the session.
func (s *serviceSession) closeInto(ctx context.Context, err *error) {
	if s.client != nil {
		s.client.Close()
	}
	s.session.closeInto(ctx, err)
}

// explain adds to a refusal of the broker who was refused what, and what the spec says.
func (s *serviceSession) explain(err error, verb permissions.Verb, resource permissions.Address) error {
	if !errors.Is(err, broker.ErrRefused) {
		return err
	}
	granted := permissions.Grant{Principal: permissions.ServiceAddress(s.service), Verb: verb, Resource: resource}
	for _, g := range s.grants {
		if g.Principal == granted.Principal && g.String() == granted.String() {
			return fmt.Errorf("%w; the spec allows it: `msgdeploy up --stack %s` makes it so", err, s.Stack)
		}
	}
	return fmt.Errorf("the broker refused: service %s may not %s: %w", s.service, granted, err)
}

// onlyHolder returns the service that may use the verb on the resource, if it is one.
func onlyHolder(grants []permissions.Grant, verb permissions.Verb, resource permissions.Address) (string, error) {
	var holders []string
	for _, g := range grants {
		if kind, name := g.Principal.Split(); kind == "service" && g.Verb == verb && (resource == "" || g.Resource == resource) {
			holders = append(holders, name)
		}
	}
	slices.Sort(holders)
	holders = slices.Compact(holders)
	what := strings.TrimSpace(string(verb) + " " + string(resource))
	switch len(holders) {
	case 1:
		return holders[0], nil
	case 0:
		return "", usagef("no service may %s; to try it and be refused, name one with --as", what)
	default:
		return "", usagef("several services may %s: choose one with --as: %s", what, diag.OrList(holders))
	}
}
