package nats

import "github.com/msgdeploy/msgdeploy/providers"

// besideTheElement ends the names of what goes along with an element: its dead letters, and
// what is not due yet.
func besideTheElement() []string { return []string{deadLetterSuffix, delaySuffix} }

// streamWords, consumerWords and subscriptionWords are what properties are called in a
// spec. Most are its own words already: see streamArgs and consumerArgs.
func streamWords() []providers.Word {
	return []providers.Word{
		{Of: "topic", Path: "maxAge", Key: "nats.retention"},
		{Of: "topic", Path: "maxBytes", Key: "nats.maxBytes", Unit: providers.Bytes},
		{Of: "topic", Path: "description", Key: "description"},
		{Of: "topic", Path: "labels.*", Key: "labels.*"},
		{Of: "queue", Path: "maxAge", Key: "retention"},
		{Of: "queue", Path: "maxBytes", Key: "nats.maxBytes", Unit: providers.Bytes},
		{Of: "queue", Path: "description", Key: "description"},
		{Of: "queue", Path: "labels.*", Key: "labels.*"},
	}
}

func consumerWords() []providers.Word {
	return []providers.Word{
		{Of: "queue", Path: "ackWait", Key: "lease"},
		{Of: "queue", Path: "maxDeliver", Key: "deadLetter.maxAttempts", Unit: providers.Bounded},
		{Of: "queue", Path: "maxAckPending", Key: "ordered", Unit: providers.OneAtOnce},
		{Of: "queue", Path: "labels.*", Key: "labels.*"},
	}
}

func subscriptionWords() []providers.Word {
	return []providers.Word{
		{Of: "subscription", Path: "relay.filter.*", Key: "filter.*"},
		{Of: "subscription", Path: "relay.maxAttempts", Key: "retry.maxAttempts"},
		{Of: "subscription", Path: "relay.minBackoff", Key: "retry.minBackoff"},
		{Of: "subscription", Path: "relay.maxBackoff", Key: "retry.maxBackoff"},
		{Of: "subscription", Path: "description", Key: "description"},
		{Of: "subscription", Path: "labels.*", Key: "labels.*"},
	}
}
