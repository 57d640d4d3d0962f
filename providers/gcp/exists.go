package gcp

import "strings"

// Exists recognizes ALREADY_EXISTS, which is 409 over HTTP
// (https://cloud.google.com/pubsub/docs/reference/error-codes). 409 alone is also what an operation gets
// that meets another one.
func (*Provider) Exists(message string) bool {
	return strings.Contains(message, "Error 409") && strings.Contains(strings.ToLower(message), "already exist")
}
