package aws

import (
	"cmp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (p *program) allServices() error {
	budgets := p.budgets()
	for _, s := range p.t.Services {
		element, err := p.Service(s)
		if err != nil {
			return err
		}
		grants := p.Grants(s)
		if len(grants) == 0 {
			continue
		}
		g := &grantee{program: p, service: s, element: element, out: pulumi.Map{}}
		if err := g.identify(); err != nil {
			return err
		}
		if err := g.allow(pack(p.accessOf(grants), budgets[s.Name])); err != nil {
			return err
		}
		p.out.Services[s.Name] = g.out
	}
	return nil
}

// grantee is a service that has permissions. Exactly one of role and user is set, or
// neither where only a policy is made.
type grantee struct {
	*program
	service *spec.Service
	element *elements.Element
	out     pulumi.Map

	role, user pulumi.StringInput
}

// physical is a name of what belongs to the service.
func (g *grantee) physical(suffix string, limit int) pulumi.String {
	return pulumi.String(providers.Physical(g.t, permissions.ServiceAddress(g.service.Name), suffix, limit))
}

// identify finds or makes the role or user. One that exists is never changed, but for the
// policies that are added to it.
func (g *grantee) identify() error {
	id := identityOf(g.service)
	switch {
	case id.Create != nil:
		return g.makeRole(id.Create)
	case id.User != "":
		g.user = pulumi.String(id.User)
		g.out["userName"] = g.user
	case id.Role != "":
		g.role = pulumi.String(roleName(id.Role))
		if id.Role == roleName(id.Role) {
			g.out["roleName"] = g.role // its path, and so its ARN, is not known
		} else {
			g.out["roleArn"] = pulumi.String(id.Role)
		}
	}
	return nil
}

func (g *grantee) makeRole(create *spec.AWSRole) error {
	args := &iam.RoleArgs{
		Name:             g.physical("", roleNameLimit),
		Path:             pulumi.String(cmp.Or(create.Path, "/")),
		AssumeRolePolicy: pulumi.String(g.trustPolicy(create).String()),
		Tags:             g.tags(g.element),
	}
	if g.service.Description != "" {
		args.Description = pulumi.String(g.service.Description)
	}
	if create.PermissionsBoundary != "" {
		args.PermissionsBoundary = pulumi.String(create.PermissionsBoundary)
	}
	role, err := iam.NewRole(g.Context, g.service.Name, args, g.element.Options()...)
	if err != nil {
		return err
	}
	g.before(role)
	g.role = role.Name
	g.out["roleArn"] = role.Arn
	if g.accountKnown() {
		g.out["roleArn"] = pulumi.String(g.iamARN("role" + cmp.Or(create.Path, "/") + string(g.physical("", roleNameLimit))))
	}
	for _, pod := range podsOf(create) {
		association, err := eks.NewPodIdentityAssociation(g.Context, g.service.Name+"_"+pod.Cluster+"_"+pod.Namespace+"_"+pod.ServiceAccount, &eks.PodIdentityAssociationArgs{
			ClusterName:    pulumi.String(pod.Cluster),
			Namespace:      pulumi.String(pod.Namespace),
			ServiceAccount: pulumi.String(pod.ServiceAccount),
			RoleArn:        role.Arn,
			Tags:           g.tags(g.element),
		}, g.element.Options()...)
		if err != nil {
			return err
		}
		g.before(association)
	}
	return nil
}

// allow gives the service its access.
func (g *grantee) allow(access packed) error {
	if access.inline != "" {
		return g.inline(access.inline)
	}
	var arns pulumi.StringArray
	for _, s := range access.managed {
		made, err := g.managed(s)
		if err != nil {
			return err
		}
		if g.accountKnown() {
			arns = append(arns, pulumi.String(g.iamARN("policy/"+string(g.physical(s.suffix(), policyNameLimit)))))
		} else {
			arns = append(arns, made.Arn)
		}
	}
	if g.role == nil && g.user == nil {
		g.out["policyArns"] = arns
	}
	return nil
}

func (g *grantee) inline(document string) error {
	var made pulumi.Resource
	var err error
	if g.user != nil {
		made, err = iam.NewUserPolicy(g.Context, g.service.Name, &iam.UserPolicyArgs{
			Name: g.physical("", policyNameLimit), User: g.user, Policy: g.text(document),
		}, g.element.Options()...)
	} else {
		made, err = iam.NewRolePolicy(g.Context, g.service.Name, &iam.RolePolicyArgs{
			Name: g.physical("", policyNameLimit), Role: g.role, Policy: g.text(document),
		}, g.element.Options()...)
	}
	if err != nil {
		return err
	}
	g.before(made)
	return nil
}

// managed makes one managed policy, and attaches it unless somebody else does.
func (g *grantee) managed(s shard) (*iam.Policy, error) {
	name := g.service.Name
	if s.bits != "" {
		name += "_" + s.bits
	}
	made, err := iam.NewPolicy(g.Context, name, &iam.PolicyArgs{
		Name: g.physical(s.suffix(), policyNameLimit), Policy: g.text(s.document), Tags: g.tags(g.element),
	}, g.element.Options()...)
	if err != nil {
		return nil, err
	}
	g.before(made)
	var attached pulumi.Resource
	switch {
	case g.role != nil:
		attached, err = iam.NewRolePolicyAttachment(g.Context, name, &iam.RolePolicyAttachmentArgs{Role: g.role, PolicyArn: made.Arn}, g.element.Options()...)
	case g.user != nil:
		attached, err = iam.NewUserPolicyAttachment(g.Context, name, &iam.UserPolicyAttachmentArgs{User: g.user, PolicyArn: made.Arn}, g.element.Options()...)
	default:
		return made, nil
	}
	if err != nil {
		return nil, err
	}
	g.before(attached)
	return made, nil
}
