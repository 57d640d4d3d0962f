// Package report turns what the other packages found into what people and
// machines read: the changes of an operation, the outputs of a stack, the grants
// and the program of a topology. Every view is a function of its arguments
// alone: no clock, no terminal, no environment, and the same bytes whatever the
// order of a map.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// FormatVersion is the version of every JSON document that msgdeploy prints. A
// minor rise adds keys, a major one may break readers.
const FormatVersion = "1.0"

// WriteJSON writes v as one indented JSON document. Keys of structs keep their
// declared order, keys of maps are sorted.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// WriteYAML writes the same document as [WriteJSON] does, as YAML. It goes by way
// of JSON, so that keys, their order and the shape of numbers cannot drift apart.
func WriteYAML(w io.Writer, v any) error {
	var buf bytes.Buffer
	if err := WriteJSON(&buf, v); err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(buf.Bytes(), &doc); err != nil {
		return fmt.Errorf("turn JSON into YAML: %w", err)
	}
	restyle(&doc)
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return err
	}
	return enc.Close()
}

// restyle gives up JSON's brackets and quotes: the encoder quotes again what
// would otherwise read as another type.
func restyle(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		restyle(c)
	}
}
