package gcp

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxFilter is the longest filter of a subscription, in bytes.
// Source: pulumi-gcp v7.38.0, pubsub.SubscriptionArgs.Filter.
const maxFilter = 256

// filter writes a subscription's filter in Pub/Sub's language: any of the values of an
// attribute, for every attribute. Keys and values are sorted, so that another order in the
// spec is not another filter, which would replace the subscription; "" is no filter. A
// string literal takes the escapes that Go's have.
// Source: https://cloud.google.com/pubsub/docs/subscription-message-filter
func filter(f map[string][]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(f)) {
		var anyOf []string
		for _, value := range slices.Compact(slices.Sorted(slices.Values(f[key]))) {
			anyOf = append(anyOf, "attributes."+key+" = "+strconv.Quote(value))
		}
		term := strings.Join(anyOf, " OR ")
		// AND and OR cannot be mixed without parentheses.
		if len(anyOf) > 1 && len(f) > 1 {
			term = "(" + term + ")"
		}
		all = append(all, term)
	}
	return strings.Join(all, " AND ")
}
