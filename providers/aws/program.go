package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Program makes t's topics, queues and subscriptions, and what lets services use them.
func (*Provider) Program(t *spec.Topology, grants []permissions.Grant) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p := &program{
			Program: elements.New(ctx, t, grants), place: placeOf(t),
			arns: map[string]pulumi.StringOutput{}, after: map[string][]pulumi.Resource{},
			urls: map[string]pulumi.StringOutput{}, redrives: map[string]pulumi.Resource{},
			elements: map[permissions.Address]*elements.Element{},
		}
		p.out = p.NewOutputs()
		for _, step := range []func() error{p.provider, p.allTopics, p.allQueues, p.wireQueues, p.allSubscriptions, p.allServices, p.allEndpoints} {
			if err := step(); err != nil {
				return err
			}
		}
		p.foreign()
		p.Export(p.out)
		return nil
	}
}

// program is one run of a stack's program.
type program struct {
	*elements.Program
	*place
	out *elements.Outputs

	// arns holds the outputs of the topics and queues that are made here, by the ARN that
	// each is expected to have.
	arns map[string]pulumi.StringOutput
	// after holds, by the same ARN, what must be there before anything is delivered: the
	// topic or queue itself, and its policy.
	after    map[string][]pulumi.Resource
	elements map[permissions.Address]*elements.Element
	// urls holds the URLs of the queues that are made here, redrives what lets others put
	// dead letters into them, by ARN.
	urls     map[string]pulumi.StringOutput
	redrives map[string]pulumi.Resource
	// urns are those of everything that is made before endpoints are subscribed.
	urns []any
}

// provider registers the one provider of all of the stack's resources.
func (p *program) provider() error {
	args := &aws.ProviderArgs{Region: pulumi.String(p.target.Region)}
	if p.target.Profile != "" {
		args.Profile = pulumi.String(p.target.Profile)
	}
	if role := p.target.AssumeRole; role != nil {
		session := role.SessionName
		if session == "" {
			session = "msgdeploy"
		}
		assume := aws.ProviderAssumeRoleArgs{RoleArn: pulumi.String(role.Role), SessionName: pulumi.String(session)}
		if role.ExternalID != "" {
			assume.ExternalId = pulumi.String(role.ExternalID)
		}
		args.AssumeRole = assume
	}
	switch {
	case p.target.Endpoint != "":
		emulate(args, p.target.Endpoint)
	case p.accountKnown():
		args.AllowedAccountIds = pulumi.StringArray{pulumi.String(p.target.Account)}
	}
	provider, err := aws.NewProvider(p.Context, "aws", args)
	if err != nil {
		return err
	}
	p.Use(provider)
	return nil
}

// emulate sends the requests of every service that a program uses to one URL, and leaves
// out what only AWS can answer: whose credentials these are, and of which account.
func emulate(args *aws.ProviderArgs, url string) {
	to := pulumi.String(url)
	args.Endpoints = aws.ProviderEndpointArray{aws.ProviderEndpointArgs{Eks: to, Iam: to, Lambda: to, Sns: to, Sqs: to, Sts: to}}
	args.SkipCredentialsValidation = pulumi.Bool(true)
	args.SkipMetadataApiCheck = pulumi.Bool(true)
	args.SkipRequestingAccountId = pulumi.Bool(true)
}

// foreign exports what applications need of other projects' elements.
func (p *program) foreign() {
	for _, t := range p.t.ForeignTopics {
		p.out.Topics[t.Name] = pulumi.StringMap{"arn": pulumi.String(p.topicARN(t))}
	}
	for _, q := range p.t.ForeignQueues {
		arn := p.queueARN(q)
		p.out.Queues[q.Name] = pulumi.StringMap{"arn": pulumi.String(arn), "url": pulumi.String(p.queueURL(arn))}
	}
}

// tags are those of a resource of an element.
func (p *program) tags(element *elements.Element) pulumi.StringMap {
	return pulumi.ToStringMap(element.Labels())
}

// made notes a topic or queue that the program makes.
func (p *program) made(arn string, output pulumi.StringOutput, holder pulumi.Resource) {
	p.arns[arn] = output
	p.after[arn] = append(p.after[arn], holder)
	p.before(holder)
}

// before notes a resource that must be there before any endpoint is subscribed.
func (p *program) before(res pulumi.Resource) { p.urns = append(p.urns, res.URN()) }

// dependsOn is the option to wait for all that belongs to the topics and queues with
// these ARNs. Those that were made elsewhere are there.
func (p *program) dependsOn(arns ...string) pulumi.ResourceOption {
	var wait []pulumi.Resource
	for _, arn := range arns {
		wait = append(wait, p.after[arn]...)
	}
	return pulumi.DependsOn(wait)
}

// arnInput is the ARN of a topic or queue. Where the account is not known, neither is the
// ARN of what is made here until the cloud has told it.
func (p *program) arnInput(arn string) pulumi.StringInput {
	if output, ok := p.arns[arn]; ok && !p.accountKnown() {
		return output
	}
	return pulumi.String(arn)
}

// text is a JSON document that may contain ARNs: see arnInput.
func (p *program) text(document string) pulumi.StringInput {
	if p.accountKnown() || !strings.Contains(document, unknownAccount) {
		return pulumi.String(document)
	}
	parts := strings.Split(document, `"`)
	var at []int
	var outputs []any
	for i, part := range parts {
		if output, ok := p.arns[part]; ok {
			at, outputs = append(at, i), append(outputs, output)
		}
	}
	return pulumi.All(outputs...).ApplyT(func(arns []any) (string, error) {
		filled := slices.Clone(parts)
		for i, arn := range arns {
			text, ok := arn.(string)
			if !ok {
				return "", fmt.Errorf("the ARN of %s is %T", parts[at[i]], arn)
			}
			filled[at[i]] = text
		}
		return strings.Join(filled, `"`), nil
	}).(pulumi.StringOutput)
}
