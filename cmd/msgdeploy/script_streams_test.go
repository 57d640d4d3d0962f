package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/msgdeploy/msgdeploy/broker"
)

// withBroker calls do with a connection to a stack's embedded broker, behind msgdeploy's back.
func withBroker(ts *testscript.TestScript, stack string, do func(context.Context, jetstream.JetStream) error) {
	ctx := context.Background()
	embedded, err := broker.Open(ctx, broker.EmbeddedOptions{Dir: ts.MkAbs(".msgdeploy/nats/" + stack), Kind: broker.Command})
	ts.Check(err)
	admin, err := broker.Dial(ctx, embedded.Access())
	ts.Check(err)
	err = do(ctx, admin.JetStream)
	admin.Close()
	ts.Check(errors.Join(err, embedded.Stop(ctx)))
}

// dropStreamCommand is `drop-stream STACK STREAM`: it deletes a stream of an embedded broker.
func dropStreamCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: drop-stream STACK STREAM")
	}
	withBroker(ts, args[0], func(ctx context.Context, js jetstream.JetStream) error { return js.DeleteStream(ctx, args[1]) })
}

// makeStreamCommand is `make-stream STACK STREAM KEY=JSON...`: it makes a stream that is nobody's.
func makeStreamCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: make-stream STACK STREAM KEY=JSON...")
	}
	withBroker(ts, args[0], func(ctx context.Context, js jetstream.JetStream) error {
		_, err := js.CreateStream(ctx, changed(ts, jetstream.StreamConfig{Name: args[1]}, args[2:]))
		return err
	})
}

// editStreamCommand is `edit-stream STACK STREAM KEY=JSON...`: it changes a stream's configuration.
func editStreamCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: edit-stream STACK STREAM KEY=JSON...")
	}
	withBroker(ts, args[0], func(ctx context.Context, js jetstream.JetStream) error {
		stream, err := js.Stream(ctx, args[1])
		if err != nil {
			return err
		}
		_, err = js.UpdateStream(ctx, changed(ts, stream.CachedInfo().Config, args[2:]))
		return err
	})
}

// changed returns a stream's configuration with some of its keys set, as JetStream's API calls them.
func changed(ts *testscript.TestScript, cfg jetstream.StreamConfig, settings []string) jetstream.StreamConfig {
	for _, s := range settings {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			ts.Fatalf("%q is no KEY=JSON", s)
		}
		ts.Check(json.Unmarshal([]byte(`{"`+key+`":`+value+`}`), &cfg))
	}
	return cfg
}
