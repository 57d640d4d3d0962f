package standin

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Values are the inputs of a resource. Secrets are read like other values; what is unknown
// is as good as absent for all methods but Unknown.
type Values struct{ properties resource.PropertyMap }

// ValuesOf returns plain values, as in a table, as Values.
func ValuesOf(m map[string]any) Values {
	return Values{resource.NewPropertyMapFromMap(m)}
}

// at returns the value at a path through objects; the zero value is none.
func (v Values) at(path string) resource.PropertyValue {
	object := v.properties
	for {
		head, rest, more := strings.Cut(path, ".")
		value := bare(object[resource.PropertyKey(head)])
		if !more {
			return value
		}
		if !value.IsObject() {
			if unknown(value) {
				return value
			}
			return resource.PropertyValue{}
		}
		object, path = value.ObjectValue(), rest
	}
}

// bare takes the marks of secrets and outputs from a value.
func bare(v resource.PropertyValue) resource.PropertyValue {
	for {
		switch {
		case v.IsSecret():
			v = v.SecretValue().Element
		case v.IsOutput() && v.OutputValue().Known:
			v = v.OutputValue().Element
		default:
			return v
		}
	}
}

// unknown reports whether only the cloud will tell a value.
func unknown(v resource.PropertyValue) bool {
	return v.IsComputed() || v.IsOutput() && !v.OutputValue().Known
}

// Has reports whether there is a value at a path, known or not.
func (v Values) Has(path string) bool {
	value := v.at(path)
	return !value.IsNull()
}

// Unknown reports whether the value at a path will be told by the cloud, later.
func (v Values) Unknown(path string) bool { return v.at(path).ContainsUnknowns() }

// String returns the string at a path; "" is none.
func (v Values) String(path string) string {
	if value := v.at(path); value.IsString() {
		return value.StringValue()
	}
	return ""
}

// Number returns the number at a path; ok is false where there is none.
func (v Values) Number(path string) (n float64, ok bool) {
	if value := v.at(path); value.IsNumber() {
		return value.NumberValue(), true
	}
	return 0, false
}

// Bool returns the boolean at a path; false is none.
func (v Values) Bool(path string) bool {
	value := v.at(path)
	return value.IsBool() && value.BoolValue()
}

// Strings returns the strings of the list at a path.
func (v Values) Strings(path string) []string {
	var out []string
	if value := v.at(path); value.IsArray() {
		for _, e := range value.ArrayValue() {
			if e = bare(e); e.IsString() {
				out = append(out, e.StringValue())
			}
		}
	}
	return out
}

// List returns the objects of the list at a path.
func (v Values) List(path string) []Values {
	var out []Values
	if value := v.at(path); value.IsArray() {
		for _, e := range value.ArrayValue() {
			if e = bare(e); e.IsObject() {
				out = append(out, Values{e.ObjectValue()})
			}
		}
	}
	return out
}

// Map returns the map at a path as plain values; nil is none.
func (v Values) Map(path string) map[string]any {
	if value := v.at(path); value.IsObject() {
		return value.ObjectValue().Mappable()
	}
	return nil
}

// Hash returns n hexadecimal digits, at most 64, that differ from resource to resource and
// stay the same for one: the stand-in for an id that a cloud rolls.
func (m Made) Hash(n int) string {
	sum := sha256.Sum256([]byte(m.URN))
	return hex.EncodeToString(sum[:])[:n]
}

// Name returns the resource's name in the program.
func (m Made) Name() string { return m.URN.Name() }
