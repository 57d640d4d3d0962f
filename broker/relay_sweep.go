package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// How queues are swept.
const (
	sweepPause = 5 * time.Second
	// sweepShare bounds the load: the pause is at least so many times as long as the sweep.
	sweepShare = 20
	// sweepBatch is how many messages of one queue are looked at in one sweep.
	sweepBatch = 256
)

// sweep finds the dead letters that no advisory tells of. There are two kinds.
//
// The server looks at a message's attempts when it is about to deliver it again (consumer.go,
// getNextMsg; hasMaxDeliveries, which runs when a lease expires, counts one less and only
// catches a limit of 1). So while nobody dequeues, nothing is told: then the sweep makes it
// look, with a request too small for any message to fit in.
//
// And an advisory is a message that nobody acknowledges: the server can die between having
// moved its acknowledgement floor and having stored the advisory. Such a message is below
// the floor, still in the stream, and would lie there until its retention ends.
type sweep struct {
	relay  *Relay
	queues map[string]DeadLetterQueue
	// suspects are the messages that the last sweep found below the floor. An
	// acknowledgement moves the floor before it deletes the message, so a message has to
	// be found twice.
	suspects map[string]map[uint64]bool
}

// run sweeps until ctx is done.
func (s *sweep) run(ctx context.Context) {
	s.suspects = make(map[string]map[uint64]bool)
	names := slices.Sorted(maps.Keys(s.queues))
	for {
		began := time.Now()
		for _, stream := range names {
			if ctx.Err() != nil {
				return
			}
			if err := s.queue(ctx, stream, s.queues[stream]); err != nil {
				s.relay.log.Debug("sweep", "stream", stream, "error", err)
			}
		}
		if !sleep(ctx, max(s.relay.pace, sweepShare*time.Since(began))) {
			return
		}
	}
}

// queue sweeps one queue.
func (s *sweep) queue(ctx context.Context, name string, queue DeadLetterQueue) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	suspects := s.suspects[name]
	delete(s.suspects, name)

	// The stream before the consumer, so that its first message is never above the floor
	// for having been delivered in between.
	stream, err := s.relay.js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("open stream: %w", err)
	}
	state := stream.CachedInfo().State
	if state.Msgs == 0 {
		return nil
	}
	consumer, err := stream.Consumer(ctx, queue.Consumer)
	if err != nil {
		return fmt.Errorf("look up consumer: %w", err)
	}
	info := consumer.CachedInfo()
	if info.NumRedelivered > 0 {
		if err := s.nudge(name, queue.Consumer); err != nil {
			return fmt.Errorf("nudge consumer: %w", err)
		}
	}

	floor := info.AckFloor.Stream
	if info.NumAckPending == 0 {
		floor = info.Delivered.Stream
	}
	below, err := s.relay.upTo(ctx, name, state.FirstSeq, floor)
	if err != nil {
		return err
	}
	remaining := make(map[uint64]bool)
	for _, sequence := range below {
		if !suspects[sequence] {
			remaining[sequence] = true
			continue
		}
		if err := s.relay.bury(ctx, queue, exhausted{stream: name, sequence: sequence}); err != nil {
			return err
		}
	}
	if len(remaining) > 0 {
		s.suspects[name] = remaining
	}
	return nil
}

// upTo returns the first messages of a stream that are not above floor.
func (r *Relay) upTo(ctx context.Context, stream string, first, floor uint64) ([]uint64, error) {
	var sequences []uint64
	for next := first; next <= floor && len(sequences) < sweepBatch; {
		m, err := r.from(ctx, stream, next)
		if err != nil {
			return nil, err
		}
		if m == nil || m.sequence > floor {
			break
		}
		sequences = append(sequences, m.sequence)
		next = m.sequence + 1
	}
	return sequences, nil
}

// nudge makes the server look at what the consumer has to deliver again. No message is as
// small as a byte, its subject counts: none is delivered, none is charged an attempt.
// Nobody listens for the answer, and so a request that the server cannot look at yet, an
// ordered queue's while a message is leased, leaves the line before those of services.
func (s *sweep) nudge(stream, consumer string) error {
	request, err := json.Marshal(pullRequest{Batch: 1, Expires: time.Second, MaxBytes: 1})
	if err != nil {
		return err
	}
	conn := s.relay.js.Conn()
	return conn.PublishRequest(nextSubject(stream, consumer), conn.NewInbox(), request)
}
