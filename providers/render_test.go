package providers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// fake is a provider whose program the test gives.
type fake struct{ program pulumi.RunFunc }

func (fake) Check(*spec.Topology) diag.Diagnostics { return nil }
func (f fake) Program(*spec.Topology, []permissions.Grant) pulumi.RunFunc {
	return f.program
}
func (fake) Actions(*spec.Topology, permissions.Grant) ([]string, string) { return nil, "" }
func (fake) Resources() []providers.ResourceType {
	return []providers.ResourceType{{Token: "nats:index:Stream", Computed: []string{"created"}}, {Token: "nats:index:User", Computed: []string{"creds"}}}
}

type component struct{ pulumi.ResourceState }

type stream struct {
	pulumi.CustomResourceState
	StreamName pulumi.StringOutput `pulumi:"streamName"`
	Created    pulumi.StringOutput `pulumi:"created"`
	Creds      pulumi.StringOutput `pulumi:"creds"`
}

func program(ctx *pulumi.Context) error {
	var queue component
	if err := ctx.RegisterComponentResource("msgdeploy:index:Queue", "jobs", &queue); err != nil {
		return err
	}
	var jobs, user stream
	if err := ctx.RegisterResource("nats:index:Stream", "jobs", pulumi.Map{
		"streamName": pulumi.String("shop-local-jobs-queue"), "maxAge": pulumi.Float64(345600),
		"token": pulumi.ToSecret(pulumi.String("s3cret")),
	}, &jobs, pulumi.Parent(&queue), pulumi.Protect(true)); err != nil {
		return err
	}
	if err := ctx.RegisterResource("nats:index:User", "worker", pulumi.Map{
		"stream": jobs.StreamName, "since": pulumi.Sprintf("after %s", jobs.Created),
	}, &user, pulumi.AdditionalSecretOutputs([]string{"creds"})); err != nil {
		return err
	}
	ctx.Export("outputs", pulumi.Map{"stream": jobs.StreamName, "id": jobs.ID(), "creds": user.Creds})
	return nil
}

func TestRender(t *testing.T) {
	t.Parallel()
	top := &spec.Topology{Project: "shop", Stack: "local", Target: spec.Target{NATS: &spec.NATSTarget{}}}
	got, err := providers.Render(t.Context(), fake{program}, top, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &providers.Rendering{
		Project: "shop", Stack: "local", Provider: spec.NATS,
		Resources: []providers.Rendered{
			{Type: "msgdeploy:index:Queue", Name: "jobs", Element: "queue.jobs", Inputs: map[string]any{}},
			{
				Type: "nats:index:Stream", Name: "jobs", Element: "queue.jobs", Parent: "msgdeploy:index:Queue::jobs",
				Inputs:  map[string]any{"streamName": "shop-local-jobs-queue", "maxAge": 345600.0, "token": "[secret]"},
				Options: map[string]any{"protect": true},
			},
			{
				Type: "nats:index:User", Name: "worker", Element: "stack",
				Inputs:    map[string]any{"stream": "shop-local-jobs-queue", "since": "after ${nats:index:Stream::jobs.created}"},
				DependsOn: []string{"nats:index:Stream::jobs"},
			},
		},
		Outputs: map[string]any{"outputs": map[string]any{
			"stream": "shop-local-jobs-queue", "id": "${nats:index:Stream::jobs.id}", "creds": "[secret]",
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rendering (-want +got):\n%s", diff)
	}
}

func TestRenderRefusesTwins(t *testing.T) {
	t.Parallel()
	twins := func(ctx *pulumi.Context) error {
		// Two parents of different types make different URNs, yet the rendering could not tell the children apart.
		for _, kind := range []string{"Queue", "Topic"} {
			var parent component
			if err := ctx.RegisterComponentResource("msgdeploy:index:"+kind, "jobs", &parent); err != nil {
				return err
			}
			if err := ctx.RegisterResource("nats:index:Stream", "jobs", nil, &stream{}, pulumi.Parent(&parent)); err != nil {
				return err
			}
		}
		return nil
	}
	top := &spec.Topology{Project: "shop", Stack: "local"}
	_, err := providers.Render(t.Context(), fake{twins}, top, nil)
	if err == nil || !strings.Contains(err.Error(), "nats:index:Stream::jobs") {
		t.Errorf("error = %v, want one that names the twins", err)
	}
}

func TestRenderReportsTheProgramsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such subject")
	_, err := providers.Render(t.Context(), fake{func(*pulumi.Context) error { return fmt.Errorf("queue jobs: %w", broken) }},
		&spec.Topology{Project: "shop", Stack: "local"}, nil)
	if err == nil || !strings.Contains(err.Error(), "no such subject") {
		t.Errorf("error = %v", err)
	}
}
