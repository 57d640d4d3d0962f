package providers

// amazonCells is AWS's column of the capability table. Sources: the SNS developer guide
// ("Amazon SNS raw message delivery", "Message delivery for FIFO topics", "Amazon SNS
// message delivery retries") and the SQS developer guide.
func amazonCells() map[Feature]Cell {
	return map[Feature]Cell{
		FilterToQueue:          {Support: Native},
		PushToEndpoint:         {Support: Native},
		PushToFunction:         {Support: Native},
		NativeEnvelope:         {Support: Native},
		OrderedTopic:           {Support: Native},
		OrderedQueue:           {Support: Native},
		TopicToQueue:           {Support: Native},
		Delay:                  {Support: Native},
		DeadLetterOfQueue:      {Support: Native},
		DeadLetterOfSubscriber: {Support: Native},
		Existing:               {Support: Native},
		PlainToEndpoint: {Different, "SNS neither signs what it delivers as it was published, nor sends attributes along: the endpoint cannot tell who sends. " +
			"With `deliver: native` it gets SNS's own envelope, signed with SHA-256."},
		PlainToFunction: {Different, "Lambda gets SNS's own event, in which the published bytes are the `Message`. " +
			"Say `deliver: native` to have that said in the spec."},
		RetryToFunction: {Different, "SNS retries towards Lambda on a schedule of its own, for 23 days: `retry` has no effect."},
		OrderedToService: {Refused, "A FIFO topic of SNS reaches queues only. Subscribe a queue that the service dequeues, " +
			"or set `ordered: false` for the topic in this stack's `patch`."},
		UnorderedToOrdered: {Refused, "A standard topic of SNS does not feed a FIFO queue. " +
			"Make both `ordered` or neither, in this stack's `patch` if others are to stay."},
		DeadLetterBlob: {Refused, "Only Event Grid puts dead letters into blobs. Leave out `blob`: they go to a dead-letter queue."},
	}
}
