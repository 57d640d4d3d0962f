package asyncapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// writeJSON writes a node as indented JSON, keys in their order.
func writeJSON(w io.Writer, n *yaml.Node) error {
	var compact, out bytes.Buffer
	if err := appendJSON(&compact, n); err != nil {
		return err
	}
	if err := json.Indent(&out, compact.Bytes(), "", "  "); err != nil {
		return fmt.Errorf("indent the document: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

func appendJSON(out *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode, yaml.SequenceNode:
		open, end := byte('['), byte(']')
		if n.Kind == yaml.MappingNode {
			open, end = '{', '}'
		}
		out.WriteByte(open)
		for i, item := range n.Content {
			switch {
			case i == 0:
			case n.Kind == yaml.MappingNode && i%2 == 1:
				out.WriteByte(':')
			default:
				out.WriteByte(',')
			}
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				item = text(item.Value, item)
			}
			if err := appendJSON(out, item); err != nil {
				return err
			}
		}
		out.WriteByte(end)
		return nil
	}
	var v any = n.Value
	if n.ShortTag() != strTag {
		if err := n.Decode(&v); err != nil {
			return fmt.Errorf("write %q as JSON: %w", clip(n.Value), err)
		}
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write %q as JSON: %w", clip(n.Value), err)
	}
	out.Truncate(out.Len() - 1) // Encode ends each value with a new line
	return nil
}
