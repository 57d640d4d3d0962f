package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/standin"
)

// importOptions are those of import.
type importOptions struct {
	operationOptions
	// from is a file of elements and ids, "-" stdin; "" is none.
	from string
	// discover is what the names begin with of what is to be proposed a spec of, and listing the file that says
	// what there is.
	discover string
	listing  string
}

func newImportCmd(a *app) *cobra.Command {
	var opts importOptions
	cmd := &cobra.Command{
		Use:   "import [ELEMENT ID]",
		Short: "Take what exists in the cloud under management",
		Long: `Take what exists in the cloud under management, without changing it there: the cloud is
only read, and the state has it from then on. What the next up would change is shown
first. An element is the one of the spec that the resource is going to be, such as
queue.jobs; the ID is the one that the cloud knows it by, as pulumi import takes it: the
URL of a queue of SQS, the ARN of a topic, the id of a resource of Azure,
projects/P/topics/T, the name of a stream.

An element may be several resources. The id is that of the first; the others are looked
for by the names that the spec gives them, and taken too where they are there. Name one
yourself as queue.jobs/RESOURCE, by its name, its kind, or KIND:NAME. With --from, a file
names many: a line for each, with the element, spaces and the id.

It is refused where the next up would replace the resource: then the spec and the cloud
disagree about what cannot be changed in place.

With --discover nothing is imported: a spec is proposed of what is there under names that
begin so, with the ids to import it by. --listing names a file with what aws sns
list-topics, aws sqs list-queues and get-queue-attributes, gcloud pubsub topics list
--format=json or az storage queue list have written, one after the other; without it, the
stack's NATS server is asked.`,
		Example: `  msgdeploy import topic.paid arn:aws:sns:eu-west-1:111122223333:shop-prod-paid -s prod
  msgdeploy import queue.jobs shop-local-jobs-queue -s local
  msgdeploy import --from ids.txt -s prod --yes
  msgdeploy import --discover shop- --listing listing.json > msgdeploy.yaml`,
		Args: arguments(0, 2, "an element and an id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("discover") || opts.listing != "" {
				return a.discover(cmd.Context(), opts, args)
			}
			return a.importElements(cmd.Context(), opts, args)
		},
	}
	opts.bind(a, cmd)
	opts.bindYes(cmd, "import without a question")
	cmd.Flags().StringVar(&opts.from, "from", "", "a file with an element and its id in each line; - reads it from stdin")
	cmd.Flags().StringVar(&opts.discover, "discover", "", "import nothing, and propose a spec of what is there whose names begin with this")
	cmd.Flags().StringVar(&opts.listing, "listing", "", "with --discover, a file with listings of the cloud's own CLI; - reads them from stdin")
	return cmd
}

func (a *app) importElements(ctx context.Context, opts importOptions, args []string) (err error) {
	ids, err := a.importIDs(ctx, opts.from, args)
	if err != nil {
		return err
	}
	s, err := a.openOperation(ctx, "import", opts.operationOptions)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	if err := s.refuseLocalStateInCI(); err != nil {
		return err
	}
	a.noteWarnings(s.stack, opts.output)
	return s.adopt(ctx, opts.operationOptions, ids)
}

// importIDs returns the ids to import, by what they are ids of.
func (a *app) importIDs(ctx context.Context, from string, args []string) (map[string]string, error) {
	switch {
	case from == "" && len(args) == 2:
		return map[string]string{args[0]: args[1]}, nil
	case from == "" || len(args) > 0:
		return nil, usagef("import needs an element and an id, or --from with a file of them\nSee msgdeploy import --help")
	}
	name, data, err := a.readInput(ctx, from, "what to import")
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 2 {
			return nil, usagef("%s:%d: a line has an element and an id, with spaces between them", name, n)
		}
		element := strings.TrimSuffix(words[0], ":")
		if other, twice := ids[element]; twice {
			return nil, usagef("%s:%d: %s has an id already: %s", name, n, element, other)
		}
		ids[element] = words[1]
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(ids) == 0 {
		return nil, usagef("%s names nothing to import", name)
	}
	return ids, nil
}

// adopt takes resources under management, once what follows from that was shown and agreed to.
func (s *session) adopt(ctx context.Context, opts operationOptions, ids map[string]string) error {
	g := guard{app: s.app, session: s, verb: "import", opts: opts}
	taken, err := s.engine.Adopt(ctx, s.program(), ids, func(found *deploy.Adopted) error {
		s.progress.Clear()
		if opts.output == "text" || s.app.asks {
			s.noteAdopted(found)
			if err := s.view("import", true, found.Next).WriteText(s.app.stderr, s.app.noteStyle()); err != nil {
				return err
			}
		}
		return g.confirm(ctx)
	})
	if err != nil {
		return err
	}
	if opts.output == "text" {
		_, err := fmt.Fprintf(s.app.stdout, "%s/%s: %s imported; the cloud was not changed\n", s.Project, s.Stack, count(len(taken.Taken), "resource"))
		return err
	}
	r := *taken.Next
	r.Diagnostics = slices.Clone(r.Diagnostics)
	for _, t := range taken.Taken {
		r.Diagnostics = append(r.Diagnostics, deploy.Message{
			Severity: "info", Element: t.Element, URN: t.URN, Text: fmt.Sprintf("imported: %s %s", t.Type, t.ID),
		})
	}
	return s.app.writeOperation(s.view("import", true, &r), opts.output)
}

// noteAdopted lists what would be imported.
func (s *session) noteAdopted(found *deploy.Adopted) {
	for _, r := range found.Taken {
		s.app.notef("=   %s: %s %s", r.Element, r.Type, r.ID)
	}
	for _, r := range found.Absent {
		s.app.notef("    %s: %s %s", r.Element, r.Type, cmp.Or(r.ID, "(its id is not known, name it to import it)")+" is not imported")
	}
	s.app.notef("\nThe next up:")
}

// pretenders are the stand-ins of an import: for all that is not imported.
func (s *session) pretenders() map[string]func() plugin.Provider {
	out := map[string]func() plugin.Provider{
		"nats": func() plugin.Provider { return standin.Pretend(nats.NewPlugin(noBroker)) },
	}
	if tables, ok := s.app.clouds[s.Target.Cloud()]; ok {
		p := tables()
		out[p.Name] = func() plugin.Provider {
			return standin.New(p, standin.Options{
				// What it is asked to make is there, or is going to be: it does not matter here.
				Exists: func(string) bool { return true },
				Facts:  s.target(),
			})
		}
	}
	return out
}

// offerImport adds to the error of an up, where a cloud has said that something exists already, how it can be
// taken over.
func (s *session) offerImport(err error) {
	var failed *deploy.OperationError
	if !errors.As(err, &failed) {
		return
	}
	taken := map[string]bool{}
	occupied := map[string]bool{}
	for _, o := range failed.Occupied {
		occupied[o.Element] = true
		s.app.notef("%s exists already in the cloud, and not in the state of stack %s. To take it over as it is, run\n\n    msgdeploy import %s %s -s %s\n\nelse give the element another `name`.",
			o.What, s.Stack, o.What, o.ID, s.Stack)
	}
	for _, m := range failed.Messages {
		if m.Element != "" && !occupied[m.Element] && s.exists(m.Text) {
			taken[m.Element] = true
		}
	}
	for _, element := range slices.Sorted(maps.Keys(taken)) {
		s.app.notef("%s exists already in the cloud, and not in the state of stack %s. To take it over as it is, run\n\n    msgdeploy import %s ID -s %s\n\nwith the id that the cloud knows it by; else give the element another `name`.",
			element, s.Stack, element, s.Stack)
	}
}

// exists reports whether the stack's cloud says in a message that what was to be made is there.
func (s *session) exists(message string) bool {
	r, ok := s.provider.(providers.Recognizer)
	return ok && r.Exists(message)
}
