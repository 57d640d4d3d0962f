package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Outputs is what an application needs to connect to a stack, and nothing else.
// Elements map names to properties such as "subject" or "arn".
type Outputs struct {
	FormatVersion string `json:"formatVersion"`
	// Simulated is set when none of this exists outside of a rehearsal.
	Simulated bool   `json:"simulated,omitempty"`
	Provider  string `json:"provider"`
	// URL and APIPrefix are set on NATS.
	URL           string                    `json:"url,omitempty"`
	APIPrefix     string                    `json:"apiPrefix,omitempty"`
	Topics        map[string]map[string]any `json:"topics"`
	Queues        map[string]map[string]any `json:"queues"`
	Subscriptions map[string]map[string]any `json:"subscriptions"`
	Services      map[string]map[string]any `json:"services"`
}

// NewOutputs reads the stack output "outputs", as every provider's program exports it.
func NewOutputs(provider string, exported map[string]any) Outputs {
	text := func(key string) string {
		s, _ := exported[key].(string)
		return s
	}
	return Outputs{
		FormatVersion: FormatVersion,
		Provider:      cmp.Or(text("provider"), provider),
		URL:           text("url"),
		APIPrefix:     text("apiPrefix"),
		Topics:        elements(exported["topics"]),
		Queues:        elements(exported["queues"]),
		Subscriptions: elements(exported["subscriptions"]),
		Services:      elements(exported["services"]),
	}
}

// elements reads a map of names to properties; what has another shape is left out.
func elements(v any) map[string]map[string]any {
	out := map[string]map[string]any{}
	named, _ := v.(map[string]any)
	for name, properties := range named {
		if properties, ok := properties.(map[string]any); ok {
			out[name] = properties
		}
	}
	return out
}

// kinds are the sections in which elements are listed.
func (o Outputs) kinds() []struct {
	name     string
	elements map[string]map[string]any
} {
	return []struct {
		name     string
		elements map[string]map[string]any
	}{
		{"topic", o.Topics},
		{"queue", o.Queues},
		{"subscription", o.Subscriptions},
		{"service", o.Services},
	}
}

// WriteText writes a table of addresses and what to connect with.
func (o Outputs) WriteText(w io.Writer) error {
	var rows [][]string
	for _, row := range [][]string{{"url", "", o.URL}, {"apiPrefix", "", o.APIPrefix}} {
		if row[2] != "" {
			rows = append(rows, row)
		}
	}
	for _, kind := range o.kinds() {
		for _, name := range slices.Sorted(maps.Keys(kind.elements)) {
			properties := kind.elements[name]
			for _, key := range slices.Sorted(maps.Keys(properties)) {
				rows = append(rows, []string{kind.name + "." + name, key, plainText(properties[key])})
			}
		}
	}
	_, err := io.WriteString(w, Table(rows))
	return err
}

// plainText writes a property for people and for variables: lists comma-separated.
func plainText(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = fmt.Sprint(item)
	}
	return strings.Join(items, ",")
}
