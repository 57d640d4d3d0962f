package standin

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Identify returns the id that a resource has in its cloud, where that follows from its inputs, the
// settings of its provider and facts like those of [Options]. ok is false for ids that the cloud
// rolls, and for those that hold an account which nobody has named.
func (p Package) Identify(urn resource.URN, inputs, config resource.PropertyMap, facts map[string]string) (id string, ok bool) {
	settings := resource.PropertyMap{}
	for k, v := range facts {
		settings[resource.PropertyKey(k)] = resource.NewProperty(v)
	}
	for k, v := range decoded(config) {
		settings[k] = v
	}
	for _, t := range p.Types {
		if t.Token != string(urn.Type()) || t.Make == nil {
			continue
		}
		made := Made{Inputs: Values{inputs}, Config: Values{settings}, URN: urn}
		id, _ = t.Make(made)
		// What a cloud would roll is derived from the URN here.
		made.URN = resource.NewURN(urn.Stack(), urn.Project(), "", urn.Type(), urn.Name()+"-other")
		other, _ := t.Make(made)
		return id, id != "" && id == other && !strings.Contains(id, unknownAccount)
	}
	return "", false
}
