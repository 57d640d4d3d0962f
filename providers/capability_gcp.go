package providers

// googleCells is Google Cloud's column of the capability table.
func googleCells() map[Feature]Cell {
	return map[Feature]Cell{
		FilterToQueue:          {Support: Native},
		PushToEndpoint:         {Support: Native},
		PushToFunction:         {Support: Native},
		NativeEnvelope:         {Support: Native},
		OrderedQueue:           {Support: Native},
		DeadLetterOfQueue:      {Support: Native},
		DeadLetterOfSubscriber: {Support: Native},
		Existing:               {Support: Native},
		UnorderedToOrdered:     {Different, "The queue keeps the order of messages that were published with an ordering key; publishers of an unordered topic give none."},
		// https://cloud.google.com/pubsub/docs/ordering
		OrderedTopic: {Different, "Pub/Sub keeps the order of a key's messages that are published in one region: " +
			"publishers use that region's endpoint, such as europe-west1-pubsub.googleapis.com:443, and an ordering key."},
		TopicToQueue: {Different, "Pub/Sub has no queue: each topic that feeds one is a pull subscription of its own beside the queue's. " +
			"Whoever dequeues receives from all that `msgdeploy outputs` lists, and must be told when one is added."},
		Delay:          {Refused, "Pub/Sub delivers at once. Set `delay: 0s` in this stack's `patch`, or let the consumer wait."},
		DeadLetterBlob: {Refused, "Only Event Grid puts dead letters into blobs. Leave out `blob`: they go to a topic with a subscription of its own."},
	}
}
