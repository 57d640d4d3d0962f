package providers

import "testing"

func TestVocabulary(t *testing.T) {
	t.Parallel()
	v := VocabularyOf([]ResourceType{{Token: "q", Asides: []string{"_dead"}, Words: []Word{
		{Of: "queue", Path: "seconds", Key: "lease", Unit: Seconds},
		{Of: "queue", Path: "span", Key: "retention", Unit: Span},
		{Of: "queue", Path: "iso", Key: "delay", Unit: ISO},
		{Of: "queue", Path: "max", Key: "deadLetter.maxAttempts", Unit: Bounded},
		{Of: "queue", Path: "retries", Key: "retry.maxAttempts", Unit: Retries},
		{Of: "queue", Path: "one", Key: "ordered", Unit: OneAtOnce},
		{Of: "queue", Path: "bytes", Key: "size", Unit: Bytes},
		{Of: "queue", Path: "minutes", Key: "life", Unit: Minutes},
		{Of: "queue", Path: "upper", Key: "encoding", Unit: Upper},
		{Of: "queue", Path: "plain", Key: "plain"},
		{Of: "queue", Path: "tags.*", Key: "labels.*"},
		{Of: "queue", Path: "list[*].values", Key: "filter"},
	}}})
	for _, c := range []struct {
		name, element, path string
		value               any
		key, text           string
		ok                  bool
	}{
		{"jobs", "queue.jobs", "seconds", 345600.0, "lease", "4d", true},
		{"jobs", "queue.jobs", "seconds", 90, "lease", "1m30s", true},
		{"jobs", "queue.jobs", "seconds", "345600", "lease", "", false},
		{"jobs", "queue.jobs", "seconds", nil, "lease", "", true},
		{"jobs", "queue.jobs", "seconds", 1.5, "lease", "", false},
		{"jobs", "queue.jobs", "span", "604800s", "retention", "7d", true},
		{"jobs", "queue.jobs", "iso", "P4DT1H", "delay", "4d1h", true},
		{"jobs", "queue.jobs", "iso", "PT45S", "delay", "45s", true},
		{"jobs", "queue.jobs", "iso", "P4D", "delay", "4d", true},
		{"jobs", "queue.jobs", "iso", "P1M", "delay", "0s", false},
		{"jobs", "queue.jobs", "max", 5.0, "deadLetter.maxAttempts", "5", true},
		{"jobs", "queue.jobs", "max", -1.0, "deadLetter.maxAttempts", "", true},
		{"jobs", "queue.jobs", "max", 2147483647.0, "deadLetter.maxAttempts", "", true},
		{"jobs", "queue.jobs", "retries", 9.0, "retry.maxAttempts", "10", true},
		{"jobs", "queue.jobs", "one", 1.0, "ordered", "true", true},
		{"jobs", "queue.jobs", "one", -1.0, "ordered", "false", true},
		{"jobs", "queue.jobs", "bytes", 65536.0, "size", "64KiB", true},
		{"jobs", "queue.jobs", "bytes", 1000.0, "size", "1000B", true},
		{"jobs", "queue.jobs", "minutes", 120.0, "life", "2h", true},
		{"jobs", "queue.jobs", "upper", "BINARY", "encoding", "binary", true},
		{"jobs", "queue.jobs", "plain", true, "plain", "true", true},
		{"jobs", "queue.jobs", "plain", []any{"a", "b"}, "plain", "[a, b]", true},
		{"jobs", "queue.jobs", "tags.team", "web", "labels.team", "web", true},
		{"jobs", "queue.jobs", "list[3].values", "x", "filter", "x", true},
		{"jobs", "queue.jobs", "other", 1.0, "", "", false},
		{"jobs", "topic.jobs", "seconds", 1.0, "", "", false},
		{"jobs_dead", "queue.jobs", "seconds", 1.0, "", "", false},
	} {
		key, text, ok := v.Word("q", c.name, c.element, c.path, c.value)
		if ok != c.ok || ok && (key != c.key || text != c.text) {
			t.Errorf("%s of %s, %v: got %q %q %t, want %q %q %t", c.path, c.name, c.value, key, text, ok, c.key, c.text, c.ok)
		}
	}
	if _, _, ok := v.Word("another", "jobs", "queue.jobs", "seconds", 1.0); ok {
		t.Error("a type without words has one")
	}
}
