package standin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Pretend returns p, except that creating asks nobody: what a creation makes known is made up, of the
// resource's URN and so the same each time. It is for a plugin of this process that would connect to a
// server, where a resource has to exist for a comparison and for nothing else.
func Pretend(p plugin.Provider) plugin.Provider { return pretender{p} }

type pretender struct{ plugin.Provider }

// Create takes the plugin's own preview, and fills in what that leaves open.
func (p pretender) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	req.Preview = true
	res, err := p.Provider.Create(ctx, req)
	if err != nil {
		return res, err
	}
	res.ID = resource.ID(madeUp(req.URN, "id"))
	res.Properties = res.Properties.Copy()
	for name, v := range res.Properties {
		res.Properties[name] = filled(v, madeUp(req.URN, string(name)))
	}
	return res, nil
}

// filled returns v with text for all in it that is not known.
func filled(v resource.PropertyValue, text string) resource.PropertyValue {
	switch {
	case v.IsComputed(), v.IsOutput() && !v.OutputValue().Known:
		return resource.NewProperty(text)
	case v.IsSecret():
		return resource.MakeSecret(filled(v.SecretValue().Element, text))
	case v.IsArray():
		list := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			list[i] = filled(e, text)
		}
		return resource.NewProperty(list)
	case v.IsObject():
		object := resource.PropertyMap{}
		for k, e := range v.ObjectValue() {
			object[k] = filled(e, text)
		}
		return resource.NewProperty(object)
	}
	return v
}

// madeUp is a value that stands for one that a server would have rolled.
func madeUp(urn resource.URN, name string) string {
	sum := sha256.Sum256([]byte(string(urn) + "\x00" + name))
	return "made-up-" + hex.EncodeToString(sum[:8])
}
