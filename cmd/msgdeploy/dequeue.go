package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report"
)

// maxDequeue bounds -n: more messages than that are several calls.
const maxDequeue = 1000

type dequeueOptions struct {
	serviceOptions
	queue  string
	n      int
	wait   time.Duration
	lease  bool
	output string
}

func newDequeueCmd(a *app) *cobra.Command {
	var opts dequeueOptions
	cmd := &cobra.Command{
		Use:   "dequeue QUEUE",
		Short: "Take messages from a queue, as a service",
		Long: `Take messages from a queue, or from its dead letters (QUEUE.deadLetter), with the
credentials of a service. Each message is printed on a line of its own and then completed.
With --lease it is not: its receipt is printed in front of it, for complete and extend, and
when the lease expires the message is back in the queue.`,
		Example: `  msgdeploy dequeue transactions -n 10
  msgdeploy dequeue transactions --lease
  msgdeploy dequeue transactions.deadLetter -o json`,
		Args: arguments(1, 1, "one queue"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.queue = args[0]
			return a.dequeue(cmd.Context(), opts)
		},
	}
	opts.bind(a, cmd)
	completeFirst(cmd, func() []string { return a.names(opts.spec, dequeueNames) })
	cmd.Flags().IntVarP(&opts.n, "number", "n", 10, "how many messages at most")
	cmd.Flags().DurationVar(&opts.wait, "wait", 5*time.Second, "how long to wait for a first message")
	cmd.Flags().BoolVar(&opts.lease, "lease", false, "print receipts, and complete nothing")
	bindOutput(cmd, &opts.output, "text", "json")
	return cmd
}

// messageDocument is a dequeued message. DataBase64 stands in for Data where the bytes are no text.
type messageDocument struct {
	Receipt    string            `json:"receipt,omitempty"`
	Attempt    int               `json:"attempt"`
	Key        string            `json:"key,omitempty"`
	Attributes map[string]string `json:"attributes"`
	Data       *string           `json:"data,omitempty"`
	DataBase64 string            `json:"dataBase64,omitempty"`
}

func (a *app) dequeue(ctx context.Context, opts dequeueOptions) (err error) {
	if opts.n < 1 || opts.n > maxDequeue {
		return usagef("--number takes 1 to %d, not %d", maxDequeue, opts.n)
	}
	if opts.wait < 0 {
		return usagef("--wait takes a duration such as 5s, not %s", opts.wait)
	}
	resource := permissions.Address("queue." + opts.queue)
	s, err := a.openService(ctx, opts.serviceOptions, permissions.Dequeue, resource)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	stream, consumer, err := s.source(resource)
	if err != nil {
		return err
	}
	leased, err := s.client.Dequeue(ctx, stream, consumer, opts.n, opts.wait)
	if err != nil {
		return s.explain(err, permissions.Dequeue, resource)
	}
	if len(leased) == 0 {
		a.notef("%s has no message to give", resource)
	}
	if opts.output == "json" {
		return a.printLeased(ctx, s, opts, leased)
	}
	for _, m := range leased {
		receipt := ""
		if opts.lease {
			receipt = receiptOf(opts.queue, m.Receipt) + "\t"
		}
		if _, err := fmt.Fprintf(a.stdout, "%s%s\n", receipt, m.Data); err != nil {
			return err
		}
		if err := s.complete(ctx, opts, m); err != nil {
			return err
		}
	}
	return nil
}

// printLeased prints all messages as one document and only then completes them.
func (a *app) printLeased(ctx context.Context, s *serviceSession, opts dequeueOptions, leased []broker.Leased) error {
	doc := struct {
		FormatVersion string            `json:"formatVersion"`
		Simulated     bool              `json:"simulated,omitempty"`
		Queue         string            `json:"queue"`
		Messages      []messageDocument `json:"messages"`
	}{report.FormatVersion, s.simulated, opts.queue, make([]messageDocument, 0, len(leased))}
	for _, m := range leased {
		out := messageDocument{Attempt: m.Attempt, Key: m.Key, Attributes: m.Attributes}
		if out.Attributes == nil {
			out.Attributes = map[string]string{}
		}
		if opts.lease {
			out.Receipt = receiptOf(opts.queue, m.Receipt)
		}
		if text := string(m.Data); utf8.ValidString(text) {
			out.Data = &text
		} else {
			out.DataBase64 = base64.StdEncoding.EncodeToString(m.Data)
		}
		doc.Messages = append(doc.Messages, out)
	}
	if err := report.WriteJSON(a.stdout, doc); err != nil {
		return err
	}
	for _, m := range leased {
		if err := s.complete(ctx, opts, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *serviceSession) complete(ctx context.Context, opts dequeueOptions, m broker.Leased) error {
	if opts.lease {
		return nil
	}
	// What was printed is completed even if the user has asked to stop meanwhile.
	if err := s.client.Complete(context.WithoutCancel(ctx), m.Receipt); err != nil {
		return fmt.Errorf("complete a message that was printed: %w", err)
	}
	return nil
}

// source returns the stream and the consumer of a queue, or of its dead letters.
func (s *serviceSession) source(resource permissions.Address) (stream, consumer string, err error) {
	_, name := resource.Split()
	if _, err := subject(s.outputs.Queues, "queue", name); err != nil {
		return "", "", err
	}
	queue := s.outputs.Queues[name]
	key := "stream"
	if _, deadLetters := resource.Owner(); deadLetters {
		key = "deadLetterStream"
	}
	stream, _ = queue[key].(string)
	consumer, _ = queue["consumer"].(string)
	if stream == "" {
		return "", "", usagef("queue %s has no dead letters", name)
	}
	return stream, consumer, nil
}

// A receipt on the command line names its queue, so that complete and extend know
// whose credentials to use.
func receiptOf(queue, receipt string) string { return queue + ":" + receipt }

func parseReceipt(word string) (queue, receipt string, err error) {
	queue, receipt, ok := strings.Cut(word, ":")
	if !ok || queue == "" || receipt == "" {
		return "", "", usagef("%q is no receipt: `msgdeploy dequeue QUEUE --lease` prints them", word)
	}
	return queue, receipt, nil
}
