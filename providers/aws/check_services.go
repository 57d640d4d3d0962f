package aws

import (
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (c *check) services() {
	budgets := c.budgets()
	pods := map[spec.AWSPodIdentity]*spec.Service{}
	for _, s := range c.t.Services {
		id, grants := identityOf(s), c.grantsOf(s)
		if id == nil || len(grants) == 0 {
			continue
		}
		if id.Role != roleName(id.Role) {
			c.sameAccount(s.At("identity.aws.role"), "the role", id.Role)
		}
		if id.Create != nil {
			c.role(s, id.Create, pods)
		}
		packed := pack(c.accessOf(grants), budgets[s.Name])
		if n := len(packed.managed); n > attachmentLimit && !id.PolicyOnly {
			c.beyond(s.Range, "The permissions of `%s` fill %d managed policies, and a role or user has at most %d. Give some of them to another service.", s.Name, n, attachmentLimit)
		}
	}
}

// role checks the trust of a role that is made.
func (c *check) role(s *spec.Service, role *spec.AWSRole, pods map[spec.AWSPodIdentity]*spec.Service) {
	if !c.accountKnown() {
		c.accountNeeded(c.identityAt(s), "who may assume the role of `"+s.Name+"`")
		return
	}
	if boundary := role.PermissionsBoundary; boundary != "" && parseARN(boundary).account != "aws" {
		c.sameAccount(s.At("identity.aws.create.permissionsBoundary"), "the permissions boundary", boundary)
	}
	if size := len(c.trustPolicy(role).String()); size > trustLimit {
		c.beyond(c.identityAt(s), "The trust policy of a role has room for %d characters, and that of `%s` has %d. Trust fewer parties.", trustLimit, s.Name, size)
	}
	for _, party := range role.Trust {
		if o := party.OIDC; o != nil && strings.ContainsAny(o.Subject+o.Audience, "*?") {
			c.problem(providers.CodeOpenTrust, o.At("subject"), "Trust for more than one party",
				"A token's audience and subject must be what the trust says, letter by letter: `*` and `?` stand for nothing else. Name each subject in a trust of its own.")
		}
		if pod := party.PodIdentity; pod != nil {
			c.pod(s, pod, pods)
		}
	}
}

// pod reports a Kubernetes service account that is two services: EKS knows one role for it.
func (c *check) pod(s *spec.Service, pod *spec.AWSPodIdentity, pods map[spec.AWSPodIdentity]*spec.Service) {
	key := spec.AWSPodIdentity{Cluster: pod.Cluster, Namespace: pod.Namespace, ServiceAccount: pod.ServiceAccount}
	first, taken := pods[key]
	if !taken {
		pods[key] = s
		return
	}
	d := providers.Problem(providers.CodeSharedPod, pod.At("serviceAccount"), "One service account for two roles",
		c.on("EKS gives a Kubernetes service account one role, and `%s/%s` of cluster `%s` would have those of `%s` and `%s`.",
			pod.Namespace, pod.ServiceAccount, pod.Cluster, first.Name, s.Name))
	d.Related = []diag.Related{{Range: first.Range, Message: "the other service is here"}}
	c.diags = append(c.diags, d)
}

func (c *check) identityAt(s *spec.Service) diag.Range { return s.At("identity.aws.create") }
