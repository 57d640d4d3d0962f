package nats

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// toMap returns v, one of the structs of resources.go, as a map of plain JSON values.
func toMap(v any) (map[string]any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	return m, json.Unmarshal(b, &m)
}

// encode returns v as properties; those named in secrets are marked as such.
func encode(v any, secrets []resource.PropertyKey) (resource.PropertyMap, error) {
	m, err := toMap(v)
	if err != nil {
		return nil, err
	}
	props := resource.NewPropertyMapFromMap(m)
	for _, key := range secrets {
		if secret, ok := props[key]; ok {
			props[key] = resource.MakeSecret(secret)
		}
	}
	return props, nil
}

// decode reads properties into v. What is not known yet is left at its zero value, and
// properties that v has no field for are an error. Errors show no value: it may be a secret.
func decode(props resource.PropertyMap, v any) error {
	b, err := json.Marshal(plain(resource.NewProperty(props)))
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("properties do not fit: %w", err)
	}
	return nil
}

// plain returns a property as a JSON value, secrets laid open and unknown values as nil.
func plain(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return nil
		}
		return plain(v.OutputValue().Element)
	case v.IsArray():
		list := make([]any, 0, len(v.ArrayValue()))
		for _, e := range v.ArrayValue() {
			list = append(list, plain(e))
		}
		return list
	case v.IsObject():
		m := make(map[string]any, len(v.ObjectValue()))
		for key, e := range v.ObjectValue() {
			m[string(key)] = plain(e)
		}
		return m
	case v.IsBool(), v.IsNumber(), v.IsString():
		return v.V
	default:
		return nil
	}
}
