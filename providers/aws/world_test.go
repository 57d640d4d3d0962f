package aws_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/aws"
	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// The types of resources that say who may do what, and what they say it about.
const (
	topicType          = "aws:sns/topic:Topic"
	topicPolicyType    = "aws:sns/topicPolicy:TopicPolicy"
	subscriptionType   = "aws:sns/topicSubscription:TopicSubscription"
	queueType          = "aws:sqs/queue:Queue"
	queuePolicyType    = "aws:sqs/queuePolicy:QueuePolicy"
	redriveAllowType   = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
	roleType           = "aws:iam/role:Role"
	rolePolicyType     = "aws:iam/rolePolicy:RolePolicy"
	userPolicyType     = "aws:iam/userPolicy:UserPolicy"
	policyType         = "aws:iam/policy:Policy"
	roleAttachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	userAttachmentType = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
	lambdaType         = "aws:lambda/permission:Permission"
)

// world is what a rendered program makes of an account: who has which policies, and which
// policies the resources have. It is read from the rendering alone; what the spec asks for
// is on the other side of the proof.
type world struct {
	t       *testing.T
	top     *spec.Topology
	grants  []permissions.Grant
	refs    map[string]providers.Rendered
	account string
	region  string
	// arns are the ARNs of topics and queues by their address, dead letters included.
	arns map[permissions.Address]string
	// identities are the documents of policies by who has them: role/NAME, user/NAME.
	identities map[string][]string
	// principals are the services' ARNs: a role's, a user's.
	principals map[string]iamtest.Principal
	// policies are the documents of resources by ARN: topics, queues, functions, roles.
	policies map[string]string
}

// worlds renders every stack on AWS in the corpus that has no errors.
func worlds(t *testing.T) map[string]*world {
	t.Helper()
	files, err := filepath.Glob("../../testdata/cases/*/spec.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	out := map[string]*world{}
	for _, file := range files {
		s := load(t, file)
		if s == nil {
			continue
		}
		for _, stack := range s.Stacks() {
			top, ds := s.Resolve(stack)
			if ds.HasErrors() || top.Target.Cloud() != spec.AWS || aws.New().Check(top).HasErrors() {
				continue
			}
			out[filepath.Base(filepath.Dir(file))+"/"+stack] = newWorld(t, top)
		}
	}
	if len(out) < 10 {
		t.Fatalf("the corpus has %d stacks on AWS: what would this prove?", len(out))
	}
	return out
}

// load returns a spec, or nil where it has errors.
func load(t *testing.T, file string) *spec.Spec {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, ds := spec.Load(file, src)
	if ds.HasErrors() {
		return nil
	}
	return s
}

func newWorld(t *testing.T, top *spec.Topology) *world {
	t.Helper()
	grants := permissions.Derive(top)
	r, err := providers.Render(t.Context(), aws.New(), top, grants)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, top: top, grants: grants, refs: map[string]providers.Rendered{},
		account: top.Target.AWS.Account, region: top.Target.AWS.Region,
		arns: map[permissions.Address]string{}, identities: map[string][]string{},
		principals: map[string]iamtest.Principal{}, policies: map[string]string{},
	}
	if w.account == "" {
		w.account = "111122223333" // the account is not known before the program runs in it
	}
	for _, res := range r.Resources {
		w.refs[res.Ref()] = res
	}
	for _, ref := range slices.Sorted(maps.Keys(w.refs)) {
		w.read(w.refs[ref])
	}
	w.existing()
	for _, s := range top.Services {
		w.principal(s)
	}
	return w
}

func (w *world) read(res providers.Rendered) {
	w.t.Helper()
	switch res.Type {
	case topicType, queueType:
		address := permissions.Address(res.Element)
		// A topic's, a queue's own resource has the name of the element: see package elements.
		if kind, name := address.Split(); res.Type == queueType && (kind != "queue" || res.Name != name) {
			address = address.DeadLetters()
		}
		if other, ok := w.arns[address]; ok {
			w.t.Errorf("%s has two resources: %s and %s", address, other, w.arn(res))
		}
		w.arns[address] = w.arn(res)
	case topicPolicyType:
		w.setPolicy(w.text(res.Inputs["arn"]), res)
	case queuePolicyType:
		w.setPolicy(w.target(res, "queueUrl"), res)
	case roleType:
		w.policies[w.arn(res)] = w.text(res.Inputs["assumeRolePolicy"])
	case rolePolicyType:
		w.hold("role", res.Inputs["role"], res.Inputs["policy"])
	case userPolicyType:
		w.hold("user", res.Inputs["user"], res.Inputs["policy"])
	case roleAttachmentType:
		w.attach("role", res.Inputs["role"], w.text(res.Inputs["policyArn"]))
	case userAttachmentType:
		w.attach("user", res.Inputs["user"], w.text(res.Inputs["policyArn"]))
	case lambdaType:
		w.addInvocation(res)
	}
}

// hold notes a policy of a role or user, by its name: names are unique whatever the path.
func (w *world) hold(kind string, name any, document any) {
	holder := kind + "/" + w.text(name)
	w.identities[holder] = append(w.identities[holder], w.text(document))
}

// attach notes a managed policy of a role or user.
func (w *world) attach(kind string, name any, arn string) {
	for _, res := range w.refs {
		if res.Type == policyType && w.arn(res) == arn {
			w.hold(kind, name, res.Inputs["policy"])
			return
		}
	}
	w.t.Errorf("%s is attached to %s and is not in the program", arn, name)
}

// documents are the policies of a principal.
func (w *world) documents(p iamtest.Principal) []string {
	_, rest, _ := strings.Cut(p.Value, "::"+w.account+":")
	kind, _, _ := strings.Cut(rest, "/")
	return w.identities[kind+"/"+path.Base(rest)]
}

func (w *world) setPolicy(arn string, res providers.Rendered) {
	if _, ok := w.policies[arn]; ok {
		w.t.Errorf("%s has two policies: the last one written wins, for ever", arn)
	}
	w.policies[arn] = w.text(res.Inputs["policy"])
}

// addInvocation adds the statement that AddPermission of Lambda adds to a function's policy.
func (w *world) addInvocation(res providers.Rendered) {
	condition := map[string]any{}
	if source, ok := res.Inputs["sourceArn"]; ok {
		condition["ArnLike"] = map[string]any{"aws:SourceArn": w.text(source)}
	}
	if account, ok := res.Inputs["sourceAccount"]; ok {
		condition["StringEquals"] = map[string]any{"aws:SourceAccount": w.text(account)}
	}
	arn := w.text(res.Inputs["function"])
	if qualifier, ok := res.Inputs["qualifier"]; ok {
		arn += ":" + w.text(qualifier) // of a version or an alias, which has a policy of its own
	}
	var doc struct {
		Version   string
		Statement []any
	}
	if old, ok := w.policies[arn]; ok {
		if err := json.Unmarshal([]byte(old), &doc); err != nil {
			w.t.Fatal(err)
		}
	}
	doc.Version = "2012-10-17"
	doc.Statement = append(doc.Statement, map[string]any{
		"Sid": w.text(res.Inputs["statementId"]), "Effect": "Allow", "Principal": map[string]any{"Service": w.text(res.Inputs["principal"])},
		"Action": w.text(res.Inputs["action"]), "Resource": arn, "Condition": condition,
	})
	raw, err := json.Marshal(doc)
	if err != nil {
		w.t.Fatal(err)
	}
	w.policies[arn] = string(raw)
}

// existing are the ARNs of what was made elsewhere. The name of what another project has
// follows from the rule of names: PROJECT-STACK-NAME.
func (w *world) existing() {
	name := func(project, name string, fifo bool) string {
		if fifo {
			name += ".fifo"
		}
		return project + "-" + w.top.Stack + "-" + strings.TrimPrefix(name, project+"/")
	}
	for _, t := range w.top.ForeignTopics {
		w.arns[permissions.TopicAddress(t.Name)] = fmt.Sprintf("arn:%s:sns:%s:%s:%s", w.partition(), w.region, w.account, name(t.Project, t.Name, t.Ordered))
	}
	for _, q := range w.top.ForeignQueues {
		w.arns[permissions.QueueAddress(q.Name)] = fmt.Sprintf("arn:%s:sqs:%s:%s:%s", w.partition(), w.region, w.account, name(q.Project, q.Name, q.Ordered))
	}
	for _, t := range w.top.Topics {
		if t.Existing != nil && t.Existing.AWS != "" {
			w.arns[permissions.TopicAddress(t.Name)] = t.Existing.AWS
		}
	}
	for _, q := range w.top.Queues {
		if q.Existing != nil && q.Existing.AWS != "" {
			w.arns[permissions.QueueAddress(q.Name)] = q.Existing.AWS
		}
	}
}

// principal finds who a service is: what the spec says, or the role that the program makes.
func (w *world) principal(s *spec.Service) {
	element := string(permissions.ServiceAddress(s.Name))
	arn := w.iam("role/attached-" + s.Name) // of `policyOnly`: somebody attaches it
	var identity *spec.AWSIdentity
	if s.Identity != nil {
		identity = s.Identity.AWS
	}
	switch {
	case identity == nil:
	case identity.PolicyOnly:
		for _, res := range w.refs {
			if res.Type == policyType && res.Element == element {
				w.hold("role", "attached-"+s.Name, res.Inputs["policy"])
			}
		}
	case identity.User != "":
		arn = w.iam("user/" + identity.User)
	case strings.HasPrefix(identity.Role, "arn:"):
		arn = identity.Role
	case identity.Role != "":
		arn = w.iam("role/" + identity.Role)
		for _, other := range w.top.Services {
			// A role's name is unique in its account: it is this one where another service tells its path.
			if other.Identity != nil && other.Identity.AWS != nil && strings.HasSuffix(other.Identity.AWS.Role, "/"+identity.Role) {
				arn = other.Identity.AWS.Role
			}
		}
	default:
		for _, res := range w.refs {
			if res.Type == roleType && res.Element == element {
				arn = w.arn(res)
			}
		}
	}
	w.principals[s.Name] = iamtest.Principal{Kind: iamtest.AWS, Value: arn}
}

func (w *world) iam(rest string) string {
	return "arn:" + w.partition() + ":iam::" + w.account + ":" + rest
}

// partition is what ARNs of the stack's region begin with, and accounts are apart by.
func (w *world) partition() string {
	switch {
	case strings.HasPrefix(w.region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(w.region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// arn is the ARN that AWS gives to a resource: names are explicit, so it follows.
func (w *world) arn(res providers.Rendered) string {
	name := w.text(res.Inputs["name"])
	switch res.Type {
	case topicType:
		return fmt.Sprintf("arn:%s:sns:%s:%s:%s", w.partition(), w.region, w.account, name)
	case queueType:
		return fmt.Sprintf("arn:%s:sqs:%s:%s:%s", w.partition(), w.region, w.account, name)
	case roleType:
		dir := "/"
		if p, ok := res.Inputs["path"]; ok {
			dir = w.text(p)
		}
		return w.iam("role" + path.Join("/", dir, name))
	case policyType:
		return w.iam("policy/" + name)
	default:
		w.t.Fatalf("%s has no ARN here", res.Ref())
		return ""
	}
}

var placeholder = regexp.MustCompile(`\$\{([^{}]+::[^{}]+)\.([^{}.]+)\}`)

// text returns an input with ARNs in place of what only AWS can tell.
func (w *world) text(v any) string {
	w.t.Helper()
	v = strings.ReplaceAll(fmt.Sprint(v), "{account-id}", w.account)
	return placeholder.ReplaceAllStringFunc(fmt.Sprint(v), func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		res, ok := w.refs[m[1]]
		switch {
		case !ok:
			w.t.Fatalf("%s is not in the program", p)
		case m[2] == "arn", m[2] == "id" && res.Type == topicType, m[2] == "id" && res.Type == policyType:
			return w.arn(res)
		case m[2] == "name", m[2] == "id" && res.Type == roleType:
			return w.text(res.Inputs["name"])
		}
		return p
	})
}

// target is the ARN of the queue whose URL an input is.
func (w *world) target(res providers.Rendered, input string) string {
	w.t.Helper()
	m := placeholder.FindStringSubmatch(fmt.Sprint(res.Inputs[input]))
	if m == nil {
		w.t.Fatalf("%s: %s is %v, want a queue's URL", res.Ref(), input, res.Inputs[input])
	}
	return w.arn(w.refs[m[1]])
}
