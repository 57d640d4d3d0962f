package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// variablesOf says which verb takes which property of an element; what is not
// listed is needed by every verb.
var variablesOf = map[string]permissions.Verb{
	"subject":       permissions.Enqueue,
	"topic":         permissions.Enqueue,
	"stream":        permissions.Dequeue,
	"consumer":      permissions.Dequeue,
	"subscriptions": permissions.Dequeue,
}

// deadLetterPrefix starts the properties of a queue's dead letters.
const deadLetterPrefix = "deadLetter"

// WriteEnv writes, as NAME=value lines sorted by name, what one service may use:
// the broker, its own credentials, and the elements on which grants allow it
// something. The names are an API. Values are quoted for a shell where they need it.
func (o Outputs) WriteEnv(w io.Writer, service string, grants []permissions.Grant) error {
	vars := map[string]string{"MSG_PROVIDER": o.Provider}
	set := func(prefix, key string, v any) { vars[prefix+variable(key)] = plainText(v) }
	if o.URL != "" {
		set("MSG_", "url", o.URL)
	}
	if o.APIPrefix != "" {
		set("MSG_", "apiPrefix", o.APIPrefix)
	}
	for key, v := range o.Services[service] {
		set("MSG_", key, v)
	}
	for _, g := range grants {
		if g.Principal != permissions.ServiceAddress(service) || g.Implied {
			continue
		}
		kind, name := g.Resource.Split()
		_, deadLetters := g.Resource.Owner()
		elements := o.Topics
		if kind == "queue" {
			elements = o.Queues
		}
		for key, v := range elements[name] {
			if uses(g.Verb, deadLetters, key) {
				set("MSG_"+variable(kind)+"_"+variable(name)+"_", key, v)
			}
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(&b, "%s=%s\n", name, quote(vars[name]))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// uses reports whether a verb on an element, or on its dead letters, takes the property.
func uses(verb permissions.Verb, deadLetters bool, property string) bool {
	if isDeadLetter := strings.HasPrefix(property, deadLetterPrefix); isDeadLetter || deadLetters {
		return deadLetters && (isDeadLetter || property == "consumer" || property == "namespace")
	}
	if verb == permissions.Verb(spec.Publish) {
		return true
	}
	needed, restricted := variablesOf[property]
	return !restricted || needed == verb
}

// variable turns a name or a property into the part of a variable's name:
// user-created → USER_CREATED, accounts/user-created → ACCOUNTS_USER_CREATED,
// deadLetterStream → DEAD_LETTER_STREAM.
func variable(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == '-', r == '/':
			b.WriteByte('_')
		case unicode.IsUpper(r) && i > 0:
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// quote returns v as a shell reads it back. Most values need no quotes, and then
// get none: readers of .env files differ in what they make of them.
func quote(v string) string {
	plain := func(r rune) bool {
		return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("_-./:,@%+=", r)
	}
	if v != "" && strings.IndexFunc(v, func(r rune) bool { return !plain(r) }) < 0 {
		return v
	}
	return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'"
}
