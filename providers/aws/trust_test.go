package aws_test

import (
	"maps"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// ofTrust asks who may assume the roles that the program makes: the parties of the spec's
// `trust`, with what their calls carry, and nobody else.
func (w *world) ofTrust() []iamtest.Question {
	var out []iamtest.Question
	for _, s := range w.top.Services {
		if s.Identity == nil || s.Identity.AWS == nil || s.Identity.AWS.Create == nil {
			continue
		}
		if len(permissions.Of(w.grants, permissions.ServiceAddress(s.Name))) == 0 {
			continue // it needs no role, and gets none
		}
		out = append(out, w.ofRole(w.principals[s.Name].Value, s.Identity.AWS.Create.Trust)...)
	}
	return out
}

const (
	assume        = "sts:AssumeRole"
	assumeWeb     = "sts:AssumeRoleWithWebIdentity"
	tagSession    = "sts:TagSession"
	podIdentities = "pods.eks.amazonaws.com"
)

// ofRole asks for one role. Whoever is not a party of its trust is denied: each party is
// asked as every spec's parties call, so that one party's statement does not let in another.
func (w *world) ofRole(role string, trust []spec.AWSTrust) []iamtest.Question {
	var out []iamtest.Question
	ask := func(about string, who iamtest.Principal, action string, context map[string]string, allowed bool) {
		out = append(out, w.question(about, who, nil, action, role, context, decision(allowed)))
	}
	// Those that name the account for which they assume a role, and so can be held to it
	// (ECS developer guide, "Task IAM role"); what others cannot be made to assume is
	// left to iam:PassRole.
	named := map[string]bool{"ecs-tasks": true}
	services := map[string]bool{"lambda": false, "ecs-tasks": false, "ec2": false, "sns": false}
	pods := false
	for _, t := range trust {
		switch {
		case t.Service != "":
			services[t.Service] = true
		case t.PodIdentity != nil:
			pods = true
			w.askPods(ask, t.PodIdentity)
		case t.OIDC != nil:
			w.askOIDC(ask, t.OIDC)
		}
	}
	for service, trusted := range services {
		who := iamtest.Principal{Kind: iamtest.Service, Value: service + ".amazonaws.com"}
		ask("a service of the account", who, assume, map[string]string{"aws:SourceAccount": w.account}, trusted)
		if named[service] || !trusted {
			ask("a service of another account", who, assume, map[string]string{"aws:SourceAccount": "999999999999"}, false)
		}
		ask("a service with web identity", who, assumeWeb, map[string]string{"aws:SourceAccount": w.account}, false)
	}
	if !pods {
		ask("pods", iamtest.Principal{Kind: iamtest.Service, Value: podIdentities}, assume, map[string]string{"aws:SourceAccount": w.account}, false)
	}
	ask("a neighbour", iamtest.Principal{Kind: iamtest.AWS, Value: w.iam("role/neighbour")}, assume, nil, false)
	ask("another account", iamtest.Principal{Kind: iamtest.AWS, Value: "arn:aws:iam::999999999999:role/admin"}, assume, nil, false)
	ask("nobody", iamtest.Principal{}, assume, nil, false)
	return out
}

type asker func(about string, who iamtest.Principal, action string, context map[string]string, allowed bool)

// askPods asks as EKS Pod Identity calls: it tags the session with where the pod runs (EKS
// user guide, "Learn how EKS Pod Identity grants pods access to AWS services").
func (w *world) askPods(ask asker, pod *spec.AWSPodIdentity) {
	who := iamtest.Principal{Kind: iamtest.Service, Value: podIdentities}
	cluster := "arn:" + w.partition() + ":eks:" + w.region + ":" + w.account + ":cluster/" + pod.Cluster
	from := map[string]string{
		"aws:SourceAccount": w.account, "aws:SourceArn": cluster,
		"aws:RequestTag/eks-cluster-arn": cluster, "aws:RequestTag/eks-cluster-name": pod.Cluster,
		"aws:RequestTag/kubernetes-namespace": pod.Namespace, "aws:RequestTag/kubernetes-service-account": pod.ServiceAccount,
	}
	for _, action := range []string{assume, tagSession} {
		ask("the pod", who, action, from, true)
		for key, value := range map[string]string{
			"aws:RequestTag/kubernetes-namespace": "other", "aws:RequestTag/kubernetes-service-account": "other",
		} {
			changed := maps.Clone(from)
			changed[key] = value
			ask("a pod with another "+strings.TrimPrefix(key, "aws:"), who, action, changed, false)
		}
		for about, other := range map[string]string{
			"a pod of another cluster": strings.Replace(cluster, "cluster/"+pod.Cluster, "cluster/other", 1),
			"a pod of another account": strings.Replace(cluster, w.account, "999999999999", 1),
		} {
			elsewhere := maps.Clone(from)
			elsewhere["aws:SourceArn"], elsewhere["aws:RequestTag/eks-cluster-arn"] = other, other
			elsewhere["aws:SourceAccount"] = w.owner(other)
			ask(about, who, action, elsewhere, false)
		}
	}
}

// askOIDC asks as a subject of an OpenID Connect provider of the account.
func (w *world) askOIDC(ask asker, oidc *spec.AWSOIDC) {
	who := iamtest.Principal{Kind: iamtest.Federated, Value: w.iam("oidc-provider/" + oidc.Provider)}
	token := func(audience, subject string) map[string]string {
		return map[string]string{oidc.Provider + ":aud": audience, oidc.Provider + ":sub": subject}
	}
	subject := strings.ReplaceAll(oidc.Subject, "*", "x")
	ask("the subject", who, assumeWeb, token(oidc.Audience, subject), true)
	ask("another subject", who, assumeWeb, token(oidc.Audience, "other/"+subject), false)
	ask("another audience", who, assumeWeb, token("other", subject), false)
	ask("a token without claims", who, assumeWeb, nil, false)
	ask("the subject without a token", who, assume, token(oidc.Audience, subject), false)
	elsewhere := iamtest.Principal{Kind: iamtest.Federated, Value: w.iam("oidc-provider/evil.example.com")}
	ask("a subject of another provider", elsewhere, assumeWeb, token(oidc.Audience, subject), false)
}
