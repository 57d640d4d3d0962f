package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// storedMessage is a message in a stream. The client library does not return one whose
// header it cannot read; such a message can be a dead letter like any other.
type storedMessage struct {
	sequence uint64
	stored   time.Time
	header   nats.Header
	data     []byte
}

// get returns a message of a stream, or nil if there is none.
func (r *Relay) get(ctx context.Context, stream string, sequence uint64) (*storedMessage, error) {
	return r.message(ctx, stream, server.JSApiMsgGetRequest{Seq: sequence})
}

// from returns the first message of a stream that is not below sequence, or nil.
func (r *Relay) from(ctx context.Context, stream string, sequence uint64) (*storedMessage, error) {
	return r.message(ctx, stream, server.JSApiMsgGetRequest{Seq: sequence, NextFor: ">"})
}

func (r *Relay) message(ctx context.Context, stream string, request server.JSApiMsgGetRequest) (*storedMessage, error) {
	var response server.JSApiMsgGetResponse
	if err := r.request(ctx, "STREAM.MSG.GET."+stream, request, &response); err != nil {
		return nil, err
	}
	err := response.ToError()
	if server.IsNatsErr(err, server.JSNoMessageFoundErr, server.JSStreamNotFoundErr) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("get message %d of %s: %w", request.Seq, stream, err)
	}
	m := response.Message
	stored := &storedMessage{sequence: m.Sequence, stored: m.Time, data: m.Data}
	if len(m.Header) > 0 {
		// What cannot be read is no attribute to anyone else either.
		stored.header, _ = nats.DecodeHeadersMsg(m.Header)
	}
	return stored, nil
}

// remove deletes a message of a stream; one that is not there needs no deleting.
func (r *Relay) remove(ctx context.Context, stream string, sequence uint64) error {
	var response server.JSApiMsgDeleteResponse
	if err := r.request(ctx, "STREAM.MSG.DELETE."+stream, server.JSApiMsgDeleteRequest{Seq: sequence, NoErase: true}, &response); err != nil {
		return err
	}
	if err := response.ToError(); err != nil {
		// The server has several answers for a message that is not there.
		if m, missing := r.get(ctx, stream, sequence); missing == nil && m == nil {
			return nil
		}
		return fmt.Errorf("delete message %d of %s: %w", sequence, stream, err)
	}
	return nil
}

// request asks the JetStream API.
func (r *Relay) request(ctx context.Context, subject string, request, response any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	m, err := r.js.Conn().RequestWithContext(ctx, jetstream.DefaultAPIPrefix+subject, body)
	if err != nil {
		return fmt.Errorf("ask %s: %w", subject, err)
	}
	if err := json.Unmarshal(m.Data, response); err != nil {
		return fmt.Errorf("answer of %s: %w", subject, err)
	}
	return nil
}
