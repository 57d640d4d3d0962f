package aws

import (
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/spec"
)

// The principal of EKS Pod Identity, and what it needs to assume a role and to say for
// which pod: EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity".
const podsPrincipal = "pods.eks.amazonaws.com"

// sayForWhom lists the services that name the account for which they assume a role, with
// the page that says so. A condition on what others do not name would shut them out; they
// take only roles of the account that whoever configures them may pass (iam:PassRole).
func sayForWhom() map[string]string {
	return map[string]string{
		"ecs-tasks": "Amazon ECS developer guide, task IAM role",
		"scheduler": "Amazon EventBridge Scheduler user guide, cross-service confused deputy prevention",
		"pipes":     "Amazon EventBridge user guide, cross-service confused deputy prevention",
		"states":    "AWS Step Functions developer guide, cross-service confused deputy prevention",
	}
}

// trustPolicy says who may assume a role that is made.
func (p *place) trustPolicy(role *spec.AWSRole) policy {
	var all []statement
	for _, party := range role.Trust {
		all = append(all, p.trust(party))
	}
	return document(all...)
}

func (p *place) trust(party spec.AWSTrust) statement {
	s := statement{Effect: allow, Action: oneOrMore{"sts:AssumeRole"}}
	switch {
	case party.PodIdentity != nil:
		pod := party.PodIdentity
		s.Principal = &principal{Service: podsPrincipal}
		s.Action = oneOrMore{"sts:AssumeRole", "sts:TagSession"}
		s.Condition = condition{"StringEquals": {
			"aws:RequestTag/eks-cluster-arn":            {p.arn("eks", "cluster/"+pod.Cluster)},
			"aws:RequestTag/kubernetes-namespace":       {pod.Namespace},
			"aws:RequestTag/kubernetes-service-account": {pod.ServiceAccount},
		}}
	case party.OIDC != nil:
		oidc := party.OIDC
		s.Principal = &principal{Federated: p.iamARN("oidc-provider/" + oidc.Provider)}
		s.Action = oneOrMore{"sts:AssumeRoleWithWebIdentity"}
		s.Condition = condition{"StringEquals": {
			oidc.Provider + ":aud": {oidc.Audience},
			oidc.Provider + ":sub": {oidc.Subject},
		}}
	default:
		s.Principal = &principal{Service: servicePrincipal(party.Service)}
		if _, ok := sayForWhom()[party.Service]; ok {
			s.Condition = condition{"StringEquals": {"aws:SourceAccount": {p.account()}}}
		}
	}
	return s
}

// servicePrincipal is the full name of a service: `lambda` is lambda.amazonaws.com.
func servicePrincipal(service string) string {
	if strings.Contains(service, ".") {
		return service
	}
	return service + ".amazonaws.com"
}

// identityOf is who a service is, or nil.
func identityOf(s *spec.Service) *spec.AWSIdentity {
	if s.Identity == nil {
		return nil
	}
	return s.Identity.AWS
}

// roleName is the name of a role that is given by name or by ARN: what follows its path.
func roleName(role string) string { return role[strings.LastIndexByte(role, '/')+1:] }

// podsOf are the Kubernetes service accounts that a role is made for.
func podsOf(role *spec.AWSRole) []*spec.AWSPodIdentity {
	var pods []*spec.AWSPodIdentity
	for _, party := range role.Trust {
		if party.PodIdentity != nil {
			pods = append(pods, party.PodIdentity)
		}
	}
	return slices.Clip(pods)
}
