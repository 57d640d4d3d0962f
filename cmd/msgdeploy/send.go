package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/diag"
)

// sendOptions are those of publish and enqueue.
type sendOptions struct {
	serviceOptions
	element  string
	messages []string
	// attributes are key=value words.
	attributes []string
	key        string
}

func (o *sendOptions) bind(a *app, cmd *cobra.Command) {
	o.serviceOptions.bind(a, cmd)
	cmd.Flags().StringArrayVar(&o.attributes, "attr", nil, "an attribute of each message, key=value; may be repeated")
	cmd.Flags().StringVar(&o.key, "key", "", "the key whose messages keep their order")
}

// bodies are the messages of the command line, or the lines of stdin where it has none.
func (a *app) bodies(ctx context.Context, messages []string) ([][]byte, error) {
	var bodies [][]byte
	for _, m := range messages {
		bodies = append(bodies, []byte(m))
	}
	if len(messages) > 0 {
		return bodies, nil
	}
	bodies, err := interruptible(ctx, a.lines)
	if err == nil && len(bodies) == 0 {
		err = usagef("there are no messages: give them as arguments, or as lines of stdin")
	}
	return bodies, err
}

// lines are those of stdin, without their ends.
func (a *app) lines() ([][]byte, error) {
	var lines [][]byte
	for {
		line, err := a.stdin.ReadBytes('\n')
		if len(line) > 0 {
			lines = append(lines, trimEnd(line))
		}
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read messages from stdin: %w", err)
		}
	}
}

// trimEnd removes the end of a line: \n or \r\n.
func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// attributeMap reads key=value words.
func attributeMap(words []string) (map[string]string, error) {
	attributes := map[string]string{}
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok || key == "" {
			return nil, usagef("--attr takes key=value, not %q", word)
		}
		if _, twice := attributes[key]; twice {
			return nil, usagef("--attr gives %s twice", key)
		}
		attributes[key] = value
	}
	return attributes, nil
}

// subject returns where an element of the deployed stack takes messages.
func subject(elements map[string]map[string]any, kind, name string) (string, error) {
	if s, ok := elements[name]["subject"].(string); ok {
		return s, nil
	}
	var names []string
	for n := range elements {
		names = append(names, n)
	}
	near, _ := diag.Nearest(name, names)
	if len(near) == 0 {
		return "", usagef("the deployed stack has no %s %s", kind, name)
	}
	return "", usagef("the deployed stack has no %s %s; did you mean %s?", kind, name, diag.OrList(near))
}
