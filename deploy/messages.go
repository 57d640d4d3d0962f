package deploy

import (
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// The severities of a [Message].
const (
	severityError   = "error"
	severityWarning = "warning"
	severityInfo    = "info"
)

// say takes in what the engine or a plugin has to say.
func (c *collector) say(p engine.DiagEventPayload) {
	if p.Ephemeral {
		return
	}
	text := clean(p.Message)
	var severity string
	switch p.Severity {
	case diag.Error:
		severity = severityError
	case diag.Warning:
		severity = severityWarning
	case diag.Info, diag.Infoerr:
		severity = severityInfo
	default:
		return
	}
	if text == "" || noise(text) {
		return
	}
	m := Message{Severity: severity, URN: string(p.URN), Text: text}
	if p.URN != "" {
		m.Element = c.element(p.URN)
	}
	if !c.said[m] {
		c.said[m] = true
		c.messages = append(c.messages, m)
	}
}

// noise reports whether a message repeats what others have said, or advises to use Pulumi's own commands.
func noise(text string) bool {
	switch text {
	case "update failed", "preview failed", "update canceled", "preview canceled":
		return true
	}
	return strings.HasPrefix(text, "Attempting to deploy or update resources with ")
}

// clean strips the engine's markup, and what it puts around the words of others.
func clean(text string) string {
	text = strings.TrimSpace(colors.Never.Colorize(text))
	for _, prefix := range []string{
		"BAIL: ", "Preview failed: ", "an unhandled error occurred: ", "program failed:", "pre-step event returned an error: ", "post-step event returned an error: ", "1 error occurred:\n\t* ",
	} {
		text = strings.TrimSpace(strings.TrimPrefix(text, prefix))
	}
	if _, reason, ok := strings.Cut(text, "' has a problem: "); ok {
		text = reason // before it stand the type and name, which the message has anyway
	}
	return text
}

// errors returns the messages that are errors.
func (c *collector) errors() []Message {
	var errs []Message
	for _, m := range c.messages {
		if m.Severity == severityError {
			errs = append(errs, m)
		}
	}
	return errs
}
