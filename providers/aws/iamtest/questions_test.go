package iamtest_test

import (
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
)

const (
	account = "111122223333"
	foreign = "999999999999"
	queue   = "arn:aws:sqs:eu-west-1:111122223333:jobs"
	topic   = "arn:aws:sns:eu-west-1:111122223333:orders"
	key     = "arn:aws:kms:eu-west-1:111122223333:key/1"
	role    = "arn:aws:iam::111122223333:role/worker"
	rootOf  = "arn:aws:iam::111122223333:root"
	web     = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
)

var (
	worker    = iamtest.Principal{Kind: iamtest.AWS, Value: role}
	other     = iamtest.Principal{Kind: iamtest.AWS, Value: "arn:aws:iam::111122223333:user/eve"}
	outsider  = iamtest.Principal{Kind: iamtest.AWS, Value: "arn:aws:iam::999999999999:role/worker"}
	sns       = iamtest.Principal{Kind: iamtest.Service, Value: "sns.amazonaws.com"}
	s3        = iamtest.Principal{Kind: iamtest.Service, Value: "s3.amazonaws.com"}
	github    = iamtest.Principal{Kind: iamtest.Federated, Value: web}
	anonymous = iamtest.Principal{}
)

// questions are what IAM's documents answer; each says which sentence it is about.
// The cross-check with iam-simulate asks the same.
func questions(t *testing.T) []iamtest.Question {
	t.Helper()
	const (
		send        = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queue + `"}}`
		denySend    = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sqs:Send*","Resource":"*"}}`
		sendJ       = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sqs:*Message"],"Resource":"arn:aws:sqs:*:111122223333:j?bs"}}`
		toWorker    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":"sqs:SendMessage","Resource":"` + queue + `"}}`
		toOutsider  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:role/worker"},"Action":"sqs:SendMessage","Resource":"` + queue + `"}}`
		toForeign   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sqs:SendMessage","Resource":"` + queue + `"}}`
		toAccount   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + rootOf + `"},"Action":"sqs:SendMessage","Resource":"` + queue + `"}}`
		toEverybody = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"` + queue + `"}}`
		toSNS       = `{"Version":"2012-10-17","Statement":[{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"` + queue + `","Condition":{"Bool":{"aws:SecureTransport":"false"}}},` +
			`{"Sid":"SNS","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + queue + `","Condition":{"ArnEquals":{"aws:SourceArn":["` + topic + `"]},"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`
		likeTopic  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + queue + `","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:ord*"}}}}`
		ifExists   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queue + `","Condition":{"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}}}}`
		keyAccount = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + rootOf + `"},"Action":"kms:*","Resource":"*"}}`
		keyNobody  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":"kms:*","Resource":"*"}}`
		decrypt    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + key + `"}}`
		trustSNS   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sts:AssumeRole"}}`
		trustHub   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"` + web + `"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"repo:acme/shop:ref:refs/heads/main"}}}}`
		assume     = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + role + `"}}`
	)
	var out []iamtest.Question
	ask := func(about string, caller iamtest.Principal, identity, resource, action, on string, context map[string]string, want iamtest.Decision) {
		q := iamtest.Question{
			About:    about,
			Request:  iamtest.Request{Principal: caller, Action: action, Resource: on, Account: account, Context: context},
			Resource: resource, Want: want,
		}
		if identity != "" {
			q.Identity = []string{identity}
		}
		out = append(out, q)
	}
	message := func(about string, caller iamtest.Principal, identity, resource string, context map[string]string, want iamtest.Decision) {
		ask(about, caller, identity, resource, "sqs:SendMessage", queue, context, want)
	}
	message("by default all requests are denied", worker, "", "", nil, iamtest.ImplicitlyDenied)
	message("an identity allows", worker, send, "", nil, iamtest.Allowed)
	message("wildcards in actions and resources", worker, sendJ, "", nil, iamtest.Allowed)
	ask("another action", worker, send, "", "sqs:PurgeQueue", queue, nil, iamtest.ImplicitlyDenied)
	ask("actions are case-insensitive", worker, send, "", "sqs:sendmessage", queue, nil, iamtest.Allowed)
	ask("resources are case-sensitive", worker, send, "", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:Jobs", nil, iamtest.ImplicitlyDenied)
	ask("a longer name", worker, send, "", "sqs:SendMessage", queue+"-dlq", nil, iamtest.ImplicitlyDenied)
	message("a resource allows within its account", worker, "", toWorker, nil, iamtest.Allowed)
	message("a resource allows somebody else", other, "", toWorker, nil, iamtest.ImplicitlyDenied)
	message("a resource names the account: its identities decide", worker, "", toAccount, nil, iamtest.ImplicitlyDenied)
	message("a resource names the account, and the identity allows", worker, send, toAccount, nil, iamtest.Allowed)
	message("an explicit deny of the identity overrides the resource", worker, denySend, toWorker, nil, iamtest.ExplicitlyDenied)
	message("across accounts the identity is not enough", outsider, send, "", nil, iamtest.ImplicitlyDenied)
	message("across accounts the resource is not enough", outsider, "", toOutsider, nil, iamtest.ImplicitlyDenied)
	message("across accounts both allow", outsider, send, toOutsider, nil, iamtest.Allowed)
	message("across accounts the resource may name the account", outsider, send, toForeign, nil, iamtest.Allowed)
	message("an anonymous caller", anonymous, "", toEverybody, nil, iamtest.Allowed)
	message("an anonymous caller is not a principal of the account", anonymous, "", toAccount, nil, iamtest.ImplicitlyDenied)

	from := func(arn, account, tls string) map[string]string {
		c := map[string]string{"aws:SecureTransport": tls}
		if arn != "" {
			c["aws:SourceArn"], c["aws:SourceAccount"] = arn, account
		}
		return c
	}
	message("SNS from the topic", sns, "", toSNS, from(topic, account, "true"), iamtest.Allowed)
	message("SNS from another topic", sns, "", toSNS, from(topic+"-other", account, "true"), iamtest.ImplicitlyDenied)
	message("SNS from another account", sns, "", toSNS, from("arn:aws:sns:eu-west-1:999999999999:orders", foreign, "true"), iamtest.ImplicitlyDenied)
	message("SNS from the topic's name with another source account", sns, "", toSNS, from(topic, foreign, "true"), iamtest.ImplicitlyDenied)
	message("SNS without a source", sns, "", toSNS, from("", "", "true"), iamtest.ImplicitlyDenied)
	message("another service with the topic as its source", s3, "", toSNS, from(topic, account, "true"), iamtest.ImplicitlyDenied)
	message("no TLS", worker, send, toSNS, from("", "", "false"), iamtest.ExplicitlyDenied)
	message("TLS", worker, send, toSNS, from("", "", "true"), iamtest.Allowed)
	message("a wildcard in an ARN's part", sns, "", likeTopic, from(topic, account, "true"), iamtest.Allowed)
	message("a wildcard does not reach over a colon", sns, "", likeTopic, from("arn:aws:sns:eu-west-1:999999999999:x:111122223333:ord", account, "true"), iamtest.ImplicitlyDenied)
	message("IfExists without the key", worker, ifExists, "", nil, iamtest.Allowed)
	message("IfExists with another value", worker, ifExists, "", map[string]string{"aws:SourceAccount": foreign}, iamtest.ImplicitlyDenied)
	message("keys of conditions are case-insensitive", worker, ifExists, "", map[string]string{"AWS:sourceaccount": foreign}, iamtest.ImplicitlyDenied)

	ask("a key that trusts its account's identities", worker, decrypt, keyAccount, "kms:Decrypt", key, nil, iamtest.Allowed)
	ask("a key that trusts only an administrator", worker, decrypt, keyNobody, "kms:Decrypt", key, nil, iamtest.ImplicitlyDenied)
	ask("a key that trusts its account grants nothing by that", worker, "", keyAccount, "kms:Decrypt", key, nil, iamtest.ImplicitlyDenied)
	ask("a role's trust names the service", sns, "", trustSNS, "sts:AssumeRole", role, nil, iamtest.Allowed)
	ask("a role's trust names another service", s3, "", trustSNS, "sts:AssumeRole", role, nil, iamtest.ImplicitlyDenied)
	ask("a role is not assumed by its account's identities alone", other, assume, trustSNS, "sts:AssumeRole", role, nil, iamtest.ImplicitlyDenied)
	subject := func(sub string) map[string]string {
		return map[string]string{"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": sub}
	}
	ask("a subject of an identity provider", github, "", trustHub, "sts:AssumeRoleWithWebIdentity", role, subject("repo:acme/shop:ref:refs/heads/main"), iamtest.Allowed)
	ask("another subject", github, "", trustHub, "sts:AssumeRoleWithWebIdentity", role, subject("repo:acme/shop:ref:refs/heads/fork"), iamtest.ImplicitlyDenied)
	return out
}
