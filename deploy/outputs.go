package deploy

import (
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// rootOutputs returns a deployment's outputs with their secrets hidden. It works on the
// state as it is written, where a secret is an object with a signature.
func rootOutputs(d *apitype.DeploymentV3) map[string]any {
	root := rootResource(d)
	if root == nil {
		return map[string]any{}
	}
	outputs := make(map[string]any, len(root.Outputs))
	for k, v := range root.Outputs {
		outputs[k] = hide(v)
	}
	return outputs
}

func hide(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v[resource.SigKey] == resource.SecretSig {
			return secret
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = hide(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = hide(e)
		}
		return out
	case *apitype.SecretV1: // not written yet
		return secret
	}
	return v
}

// reveal returns a value of the state with its secrets in the clear.
func reveal(v any, keys *keyring) (any, error) {
	value, err := stack.DeserializePropertyValue(v, keys.Decrypter())
	if err != nil {
		return nil, fmt.Errorf("read secret output: %w", err)
	}
	return plain(bare(value)), nil
}

// bare takes the marks of secrecy off a value.
func bare(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return bare(v.SecretValue().Element)
	case v.IsArray():
		list := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			list[i] = bare(e)
		}
		return resource.NewProperty(list)
	case v.IsObject():
		object := make(resource.PropertyMap, len(v.ObjectValue()))
		for k, e := range v.ObjectValue() {
			object[k] = bare(e)
		}
		return resource.NewProperty(object)
	}
	return v
}
