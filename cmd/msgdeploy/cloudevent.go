package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// extensionName is what CloudEvents allows as the name of an extension attribute.
var extensionName = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

// contextAttributes are the names that CloudEvents 1.0 defines itself
// (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md).
var contextAttributes = map[string]bool{
	"id": true, "source": true, "specversion": true, "type": true,
	"datacontenttype": true, "dataschema": true, "subject": true, "time": true,
	"data": true,
}

// cloudEvent returns body as it is if it is a structured CloudEvents 1.0 JSON, and else
// one that has body as its data, and the event's id. Attributes become extensions, so
// that a filter finds them in the event as well as beside it.
func cloudEvent(project, service, topic string, body []byte, attributes map[string]string) (event []byte, id string, err error) {
	if id, ok := eventID(body); ok {
		return body, id, nil
	}
	if id, err = newID(); err != nil {
		return nil, "", err
	}
	fields := map[string]any{}
	for name, value := range attributes {
		if extensionName.MatchString(name) && (!contextAttributes[name] || name == "subject") {
			fields[name] = value
		}
	}
	fields["specversion"] = "1.0"
	fields["id"] = id
	fields["source"] = "/" + project + "/" + service
	fields["type"] = project + "." + topic
	switch {
	case json.Valid(body):
		fields["datacontenttype"], fields["data"] = "application/json", json.RawMessage(body)
	case utf8.Valid(body):
		fields["datacontenttype"], fields["data"] = "text/plain", string(body)
	default:
		fields["datacontenttype"], fields["data_base64"] = "application/octet-stream", body
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return nil, "", fmt.Errorf("make a CloudEvent: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), id, nil
}

// eventID returns the id of a structured CloudEvents 1.0 JSON; ok is false for anything else.
func eventID(body []byte) (id string, ok bool) {
	var event struct {
		SpecVersion string `json:"specversion"`
		ID          string `json:"id"`
		Source      string `json:"source"`
		Type        string `json:"type"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return "", false
	}
	return event.ID, event.SpecVersion == "1.0" && event.ID != "" && event.Source != "" && event.Type != ""
}

// newID returns 128 random bits.
func newID() (string, error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return hex.EncodeToString(id[:]), nil
}
