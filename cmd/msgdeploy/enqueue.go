package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
)

func newEnqueueCmd(a *app) *cobra.Command {
	var opts sendOptions
	cmd := &cobra.Command{
		Use:   "enqueue QUEUE [MESSAGE...]",
		Short: "Put messages into a queue, as a service",
		Long: `Put messages into a queue, with the credentials of a service: the arguments, or each line
of stdin; several are sent as a batch. What the broker refuses is shown as refused, and
the exit code is 1.`,
		Example: `  msgdeploy enqueue transactions '{"amount": 12}' '{"amount": 7}'
  msgdeploy enqueue transactions --as worker < transactions.ndjson`,
		Args: arguments(1, -1, "a queue, and messages unless stdin has them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.element, opts.messages = args[0], args[1:]
			return a.enqueue(cmd.Context(), opts)
		},
	}
	opts.bind(a, cmd)
	completeFirst(cmd, func() []string { return a.names(opts.spec, queueNames) })
	return cmd
}

func (a *app) enqueue(ctx context.Context, opts sendOptions) (err error) {
	attributes, err := attributeMap(opts.attributes)
	if err != nil {
		return err
	}
	resource := permissions.QueueAddress(opts.element)
	s, err := a.openService(ctx, opts.serviceOptions, permissions.Enqueue, resource)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	to, err := subject(s.outputs.Queues, "queue", opts.element)
	if err != nil {
		return err
	}
	bodies, err := a.bodies(ctx, opts.messages)
	if err != nil {
		return err
	}
	messages := make([]broker.Message, 0, len(bodies))
	for _, body := range bodies {
		messages = append(messages, broker.Message{Data: body, Attributes: attributes, Key: opts.key})
	}
	if err := s.client.Enqueue(ctx, to, messages); err != nil {
		return s.explain(err, permissions.Enqueue, resource)
	}
	a.notef("enqueued %s in queue %s as %s", count(len(messages), "message"), opts.element, s.service)
	return nil
}

// count says "1 message" or "3 messages".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
