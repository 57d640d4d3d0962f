package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
)

// receiptsOptions are those of complete and extend.
type receiptsOptions struct {
	serviceOptions
	receipts []string
}

func newCompleteCmd(a *app) *cobra.Command {
	return newReceiptsCmd(a, "complete", &cobra.Command{
		Short: "Complete messages that dequeue --lease has printed",
		Long: `Complete messages that dequeue --lease has printed: they are done, and leave the queue. A
receipt whose lease has expired is refused; the message is back in the queue by then.`,
		Example: "  msgdeploy complete RECEIPT",
	}, (*broker.Client).Complete, "completed")
}

func newExtendCmd(a *app) *cobra.Command {
	return newReceiptsCmd(a, "extend", &cobra.Command{
		Short: "Extend the leases of messages that dequeue --lease has printed",
		Long: `Extend the leases of messages that dequeue --lease has printed: each starts anew, and lasts
as long as the queue's lease. A receipt whose lease has expired is refused.`,
		Example: "  msgdeploy extend RECEIPT",
	}, (*broker.Client).Extend, "extended")
}

// newReceiptsCmd completes a command that does one thing with each receipt.
func newReceiptsCmd(a *app, name string, cmd *cobra.Command,
	do func(*broker.Client, context.Context, string) error, done string) *cobra.Command {
	var opts receiptsOptions
	cmd.Use = name + " RECEIPT..."
	cmd.Args = arguments(1, -1, "at least one receipt")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		opts.receipts = args
		return a.useReceipts(cmd.Context(), opts, do, done)
	}
	opts.bind(a, cmd)
	return cmd
}

func (a *app) useReceipts(ctx context.Context, opts receiptsOptions, do func(*broker.Client, context.Context, string) error, done string) (err error) {
	queue, _, err := parseReceipt(opts.receipts[0])
	if err != nil {
		return err
	}
	resource := permissions.Address("queue." + queue)
	s, err := a.openService(ctx, opts.serviceOptions, permissions.Dequeue, resource)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	for _, word := range opts.receipts {
		_, receipt, err := parseReceipt(word)
		if err != nil {
			return err
		}
		if err := do(s.client, ctx, receipt); err != nil {
			return s.explain(err, permissions.Dequeue, resource)
		}
	}
	a.notef("%s %s of queue %s as %s", done, count(len(opts.receipts), "message"), queue, s.service)
	return nil
}
