package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// A family is one plugin: its types, and how it compares.
type family struct {
	// native is set for a plugin that compares inputs with inputs, as azure-native does; others are
	// bridged from Terraform, and compare inputs with what the cloud has.
	native bool
	kinds  map[string]kind
	// finders are the functions that find a thing of a type by what its id follows from.
	finders map[string]string
}

func families() map[string]family {
	return map[string]family{
		"aws":          {kinds: awsKinds(), finders: map[string]string{"aws:sqs/getQueue:getQueue": awsQueue}},
		"gcp":          {kinds: gcpKinds()},
		"azure-native": {native: true, kinds: azureKinds()},
	}
}

// place is what a plugin's configuration says of where things are.
type place struct {
	region, account string // AWS
	project         string // Google Cloud
	subscription    string // Azure
	location        string
}

func placeOf(config resource.PropertyMap) place {
	p := place{
		region: text(config, "region"), account: "123456789012", project: text(config, "project"),
		subscription: text(config, "subscriptionId"), location: text(config, "location"),
	}
	if ids := plain(config["allowedAccountIds"]); ids.IsArray() && len(ids.ArrayValue()) > 0 {
		p.account = ids.ArrayValue()[0].StringValue()
	} else if set(config, "endpoints") {
		p.account = "000000000000" // that of emulators
	}
	return p
}

// kind is what is known of a type of resource.
type kind struct {
	// required are the inputs that must be there, and replaces those that only a new resource can have.
	required, replaces []string
	// computed are the outputs that only the cloud tells. A path leads into an input.
	computed []string
	// kept are the inputs whose values stay what they are where they are left out.
	kept []string
	// defaults are written out for inputs that are left out.
	defaults map[string]any
	// documents are inputs whose JSON is compared, not its text; policies are documents of IAM's grammar,
	// where a list of one is its item, and the order of lists does not matter.
	documents, policies []string
	// links are inputs that may name a thing by its full id or by its last part.
	links []string
	// sets are inputs whose order means nothing.
	sets []string
	// uncased are inputs that are compared without their case.
	uncased []string
	limits  []limit
	// conflicts are pairs of inputs of which there can be one.
	conflicts [][2]string
	// together refuses what no input alone shows; "" is fine.
	together func(in resource.PropertyMap) string
	// id is what the cloud calls the thing, and tells what else it says of it.
	id    func(p place, in resource.PropertyMap) string
	tells func(p place, id string, generation int, in resource.PropertyMap) resource.PropertyMap
	// needs are the things that must be there before.
	needs func(in resource.PropertyMap) []need
	// adopts is set where the cloud takes a second creation for the first, if it asks for the same.
	adopts bool
	// rival says what else would make the cloud refuse a creation; "" is nothing.
	rival func(c *cloud, in resource.PropertyMap) string
	// holds says what keeps the cloud from deleting it; "" is nothing.
	holds func(c *cloud, t *thing) string
	// takes reports whether another thing goes with it when it is deleted.
	takes func(t, other *thing) bool
	// confirm is the output that is true until somebody outside has confirmed the thing.
	confirm string
	// source is where all of this is written.
	source string
}

// A need is a thing of a type that must be there, by whatever it is called.
type need struct{ typ, name string }

// A limit is what the values of one input may be.
type limit struct {
	property string
	pattern  string
	one      []any
	min, max float64
}

func matches(property, pattern string) limit     { return limit{property: property, pattern: pattern} }
func oneOf(property string, values ...any) limit { return limit{property: property, one: values} }
func between(property string, least, most float64) limit {
	return limit{property: property, min: least, max: most}
}

// objection says what is wrong with a value; "" is nothing.
func (l limit) objection(v resource.PropertyValue) string {
	switch {
	case l.pattern != "":
		if !v.IsString() || !regexp.MustCompile(l.pattern).MatchString(v.StringValue()) {
			return "does not match " + l.pattern
		}
	case l.one != nil:
		if !slices.Contains(l.one, v.V) {
			return fmt.Sprintf("is none of %v", l.one)
		}
	case !v.IsNumber() || v.NumberValue() < l.min || v.NumberValue() > l.max:
		return fmt.Sprintf("is not between %g and %g", l.min, l.max)
	}
	return ""
}

// failures are what is wrong with the inputs of a resource.
func (k kind) failures(in resource.PropertyMap) (out []plugin.CheckFailure) {
	for _, name := range k.required {
		if v, ok := in[resource.PropertyKey(name)]; !ok || v.IsNull() {
			out = append(out, plugin.CheckFailure{Property: resource.PropertyKey(name), Reason: "is required"})
		}
	}
	for _, l := range k.limits {
		v, ok := in[resource.PropertyKey(l.property)]
		if !ok || v.ContainsUnknowns() {
			continue
		}
		if why := l.objection(v); why != "" {
			out = append(out, plugin.CheckFailure{Property: resource.PropertyKey(l.property), Reason: why})
		}
	}
	for _, c := range k.conflicts {
		if set(in, c[0]) && set(in, c[1]) {
			out = append(out, plugin.CheckFailure{Property: resource.PropertyKey(c[0]), Reason: "conflicts with " + c[1]})
		}
	}
	if k.together != nil && !in.ContainsUnknowns() {
		if why := k.together(in); why != "" {
			out = append(out, plugin.CheckFailure{Reason: why})
		}
	}
	return out
}

func set(m resource.PropertyMap, name string) bool {
	v, ok := m[resource.PropertyKey(name)]
	return ok && !empty(v)
}

// replacing reports whether a change at a path takes a new resource.
func (k kind) replacing(path string) bool {
	return slices.ContainsFunc(k.replaces, func(r string) bool {
		return path == r || strings.HasPrefix(path, r+".") || strings.HasPrefix(path, r+"[")
	})
}

// plain takes a value out of what the wire wraps it in. What is not known is a computed value.
func plain(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return resource.MakeComputed(resource.NewStringProperty(""))
		}
		return plain(v.OutputValue().Element)
	case v.IsArray():
		list := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			list[i] = plain(e)
		}
		return resource.NewArrayProperty(list)
	case v.IsObject():
		return resource.NewObjectProperty(plainMap(v.ObjectValue()))
	}
	return v
}

// plainMap is plain for all of a resource's properties; those that are null are left out.
func plainMap(m resource.PropertyMap) resource.PropertyMap {
	out := make(resource.PropertyMap, len(m))
	for k, v := range m {
		if v = plain(v); !v.IsNull() {
			out[k] = v
		}
	}
	return out
}

// text returns a property that is a string; "" is none, or one that is not known.
func text(m resource.PropertyMap, name string) string {
	if v := plain(m[resource.PropertyKey(name)]); v.IsString() {
		return v.StringValue()
	}
	return ""
}

// within returns the object that a property holds; nil is none.
func within(m resource.PropertyMap, name string) resource.PropertyMap {
	if v, ok := m[resource.PropertyKey(name)]; ok && v.IsObject() {
		return v.ObjectValue()
	}
	return nil
}

// props makes properties of pairs of names and strings.
func props(namesAndValues ...string) resource.PropertyMap {
	out := resource.PropertyMap{}
	for pair := range slices.Chunk(namesAndValues, 2) {
		out[resource.PropertyKey(pair[0])] = resource.NewStringProperty(pair[1])
	}
	return out
}
