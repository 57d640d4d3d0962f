package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCloudEvent(t *testing.T) {
	t.Parallel()
	attributes := map[string]string{"kind": "card", "Trace-Id": "7", "id": "mine", "subject": "o/1"}
	tests := map[string]struct {
		body string
		want map[string]any
	}{
		"JSON":    {`{"n":1}`, map[string]any{"datacontenttype": "application/json", "data": map[string]any{"n": 1.0}}},
		"text":    {`<a & b>`, map[string]any{"datacontenttype": "text/plain", "data": "<a & b>"}},
		"nothing": {``, map[string]any{"datacontenttype": "text/plain", "data": ""}},
		"bytes":   {"\xff", map[string]any{"datacontenttype": "application/octet-stream", "data_base64": "/w=="}},
		"half a CloudEvent": {
			`{"specversion":"1.0","id":"1"}`,
			map[string]any{"datacontenttype": "application/json", "data": map[string]any{"specversion": "1.0", "id": "1"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event, id, err := cloudEvent("shop", "web", "order-placed", []byte(test.body), attributes)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(event, &got); err != nil {
				t.Fatalf("%v in %s", err, event)
			}
			want := map[string]any{
				"specversion": "1.0", "id": id, "source": "/shop/web", "type": "shop.order-placed", "kind": "card", "subject": "o/1",
			}
			for key, v := range test.want {
				want[key] = v
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCloudEventAsItIs(t *testing.T) {
	t.Parallel()
	body := `{ "specversion":"1.0", "id":"a", "source":"/x", "type":"y" }`
	event, id, err := cloudEvent("shop", "web", "order-placed", []byte(body), nil)
	if err != nil || string(event) != body || id != "a" {
		t.Errorf("got %s with id %q and %v", event, id, err)
	}
}
