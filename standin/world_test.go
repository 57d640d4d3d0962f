package standin

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// cloud is a stand-in, configured, with what a test says it has.
type cloud struct {
	t *testing.T
	plugin.Provider
}

func newCloud(t *testing.T, o Options) cloud {
	t.Helper()
	p := New(AWS(), o)
	// Lists are written as the SDKs write them.
	settings := resource.NewPropertyMapFromMap(map[string]any{"region": "eu-west-1", "allowedAccountIds": `["111122223333"]`})
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: settings}); err != nil {
		t.Fatal(err)
	}
	return cloud{t, p}
}

func urnOf(token, name string) resource.URN {
	return resource.URN("urn:pulumi:prod::shop::" + token + "::" + name)
}

func (c cloud) create(token, name string, inputs map[string]any) (plugin.CreateResponse, error) {
	c.t.Helper()
	checked, err := c.Check(c.t.Context(), plugin.CheckRequest{URN: urnOf(token, name), News: resource.NewPropertyMapFromMap(inputs), RandomSeed: []byte("seed")})
	if err != nil || len(checked.Failures) > 0 {
		c.t.Fatalf("%s %s: %v %v", token, name, checked.Failures, err)
	}
	return c.Create(c.t.Context(), plugin.CreateRequest{URN: urnOf(token, name), Properties: checked.Properties})
}

func (c cloud) mustCreate(token, name string, inputs map[string]any) plugin.CreateResponse {
	c.t.Helper()
	r, err := c.create(token, name, inputs)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c cloud) refuses(want, token, name string, inputs map[string]any) {
	c.t.Helper()
	if _, err := c.create(token, name, inputs); err == nil || !strings.Contains(err.Error(), want) {
		c.t.Errorf("%s %s: error %v, want %q", token, name, err, want)
	}
}

const redrive = "aws:sqs/redrivePolicy:RedrivePolicy"

func to(arn string) map[string]any {
	return map[string]any{"queueUrl": jobsURL, "redrivePolicy": `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":5}`}
}

// TestOutputs: ids, ARNs and URLs are those that AWS would give.
func TestOutputs(t *testing.T) {
	t.Parallel()
	c := newCloud(t, Options{})
	queue := c.mustCreate(queueToken, "jobs", map[string]any{"name": "jobs"})
	if diff := cmp.Diff([]string{jobsURL, jobsURL, jobsARN}, []string{string(queue.ID), queue.Properties["url"].StringValue(), queue.Properties["arn"].StringValue()}); diff != "" {
		t.Errorf("queue:\n%s", diff)
	}
	if got := queue.Properties["visibilityTimeoutSeconds"].NumberValue(); got != 30 {
		t.Errorf("a default is %v in the outputs", got)
	}
	if topic := c.mustCreate(topicToken, "orders", map[string]any{"name": "orders"}); string(topic.ID) != ordersID {
		t.Errorf("topic %s", topic.ID)
	}
	china := New(AWS(), Options{Facts: map[string]string{"account": "1"}})
	if _, err := china.Configure(t.Context(), plugin.ConfigureRequest{Inputs: resource.NewPropertyMapFromMap(map[string]any{"region": "cn-north-1"})}); err != nil {
		t.Fatal(err)
	}
	queue = cloud{t, china}.mustCreate(queueToken, "jobs", map[string]any{"name": "jobs"})
	if want := "https://sqs.cn-north-1.amazonaws.com.cn/1/jobs"; string(queue.ID) != want {
		t.Errorf("%s, want %s", queue.ID, want)
	}
}

// TestWorld: a resource needs what it refers to, and a name that is free.
func TestWorld(t *testing.T) {
	t.Parallel()
	c := newCloud(t, Options{})
	c.refuses("NonExistentQueue", redrive, "jobs", to(jobsARN+"-dlq"))
	c.mustCreate(queueToken, "jobs", map[string]any{"name": "jobs"})
	c.refuses("Dead letter target does not exist", redrive, "jobs", to(jobsARN+"-dlq"))
	dlq := c.mustCreate(queueToken, "dlq", map[string]any{"name": "jobs-dlq"})
	policy := c.mustCreate(redrive, "jobs", to(jobsARN+"-dlq"))
	c.refuses("a resource for its redrivePolicy already", redrive, "another", to(jobsARN+"-dlq"))
	c.refuses("QueueAlreadyExists", queueToken, "other", map[string]any{"name": "jobs"})

	// The end of a part is not the end of the whole; the end of the whole is.
	if _, err := c.Delete(t.Context(), plugin.DeleteRequest{URN: urnOf(redrive, "jobs"), ID: policy.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Delete(t.Context(), plugin.DeleteRequest{URN: urnOf(queueToken, "dlq"), ID: dlq.ID}); err != nil {
		t.Fatal(err)
	}
	c.refuses("Dead letter target does not exist", redrive, "jobs", to(jobsARN+"-dlq"))
}

// TestWorldOfAState: what the state holds exists, and what the spec refers to.
func TestWorldOfAState(t *testing.T) {
	t.Parallel()
	c := newCloud(t, Options{
		Resources: func(context.Context) ([]Resource, error) {
			return []Resource{{URN: urnOf(queueToken, "jobs"), ID: jobsURL, Inputs: map[string]any{"name": "jobs"}}}, nil
		},
		Exists: func(id string) bool { return id == jobsARN+"-elsewhere" },
	})
	c.refuses("QueueAlreadyExists", queueToken, "other", map[string]any{"name": "jobs"})
	c.mustCreate(redrive, "jobs", to(jobsARN+"-elsewhere"))
}

// TestShares: the inline policies of a role share 10,240 characters.
func TestShares(t *testing.T) {
	t.Parallel()
	c := newCloud(t, Options{Exists: func(id string) bool { return id == "role worker" }})
	policy := func(size int) map[string]any {
		return map[string]any{"role": "worker", "policy": document(statement("sqs:"+strings.Repeat("x", size), "*"))}
	}
	with := func(name string, m map[string]any) map[string]any { m["name"] = name; return m }
	const token = "aws:iam/rolePolicy:RolePolicy"
	first := c.mustCreate(token, "a", with("a", policy(6000)))
	c.refuses("characters of inline policies of role worker, of at most 10240", token, "b", with("b", policy(6000)))
	_, err := c.Update(t.Context(), plugin.UpdateRequest{
		URN: urnOf(token, "a"), ID: first.ID, OldOutputs: first.Properties,
		OldInputs: first.Properties, NewInputs: resource.NewPropertyMapFromMap(with("a", policy(10))),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.mustCreate(token, "b", with("b", policy(6000)))
}

// TestUnconfirmed: an endpoint over HTTPS is asked, and until it has confirmed each reading says
// that it has not. One that confirms by itself is waited for, and queues are not asked.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	const token = "aws:sns/topicSubscription:TopicSubscription"
	var asked []string
	confirmed := false
	c := newCloud(t, Options{
		Asked:    func(urn resource.URN) { asked = append(asked, urn.Name()) },
		Confirms: func(resource.URN) bool { return confirmed },
	})
	topic := c.mustCreate(topicToken, "t", map[string]any{"name": "t"})
	inputs := func(protocol, endpoint string, more map[string]any) map[string]any {
		m := map[string]any{"topic": string(topic.ID), "protocol": protocol, "endpoint": endpoint}
		maps.Copy(m, more)
		return m
	}
	pending := func(properties resource.PropertyMap) bool { return properties["pendingConfirmation"].BoolValue() }
	for name, in := range map[string]map[string]any{
		"queue": inputs("sqs", "arn:aws:sqs:eu-west-1:111122223333:q", nil),
		"auto":  inputs("https", "https://auto.example.com", map[string]any{"endpointAutoConfirms": true}),
	} {
		if made := c.mustCreate(token, name, in); pending(made.Properties) {
			t.Errorf("%s is not confirmed", name)
		}
	}
	in := inputs("https", "https://mail.example.com", nil)
	made := c.mustCreate(token, "mail", in)
	read := plugin.ReadRequest{URN: urnOf(token, "mail"), ID: made.ID, Inputs: resource.NewPropertyMapFromMap(in), State: made.Properties}
	for _, confirmed = range []bool{false, true} {
		now, err := c.Read(t.Context(), read)
		if err != nil || !pending(made.Properties) || pending(now.Outputs) == confirmed {
			t.Errorf("confirmed is %v; made %v, read %v, %v", confirmed, made.Properties, now.Outputs, err)
		}
	}
	if diff := cmp.Diff([]string{"mail"}, asked); diff != "" {
		t.Errorf("who is asked (-want +got):\n%s", diff)
	}
	if made := newCloud(t, Options{Exists: func(string) bool { return true }}).mustCreate(token, "mail", in); pending(made.Properties) {
		t.Error("a rehearsal waits for somebody")
	}
}

// TestUndecrypted: a secret that nobody could read is neither the same nor another: it is said.
func TestUndecrypted(t *testing.T) {
	t.Parallel()
	var told []string
	c := newCloud(t, Options{Undecided: func(urn resource.URN, path string) { told = append(told, urn.Name()+"."+path) }})
	old := resource.PropertyMap{"name": resource.NewProperty("jobs"), "kmsMasterKeyId": resource.MakeSecret(resource.NewProperty(Undecrypted))}
	news := resource.PropertyMap{"name": resource.NewProperty("jobs"), "kmsMasterKeyId": resource.MakeSecret(resource.NewProperty("k"))}
	d, err := c.Diff(t.Context(), plugin.DiffRequest{URN: urnOf(queueToken, "jobs"), OldInputs: old, OldOutputs: old, NewInputs: news})
	if err != nil || d.Changes != plugin.DiffNone {
		t.Errorf("%+v %v", d, err)
	}
	if diff := cmp.Diff([]string{"jobs.kmsMasterKeyId"}, told); diff != "" {
		t.Error(diff)
	}
}

// TestNothingIsLookedUp: the stand-in knows what was made here, and nothing else.
func TestNothingIsLookedUp(t *testing.T) {
	t.Parallel()
	c := newCloud(t, Options{})
	if _, err := c.Read(t.Context(), plugin.ReadRequest{URN: urnOf(queueToken, "jobs"), ID: jobsURL}); err == nil || !strings.Contains(err.Error(), "nothing asks the cloud") {
		t.Errorf("error %v", err)
	}
	if _, err := c.Check(t.Context(), plugin.CheckRequest{URN: urnOf("aws:s3/bucket:Bucket", "b")}); err == nil {
		t.Error("an unknown type is accepted")
	}
}
