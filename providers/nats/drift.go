package nats

import (
	"encoding/json"
	"slices"
)

// drift lists, as `setting=value`, the settings in which a configuration on the broker
// differs from the one that msgdeploy would give it. Both are JSON objects of the same type.
func drift(want, got any) []string {
	wants, gots := settings(want), settings(got)
	var drifted []string
	for name, value := range gots {
		if wants[name] != value {
			drifted = append(drifted, name+"="+value)
		}
	}
	for name := range wants {
		if _, ok := gots[name]; !ok {
			drifted = append(drifted, name+"=")
		}
	}
	slices.Sort(drifted)
	return drifted
}

// settings returns a configuration's fields as JSON.
func settings(cfg any) map[string]string {
	b, err := json.Marshal(cfg)
	if err != nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil
	}
	out := make(map[string]string, len(fields))
	for name, value := range fields {
		out[name] = string(value)
	}
	return out
}
