package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

func newPublishCmd(a *app) *cobra.Command {
	var opts sendOptions
	cmd := &cobra.Command{
		Use:   "publish TOPIC [MESSAGE...]",
		Short: "Publish messages on a topic, as a service",
		Long: `Publish messages on a topic, with the credentials of a service: the arguments, or each line
of stdin. On a topic whose format is cloudevents, what is no CloudEvent is wrapped in one.
What the broker refuses is shown as refused, and the exit code is 1.`,
		Example: `  msgdeploy publish order-placed '{"id": 1}' --attr kind=card
  msgdeploy publish order-placed --as web < orders.ndjson`,
		Args: arguments(1, -1, "a topic, and messages unless stdin has them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.element, opts.messages = args[0], args[1:]
			return a.publish(cmd.Context(), opts)
		},
	}
	opts.bind(a, cmd)
	completeFirst(cmd, func() []string { return a.names(opts.spec, topicNames) })
	return cmd
}

func (a *app) publish(ctx context.Context, opts sendOptions) (err error) {
	attributes, err := attributeMap(opts.attributes)
	if err != nil {
		return err
	}
	resource := permissions.TopicAddress(opts.element)
	s, err := a.openService(ctx, opts.serviceOptions, permissions.Publish, resource)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	to, err := subject(s.outputs.Topics, "topic", opts.element)
	if err != nil {
		return err
	}
	bodies, err := a.bodies(ctx, opts.messages)
	if err != nil {
		return err
	}
	messages := make([]broker.Message, 0, len(bodies))
	for _, body := range bodies {
		m := broker.Message{Data: body, Attributes: attributes, Key: opts.key}
		if topicFormat(s.Topology, opts.element) == spec.CloudEvents {
			if m.Data, m.ID, err = cloudEvent(s.Project, s.service, opts.element, body, attributes); err != nil {
				return err
			}
		}
		messages = append(messages, m)
	}
	if err := s.client.Publish(ctx, to, messages); err != nil {
		return s.explain(err, permissions.Publish, resource)
	}
	a.notef("published %s on topic %s as %s", count(len(messages), "message"), opts.element, s.service)
	return nil
}

func topicFormat(t *spec.Topology, name string) spec.Format {
	for _, topic := range t.Topics {
		if topic.Name == name {
			return topic.Format
		}
	}
	return spec.Raw
}
