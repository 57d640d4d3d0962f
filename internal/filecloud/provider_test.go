package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func urn(typ string) resource.URN {
	return resource.URN("urn:pulumi:stack::project::" + typ + "::name")
}

// rig is a plugin of a family, configured as the programs configure it.
func rig(t *testing.T, family, dir string) *provider {
	t.Helper()
	c, err := openCloud(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{family: families()[family], cloud: c}
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: props(
		"region", "eu-west-1", "project", "acme", "subscriptionId", "sub", "location", "westeurope",
	)}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *provider) make(t *testing.T, typ string, in resource.PropertyMap) (plugin.CreateResponse, error) {
	t.Helper()
	checked, err := p.Check(t.Context(), plugin.CheckRequest{URN: urn(typ), News: in})
	if err != nil {
		t.Fatal(err)
	}
	return p.Create(t.Context(), plugin.CreateRequest{URN: urn(typ), Properties: checked.Properties})
}

// TestCloudIsADirectory: what one process has made another finds, changes and deletes.
func TestCloudIsADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made, err := rig(t, "aws", dir).make(t, awsQueue, props("name", "jobs"))
	if err != nil {
		t.Fatal(err)
	}
	const url = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
	if made.ID != url || text(made.Properties, "arn") != "arn:aws:sqs:eu-west-1:123456789012:jobs" {
		t.Errorf("made %s %v", made.ID, made.Properties)
	}
	read := func() plugin.ReadResponse {
		r, err := rig(t, "aws", dir).Read(t.Context(), plugin.ReadRequest{URN: urn(awsQueue), ID: url})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := read(); text(r.Outputs, "url") != url {
		t.Errorf("read %v", r.Outputs)
	}
	if _, err := rig(t, "aws", dir).Delete(t.Context(), plugin.DeleteRequest{URN: urn(awsQueue), ID: url}); err != nil {
		t.Fatal(err)
	}
	if r := read(); r.ID != "" {
		t.Errorf("read %s, which was deleted", r.ID)
	}
}

// TestRefusals: the cloud does not have what the clouds do not have.
func TestRefusals(t *testing.T) {
	t.Parallel()
	aws, azure := rig(t, "aws", t.TempDir()), rig(t, "azure-native", t.TempDir())
	for want, refused := range map[string]func() error{
		"does not match": func() error { _, err := aws.make(t, awsQueue, props("name", strings.Repeat("a", 81))); return err },
		"there is no": func() error {
			_, err := aws.make(t, awsTopicRules, props("arn", "arn:aws:sns:x", "policy", "{}"))
			return err
		},
		"already exists": func() error {
			if _, err := aws.make(t, awsRole, props("name", "api", "assumeRolePolicy", "{}")); err != nil {
				return err
			}
			_, err := aws.make(t, awsRole, props("name", "api", "assumeRolePolicy", "{}"))
			return err
		},
		"RoleAssignmentExists": func() error {
			in := props("scope", "/s", "principalId", "p", "roleDefinitionId", "r", "roleAssignmentName", guid("one"))
			if _, err := azure.make(t, azureAssigned, in); err != nil {
				return err
			}
			in["roleAssignmentName"] = resource.NewProperty(guid("two"))
			_, err := azure.make(t, azureAssigned, in)
			return err
		},
	} {
		if err := refused(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}

// TestDiff: what is a change, and which takes a new resource.
func TestDiff(t *testing.T) {
	t.Parallel()
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	tests := map[string]struct {
		family, typ string
		has, wants  resource.PropertyMap
		want        []resource.PropertyKey // changed; those that replace begin with a +
	}{
		"equal documents": {"aws", awsRedrive, props("redrivePolicy", `{"a":1,"b":2}`), props("redrivePolicy", `{"b":2, "a":1}`), nil},
		"equal policies":  {"aws", awsQueueRules, props("policy", `{"Action":["a","b"]}`), props("policy", `{"Action":["b","a"]}`), nil},
		"a new name":      {"aws", awsTopic, props("name", "a", "arn", "x"), props("name", "b"), []resource.PropertyKey{"+name"}},
		"left out, kept":  {"aws", awsTopic, props("tracingConfig", "Active"), props(), nil},
		"left out":        {"aws", awsTopic, props("kmsMasterKeyId", "k"), props(), []resource.PropertyKey{"kmsMasterKeyId"}},
		"a short name":    {"gcp", gcpSubscription, props("topic", "projects/p/topics/t"), props("topic", "t"), nil},
		"a default":       {"azure-native", azureTopic, props(), props("publicNetworkAccess", "Enabled"), nil},
		"a spelling":      {"azure-native", azureTopic, props("location", "West Europe"), props("location", "westeurope"), nil},
		"not known": {"azure-native", azureAssigned, props("principalId", "p"), resource.PropertyMap{"principalId": unknown},
			[]resource.PropertyKey{"+principalId"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := rig(t, test.family, t.TempDir()).Diff(t.Context(), plugin.DiffRequest{
				URN: urn(test.typ), OldInputs: test.has, OldOutputs: test.has, NewInputs: test.wants,
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []resource.PropertyKey
			for _, key := range d.ChangedKeys {
				if d.DetailedDiff[string(key)].Kind.IsReplace() {
					key = "+" + key
				}
				got = append(got, key)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPreviews: azure-native forgets what a cloud has told when it previews an update; bridged plugins do not.
func TestPreviews(t *testing.T) {
	t.Parallel()
	azure, aws := rig(t, "azure-native", t.TempDir()), rig(t, "aws", t.TempDir())
	old := props("principalId", "p", "name", "n")
	res, err := azure.Update(t.Context(), plugin.UpdateRequest{URN: urn(azureIdentity), OldOutputs: old, Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	if !res.Properties["principalId"].IsComputed() || text(res.Properties, "name") != "n" {
		t.Errorf("azure-native previews %v", res.Properties)
	}
	made, err := aws.make(t, awsTopic, props("name", "t"))
	if err != nil {
		t.Fatal(err)
	}
	res, err = aws.Update(t.Context(), plugin.UpdateRequest{
		URN: urn(awsTopic), ID: made.ID, OldOutputs: made.Properties, NewInputs: props("name", "t"), Preview: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if text(res.Properties, "arn") != string(made.ID) {
		t.Errorf("aws previews %v", res.Properties)
	}
}
