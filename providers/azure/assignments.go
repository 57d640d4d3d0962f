package azure

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// principal is who an assignment is for.
type principal struct {
	// id is the object id, which for an identity that is yet to be made only Azure can tell.
	id pulumi.StringInput
	// key stands for the principal in the names of its assignments: its object id where the
	// spec gives it, else the resource id of what has the identity. It is known from the start.
	key  string
	kind spec.AzurePrincipalType
	// made is the identity, where the stack makes it.
	made pulumi.Resource
}

// known is a principal whose object id the spec gives.
func known(id string, kind spec.AzurePrincipalType) principal {
	return principal{id: pulumi.String(id), key: id, kind: kind}
}

// assignment gives a principal a role on one resource.
type assignment struct {
	// name is the Pulumi resource's; it begins with the element's that it is for.
	name string
	to   principal
	role role
	// scope is the resource's id, and of what the stack makes there: nil if it exists.
	scope string
	of    pulumi.Resource
	// why says to whoever reads it in Azure what the assignment is for.
	why string
}

// assign registers an assignment for an element.
//
// Azure knows assignments by a GUID, refuses a second one for the same scope, principal
// and role whatever its GUID is, and refuses to change one's role
// (https://github.com/hashicorp/terraform-provider-azurerm/issues/17421, azure-cli#8599).
// So the GUID follows from the three, and whatever of them changes replaces the
// assignment, the old one first.
func (p *program) assign(element *elements.Element, a assignment) (pulumi.Resource, error) {
	after := []pulumi.Resource{a.of}
	if a.role.id == p.leaseExtender().id {
		after = append(after, p.extender)
	}
	return p.made(typeAssignment, a.name, &authorization.RoleAssignmentArgs{
		RoleAssignmentName: pulumi.String(guid(a.scope, a.to.key, a.role.id)),
		Scope:              p.tied(a.scope, a.of),
		RoleDefinitionId:   p.tied(p.roleID(a.role), after[1:]...),
		PrincipalId:        a.to.id,
		// The SDK's default is User, which Azure looks up in a directory that may not have
		// heard of a new identity yet.
		PrincipalType: pulumi.String(a.to.kind),
		Description:   pulumi.String(a.why),
	}, element.Options(
		pulumi.DeleteBeforeReplace(true),
		pulumi.ReplaceOnChanges([]string{"roleDefinitionId", "principalType"}),
	))
}

// roleFor is the narrowest role that permits a verb on a topic or a queue.
func (l layout) roleFor(verb permissions.Verb, resource permissions.Address) role {
	_, name := resource.Split()
	if verb == permissions.Publish {
		if l.onBus(l.t.Topic(name)) {
			return busSender()
		}
		return eventSender()
	}
	switch q := l.t.Queue(name); {
	case l.queued(q) && verb == permissions.Dequeue:
		return busReceiver()
	case l.queued(q):
		return busSender()
	case verb == permissions.Dequeue && l.extended(q):
		return l.leaseExtender()
	case verb == permissions.Dequeue:
		return messageProcessor()
	default:
		return messageSender()
	}
}

// scopeOf is the resource id of a topic or a queue. Dead letters have none of their own:
// Service Bus keeps them in the queue.
func (l layout) scopeOf(resource permissions.Address) string {
	kind, name := resource.Split()
	if kind == "topic" {
		return l.topicID(l.t.Topic(name))
	}
	return l.queueID(l.t.Queue(name))
}

// resourceOf is the resource of a topic or a queue; nil where it is not the stack's.
func (p *program) resourceOf(resource permissions.Address) pulumi.Resource {
	kind, name := resource.Split()
	if kind == "topic" {
		return p.topics[name].made
	}
	return p.queues[name]
}

// makeExtender makes the stack's role for consumers that extend leases. It can be assigned
// in the resource groups of those queues, which is as narrow as a role can be.
func (p *program) makeExtender() (err error) {
	role := p.leaseExtender()
	scopes := pulumi.StringArray{}
	for _, id := range p.extenderScopes() {
		if id == p.groupID() {
			scopes = append(scopes, p.tied(id, p.resourceGroup))
		} else {
			scopes = append(scopes, pulumi.String(id))
		}
	}
	p.extender, err = p.made(typeRole, "leaseExtension", &authorization.RoleDefinitionArgs{
		RoleDefinitionId: pulumi.String(role.id),
		// Names of roles are unique in a tenant.
		RoleName:         pulumi.String(fmt.Sprintf("%s (%s-%s, %s)", role.name, p.t.Project, p.t.Stack, role.id[:8])),
		RoleType:         pulumi.String("CustomRole"),
		Description:      pulumi.String("Get, delete and update messages of Storage queues. Update Message extends a lease; its action permits Put Message, too."),
		Scope:            p.tied(p.groupID(), p.resourceGroup),
		AssignableScopes: scopes,
		Permissions: authorization.PermissionArray{authorization.PermissionArgs{
			Actions:        pulumi.StringArray{},
			NotActions:     pulumi.StringArray{},
			DataActions:    pulumi.ToStringArray(role.dataActions),
			NotDataActions: pulumi.StringArray{},
		}},
	}, p.Options())
	return err
}
