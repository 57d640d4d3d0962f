// Command bridge records what pulumi-terraform-bridge makes of resources, for the stand-in's tests
// to compare with: over Terraform schemas shaped like those of terraform-provider-aws (the same
// names, kinds, defaults, ForceNew and Computed), but with nothing behind them.
//
// It is a module of its own, as the bridge has many dependencies and msgdeploy needs none of them:
//
//	cd standin/testdata/bridge && go mod tidy && go run . > ../bridge.json
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// Recorded is one comparison: a resource of a state, and the inputs of a program.
type Recorded struct {
	Name   string         `json:"name"`
	Token  string         `json:"token"`
	News   map[string]any `json:"news"`
	Inputs map[string]any `json:"inputs"`
	// Outputs are those of the resource that is created of News, or else of the state's.
	Outputs map[string]any `json:"outputs"`
	// Before is the state; nil is a creation.
	Before *State `json:"before,omitempty"`
	Diff   *Diff  `json:"diff,omitempty"`
}

// State is a resource as a state holds it.
type State struct {
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
}

// Diff is the bridge's answer.
type Diff struct {
	Changes             bool              `json:"changes"`
	Replaces            []string          `json:"replaces"`
	DeleteBeforeReplace bool              `json:"deleteBeforeReplace"`
	Detailed            map[string]string `json:"detailed"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	ctx := context.Background()
	tf := shimv2.NewProvider(&schema.Provider{ResourcesMap: resources()})
	info := tfbridge.ProviderInfo{
		P: tf, Name: "aws", Version: "6.83.4", Resources: tokens(),
		MetadataInfo: tfbridge.NewProviderMetadata([]byte(`{}`)),
	}
	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(info, sink)
	if err != nil {
		return err
	}
	schemaJSON, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	server := tfbridge.NewProvider(ctx, nil, "aws", "6.83.4", tf, info, schemaJSON)
	if _, err := server.Configure(ctx, &pulumirpc.ConfigureRequest{Args: &structpb.Struct{}, AcceptSecrets: true}); err != nil {
		return err
	}
	var all []Recorded
	for _, c := range cases() {
		made, err := create(ctx, server, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		all = append(all, made)
		for _, then := range c.then {
			r, err := change(ctx, server, c, made, then)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", c.name, then.name, err)
			}
			all = append(all, r)
		}
	}
	out, err := json.MarshalIndent(all, "", " ")
	if err == nil {
		_, err = fmt.Println(string(out))
	}
	return err
}

func urn(token string) string { return "urn:pulumi:prod::shop::" + token + "::res" }

func create(ctx context.Context, server pulumirpc.ResourceProviderServer, c testCase) (Recorded, error) {
	r := Recorded{Name: c.name, Token: c.token, News: c.inputs}
	news, err := structpb.NewStruct(c.inputs)
	if err != nil {
		return r, err
	}
	checked, err := server.Check(ctx, &pulumirpc.CheckRequest{Urn: urn(c.token), Name: "res", Type: c.token, News: news, RandomSeed: []byte("0123456789abcdef0123456789abcdef")})
	if err != nil {
		return r, err
	}
	if len(checked.GetFailures()) > 0 {
		return r, fmt.Errorf("refused: %v", checked.GetFailures())
	}
	r.Inputs = checked.GetInputs().AsMap()
	made, err := server.Create(ctx, &pulumirpc.CreateRequest{Urn: urn(c.token), Name: "res", Type: c.token, Properties: checked.GetInputs()})
	if err != nil {
		return r, err
	}
	r.Outputs = made.GetProperties().AsMap()
	return r, nil
}

func change(ctx context.Context, server pulumirpc.ResourceProviderServer, c testCase, made Recorded, then step) (Recorded, error) {
	r := Recorded{
		Name: c.name + ": " + then.name, Token: c.token, News: then.inputs,
		Before: &State{Inputs: made.Inputs, Outputs: made.Outputs},
	}
	if then.drift != nil {
		drifted := map[string]any{}
		for k, v := range made.Outputs {
			drifted[k] = v
		}
		for k, v := range then.drift {
			drifted[k] = v
		}
		r.Before.Outputs = drifted
	}
	news, err := structpb.NewStruct(then.inputs)
	if err != nil {
		return r, err
	}
	olds, err := structpb.NewStruct(made.Inputs)
	if err != nil {
		return r, err
	}
	state, err := structpb.NewStruct(r.Before.Outputs)
	if err != nil {
		return r, err
	}
	checked, err := server.Check(ctx, &pulumirpc.CheckRequest{Urn: urn(c.token), Name: "res", Type: c.token, News: news, Olds: olds})
	if err != nil {
		return r, err
	}
	r.Inputs = checked.GetInputs().AsMap()
	d, err := server.Diff(ctx, &pulumirpc.DiffRequest{
		Id: "id", Urn: urn(c.token), Name: "res", Type: c.token, OldInputs: olds, Olds: state, News: checked.GetInputs(),
	})
	if err != nil {
		return r, err
	}
	r.Diff = &Diff{
		Changes:  d.GetChanges() == pulumirpc.DiffResponse_DIFF_SOME,
		Replaces: d.GetReplaces(), DeleteBeforeReplace: d.GetDeleteBeforeReplace(), Detailed: map[string]string{},
	}
	for path, p := range d.GetDetailedDiff() {
		r.Diff.Detailed[path] = p.GetKind().String()
	}
	return r, nil
}

// sameJSON is how the resources of AWS leave alone what differs in spelling only.
func sameJSON(_, old, new string, _ *schema.ResourceData) bool {
	var a, b any
	return json.Unmarshal([]byte(old), &a) == nil && json.Unmarshal([]byte(new), &b) == nil && reflect.DeepEqual(a, b)
}
