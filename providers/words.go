package providers

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/msgdeploy/msgdeploy/spec"
)

// Word says that a property of a type of resource is what the spec has a key for, so that
// a change of the property can be told in the spec's own words: retention 4d → 7d, and not
// only messageRetentionSeconds 345600 → 604800.
//
// Words stand with the types of resources, because what a property means is a fact of the
// cloud; and they are read back from properties rather than carried beside them, because
// what is shown must be what is done.
type Word struct {
	// Of is the kind of the elements whose key it is: "topic", "queue", "subscription" or "service".
	Of string
	// Path is the property. One `*` in it stands for any text; a path may lead on into a
	// property that is a JSON document.
	Path string
	// Key is the spec's key, in which `*` is the text that Path's stands for.
	Key string
	// Unit is what the cloud's value is in.
	Unit Unit
}

// Unit says how a cloud's value reads in the spec.
type Unit int

// The units that the clouds' values are in.
const (
	// Plain values are the spec's own.
	Plain Unit = iota
	// Seconds, Minutes, Bytes and Retries are numbers of them: retries come after a first attempt.
	Seconds
	Minutes
	Bytes
	Retries
	// Span is a text such as "345600s", as Google writes durations.
	Span
	// ISO is a text such as "P4D" or "PT1H30M", as Azure writes durations.
	ISO
	// Bounded is a number above which, or below zero, there is no bound.
	Bounded
	// OneAtOnce is true where a number is 1.
	OneAtOnce
	// Upper is a word of the spec in capital letters.
	Upper
)

// Vocabulary tells changes of resources in the spec's words.
type Vocabulary struct {
	words  map[string][]Word
	asides map[string][]string
}

// VocabularyOf returns the words of the types of a cloud.
func VocabularyOf(types []ResourceType) *Vocabulary {
	v := &Vocabulary{map[string][]Word{}, map[string][]string{}}
	for _, t := range types {
		v.words[t.Token] = t.Words
		v.asides[t.Token] = t.Asides
	}
	return v
}

// Word returns the spec's key for a property of a resource, and the spec's text for a value
// of it; "" is no value. It is not ok where the spec has no word: most properties follow
// from several keys, and those of dead letters from none.
func (v *Vocabulary) Word(typ, name, element, path string, value any) (key, text string, ok bool) {
	for _, suffix := range v.asides[typ] {
		if strings.HasSuffix(name, suffix) {
			return "", "", false
		}
	}
	kind, _, _ := strings.Cut(element, ".")
	for _, w := range v.words[typ] {
		if w.Of != kind {
			continue
		}
		if star, ok := matches(w.Path, path); ok {
			text, ok := w.Unit.text(value)
			return strings.Replace(w.Key, "*", star, 1), text, ok
		}
	}
	return "", "", false
}

// matches reports whether a path is the one of a pattern, and what stands for its `*`.
func matches(pattern, path string) (star string, ok bool) {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return "", pattern == path
	}
	rest, ok := strings.CutPrefix(path, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, after)
}

// text is a value of a cloud as the spec writes it; not ok for what is not of the unit.
func (u Unit) text(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return u.word(v)
	case bool:
		return strconv.FormatBool(v), u == Plain
	case []any:
		return bracketed(v), u == Plain
	}
	n, ok := number(value)
	if !ok {
		return "", false
	}
	switch u {
	case Plain:
		return strconv.FormatInt(n, 10), true
	case Seconds:
		return spec.FormatDuration(time.Duration(n) * time.Second), true
	case Minutes:
		return spec.FormatDuration(time.Duration(n) * time.Minute), true
	case Bytes:
		return size(n), true
	case Retries:
		return strconv.FormatInt(n+1, 10), true
	case Bounded:
		if n < 0 || n >= 1<<31-1 {
			return "", true
		}
		return strconv.FormatInt(n, 10), true
	case OneAtOnce:
		return strconv.FormatBool(n == 1), true
	default:
		return "", false
	}
}

// word is a value that is a text in the cloud.
func (u Unit) word(v string) (string, bool) {
	switch u {
	case Plain:
		return v, true
	case Upper:
		return strings.ToLower(v), true
	case Span:
		d, err := time.ParseDuration(v)
		return spec.FormatDuration(d), err == nil
	case ISO:
		d, ok := isoDuration(v)
		return spec.FormatDuration(d), ok
	default:
		return "", false
	}
}

// number is a whole number, however it came out of JSON or out of an SDK.
func number(v any) (int64, bool) {
	switch v := v.(type) {
	case float64:
		return int64(v), v == float64(int64(v))
	case int:
		return int64(v), true
	case int64:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	default:
		return 0, false
	}
}

// bracketed is a list of plain values as the spec writes it on a line.
func bracketed(items []any) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = fmt.Sprint(item)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// size is a number of bytes as the spec writes it: in the largest unit that leaves no rest.
func size(n int64) string {
	for _, u := range []struct {
		name string
		of   int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n > 0 && n%u.of == 0 {
			return strconv.FormatInt(n/u.of, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// isoDuration reads days and what is shorter of a duration of ISO 8601: "P4D", "PT1H30M".
func isoDuration(s string) (time.Duration, bool) {
	days, clock, timed := strings.Cut(strings.TrimPrefix(s, "P"), "T")
	if !strings.HasPrefix(s, "P") || days == "" && clock == "" {
		return 0, false
	}
	var d time.Duration
	if days != "" {
		n, err := strconv.ParseInt(strings.TrimSuffix(days, "D"), 10, 32)
		if err != nil || !strings.HasSuffix(days, "D") {
			return 0, false
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if !timed {
		return d, true
	}
	short, err := time.ParseDuration(strings.ToLower(clock))
	return d + short, err == nil
}
