package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// recorder is the engine's side of a program that is only looked at: it answers each
// registration with the inputs and a placeholder for whatever the cloud would add.
// pulumi.WithMocks does less: it never sees a program's outputs.
type recorder struct {
	pulumirpc.UnimplementedResourceMonitorServer
	pulumirpc.UnimplementedEngineServer

	project, stack string
	computed       map[string][]string

	mu        sync.Mutex
	resources map[resource.URN]Rendered
	refs      map[string]bool
	root      resource.URN
	outputs   map[string]any
}

func newRecorder(project, stack string, types []ResourceType) *recorder {
	rec := &recorder{
		project: project, stack: stack,
		computed:  map[string][]string{},
		resources: map[resource.URN]Rendered{},
		refs:      map[string]bool{},
	}
	for _, t := range types {
		rec.computed[t.Token] = t.Computed
	}
	return rec
}

// serve listens on a loopback port until stop is called.
func (rec *recorder) serve() (addr string, stop func(), err error) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	// A resource may be larger than gRPC's default of 4 MiB: a service's account lists all its subjects.
	srv := grpc.NewServer(grpc.MaxRecvMsgSize(1<<30), grpc.MaxSendMsgSize(1<<30))
	pulumirpc.RegisterResourceMonitorServer(srv, rec)
	pulumirpc.RegisterEngineServer(srv, rec)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(lis) // ends with stop
	}()
	return lis.Addr().String(), func() { srv.Stop(); <-done }, nil
}

// GetDeploymentInfo says what the recorder understands: secrets stay marked, aliases come as written.
func (rec *recorder) GetDeploymentInfo(context.Context, *emptypb.Empty) (*pulumirpc.DeploymentInfo, error) {
	return &pulumirpc.DeploymentInfo{
		Project: rec.project,
		Stack:   rec.stack,
		SupportedFeatures: []pulumirpc.ResourceMonitorFeature{
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_SECRETS,
			pulumirpc.ResourceMonitorFeature_RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
		},
	}, nil
}

// RegisterResource records a resource. A second one of the same type and name is an error,
// as it would be in a state.
func (rec *recorder) RegisterResource(_ context.Context, req *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	urn := rec.urn(req)
	if req.GetType() == string(resource.RootStackType) {
		rec.root = urn
		return &pulumirpc.RegisterResourceResponse{Urn: string(urn), Object: &structpb.Struct{}}, nil
	}
	inputs, err := plugin.UnmarshalProperties(req.GetObject(), plugin.MarshalOptions{KeepSecrets: true})
	if err != nil {
		return nil, fmt.Errorf("inputs of %s: %w", urn, err)
	}
	r := Rendered{
		Type:    req.GetType(),
		Name:    req.GetName(),
		Element: rec.elementOf(req),
		Inputs:  plain(inputs),
		Options: options(req),
	}
	if parent, ok := rec.resources[resource.URN(req.GetParent())]; ok {
		r.Parent = parent.Ref()
	}
	for _, dep := range req.GetDependencies() {
		d, ok := rec.resources[resource.URN(dep)]
		if ok && d.Ref() != r.Parent {
			r.DependsOn = append(r.DependsOn, d.Ref())
		}
	}
	slices.Sort(r.DependsOn)
	r.DependsOn = slices.Compact(r.DependsOn)
	if rec.refs[r.Ref()] {
		return nil, fmt.Errorf("two resources are called %s", r.Ref())
	}
	rec.refs[r.Ref()] = true
	rec.resources[urn] = r
	return rec.answer(urn, req, r, inputs)
}

func (rec *recorder) urn(req *pulumirpc.RegisterResourceRequest) resource.URN {
	var parentType tokens.Type
	if parent := resource.URN(req.GetParent()); parent != "" && parent.QualifiedType() != resource.RootStackType {
		parentType = parent.QualifiedType()
	}
	return resource.NewURN(tokens.QName(rec.stack), tokens.PackageName(rec.project), parentType, tokens.Type(req.GetType()), req.GetName())
}

func (rec *recorder) elementOf(req *pulumirpc.RegisterResourceRequest) string {
	if address, ok := element(req.GetType(), req.GetName()); ok {
		return address
	}
	if parent, ok := rec.resources[resource.URN(req.GetParent())]; ok {
		return parent.Element
	}
	return "stack"
}

// answer returns what the program sees of the new resource.
func (rec *recorder) answer(urn resource.URN, req *pulumirpc.RegisterResourceRequest, r Rendered, inputs resource.PropertyMap) (*pulumirpc.RegisterResourceResponse, error) {
	placeholder := func(property string) string { return "${" + r.Ref() + "." + property + "}" }
	state := inputs.Copy()
	secret := req.GetAdditionalSecretOutputs()
	for _, property := range rec.computed[r.Type] {
		v := resource.NewProperty(placeholder(property))
		if slices.Contains(secret, property) {
			v = resource.MakeSecret(v)
		}
		place(state, property, v)
	}
	object, err := plugin.MarshalProperties(state, plugin.MarshalOptions{KeepSecrets: true})
	if err != nil {
		return nil, fmt.Errorf("outputs of %s: %w", urn, err)
	}
	resp := &pulumirpc.RegisterResourceResponse{Urn: string(urn), Object: object}
	if req.GetCustom() {
		resp.Id = placeholder("id")
	}
	return resp, nil
}

// place puts a value at a dotted path, beside what else there is.
func place(state resource.PropertyMap, path string, v resource.PropertyValue) {
	key, rest, nested := strings.Cut(path, ".")
	if !nested {
		state[resource.PropertyKey(key)] = v
		return
	}
	inner := resource.PropertyMap{}
	if there := state[resource.PropertyKey(key)]; there.IsObject() {
		inner = there.ObjectValue().Copy()
	}
	place(inner, rest, v)
	state[resource.PropertyKey(key)] = resource.NewProperty(inner)
}

// RegisterResourceOutputs keeps the stack's own outputs; those of components say nothing new.
func (rec *recorder) RegisterResourceOutputs(_ context.Context, req *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if resource.URN(req.GetUrn()) == rec.root {
		outputs, err := plugin.UnmarshalProperties(req.GetOutputs(), plugin.MarshalOptions{KeepSecrets: true})
		if err != nil {
			return nil, fmt.Errorf("outputs of the stack: %w", err)
		}
		rec.outputs = plain(outputs)
	}
	return &emptypb.Empty{}, nil
}

// Invoke refuses functions of a cloud: a program that asks one is no pure function of its spec.
func (rec *recorder) Invoke(_ context.Context, req *pulumirpc.ResourceInvokeRequest) (*pulumirpc.ResourceInvokeResponse, error) {
	return nil, fmt.Errorf("the program asks the cloud for %s", req.GetTok())
}

// RegisterPackage gives packages no meaning: types are recorded by their tokens.
func (rec *recorder) RegisterPackage(_ context.Context, _ *pulumirpc.RegisterPackageRequest) (*pulumirpc.RegisterPackageResponse, error) {
	return &pulumirpc.RegisterPackageResponse{Ref: "recorded"}, nil
}

// SignalAndWaitForShutdown has nothing to wait for.
func (rec *recorder) SignalAndWaitForShutdown(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Log turns an error that the program logs into an error of the rendering.
func (rec *recorder) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	if req.GetSeverity() == pulumirpc.LogSeverity_ERROR {
		return nil, errors.New(req.GetMessage())
	}
	return &emptypb.Empty{}, nil
}

// GetRootResource returns the stack.
func (rec *recorder) GetRootResource(context.Context, *pulumirpc.GetRootResourceRequest) (*pulumirpc.GetRootResourceResponse, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return &pulumirpc.GetRootResourceResponse{Urn: string(rec.root)}, nil
}

// SetRootResource is where the SDK tells which resource the stack is.
func (rec *recorder) SetRootResource(_ context.Context, req *pulumirpc.SetRootResourceRequest) (*pulumirpc.SetRootResourceResponse, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.root = resource.URN(req.GetUrn())
	return &pulumirpc.SetRootResourceResponse{}, nil
}

// options returns the resource options that change what an operation does.
func options(req *pulumirpc.RegisterResourceRequest) map[string]any {
	opts := map[string]any{}
	if req.GetProtect() {
		opts["protect"] = true
	}
	if req.GetDeleteBeforeReplaceDefined() {
		opts["deleteBeforeReplace"] = req.GetDeleteBeforeReplace()
	}
	if v := req.GetReplaceOnChanges(); len(v) > 0 {
		opts["replaceOnChanges"] = v
	}
	if v := req.GetIgnoreChanges(); len(v) > 0 {
		opts["ignoreChanges"] = v
	}
	if req.GetRetainOnDelete() {
		opts["retainOnDelete"] = true
	}
	if v := aliases(req); len(v) > 0 {
		opts["aliases"] = v
	}
	if len(opts) == 0 {
		return nil
	}
	return opts
}

// plain turns properties into plain JSON values, secrets into "[secret]".
func plain(m resource.PropertyMap) map[string]any {
	return m.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		if v.IsSecret() {
			return "[secret]", true
		}
		return nil, false
	})
}

// aliases returns the former names of a resource, as the program gave them: a URN or a bare
// name. Former type tokens alone, which the SDKs give, are nobody's decision here.
func aliases(req *pulumirpc.RegisterResourceRequest) []string {
	names := slices.Clone(req.GetAliasURNs())
	for _, a := range req.GetAliases() {
		if name := cmp.Or(a.GetUrn(), a.GetSpec().GetName()); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
