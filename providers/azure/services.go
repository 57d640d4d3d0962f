package azure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (p *program) allServices() error {
	for _, s := range p.t.Services {
		element, err := p.Service(s)
		if err != nil {
			return err
		}
		grants := p.Grants(s)
		if len(grants) == 0 {
			continue
		}
		who, err := p.principalOf(s, element)
		if err != nil {
			return err
		}
		for _, g := range assignable(p.t, grants) {
			if _, err := p.assign(element, p.assignmentOf(s, who, g)); err != nil {
				return err
			}
		}
	}
	return nil
}

// principalOf is who a service is: a principal that exists, or an identity made for it.
func (p *program) principalOf(s *spec.Service, element *elements.Element) (principal, error) {
	var identity spec.AzureIdentity
	if s.Identity != nil && s.Identity.Azure != nil {
		identity = *s.Identity.Azure
	}
	if id := identity.PrincipalID; id != "" {
		out := pulumi.Map{"principalId": pulumi.String(id)}
		if identity.ClientID != "" {
			out["clientId"] = pulumi.String(identity.ClientID)
		}
		p.out.Services[s.Name] = out
		return known(id, cmp.Or(identity.Type, spec.AzureServicePrincipal)), nil
	}
	res := &managedidentity.UserAssignedIdentity{}
	err := p.register(typeIdentity, s.Name, &managedidentity.UserAssignedIdentityArgs{
		ResourceGroupName: p.groupName(),
		ResourceName:      pulumi.String(p.identity(s)),
		Location:          pulumi.String(p.target.Location),
		Tags:              p.tags(permissions.ServiceAddress(s.Name)),
	}, res, element.Stateful())
	if err != nil {
		return principal{}, err
	}
	p.out.Services[s.Name] = pulumi.Map{"principalId": res.PrincipalId, "clientId": res.ClientId}
	if identity.Create != nil {
		if err := p.federate(s, identity.Create.Federated, res, element); err != nil {
			return principal{}, err
		}
	}
	return principal{id: res.PrincipalId, key: p.identityID(s), kind: spec.AzureServicePrincipal, made: res}, nil
}

// federate lets tokens of other issuers pass for an identity. One comes after the other:
// Azure refuses concurrent writes below one identity
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations).
func (p *program) federate(s *spec.Service, tokens []spec.AzureFederation, identity pulumi.Resource, element *elements.Element) error {
	last := identity
	for _, token := range tokens {
		// The name follows from what is accepted, not from a place in the list: taking one
		// out of its middle changes no other.
		name := guid(token.Issuer, token.Subject, token.Audience)[:8]
		res, err := p.made(typeFederation, s.Name+".federated."+name, &managedidentity.FederatedIdentityCredentialArgs{
			ResourceGroupName:                       p.groupName(),
			ResourceName:                            p.tied(p.identity(s), identity),
			FederatedIdentityCredentialResourceName: pulumi.String("federated-" + name),
			Issuer:                                  pulumi.String(token.Issuer),
			Subject:                                 pulumi.String(token.Subject),
			Audiences:                               pulumi.ToStringArray([]string{cmp.Or(token.Audience, "api://AzureADTokenExchange")}),
		}, element.Options(pulumi.DependsOn([]pulumi.Resource{last})))
		if err != nil {
			return err
		}
		last = res
	}
	return nil
}

// assignable are the grants that take an assignment of their own: a queue and its dead
// letters are one resource, so who may dequeue both needs one.
func assignable(t *spec.Topology, grants []permissions.Grant) []permissions.Grant {
	l := layoutOf(t)
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(grants), func(g permissions.Grant) bool {
		key := string(g.Verb) + " " + strings.ToLower(l.scopeOf(g.Resource))
		twice := seen[key]
		seen[key] = true
		return twice
	})
}

func (p *program) assignmentOf(s *spec.Service, who principal, g permissions.Grant) assignment {
	owner, _ := g.Resource.Owner()
	standing := providers.Standing(p.t, owner)
	_, name := standing.Split()
	return assignment{
		name:  fmt.Sprintf("%s.%s.%s", s.Name, g.Verb, name),
		to:    who,
		role:  p.roleFor(g.Verb, g.Resource),
		scope: p.scopeOf(g.Resource),
		of:    p.resourceOf(g.Resource),
		why:   fmt.Sprintf("%s may %s %s", providers.Standing(p.t, g.Principal), g.Verb, standing),
	}
}
