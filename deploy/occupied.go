package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Some clouds answer a creation with what exists already under the name. The engine would take somebody else's
// queue for the one that it has made, change it, and delete it one day. So what is made like that is looked for first.
//
// What is this stack's own is not looked for: what the state has, which may still be seen for a while after its
// deletion, and what an operation that was cut off was making.

// Lookup says how to find out whether a resource of a type exists.
type Lookup struct {
	// Function is the plugin's function that finds it, "" to read it by the id that [Options.Identify] tells. Its
	// argument is the resource's input By, and its result ID the resource's id.
	Function, By, ID string
	// Absent are words of the errors by which the function says that there is nothing.
	Absent []string
}

// Occupied is a resource that an operation was to make, and that exists without being in the state.
type Occupied struct {
	// Element is the one that the resource belongs to, and What is what [Stack.Adopt] knows the resource by.
	Element, What string
	Type, URN     string
	// ID is that of what exists.
	ID string
}

// caution is what is known of what exists, during one operation.
type caution struct {
	stack *Stack
	// identity returns what a cloud knows a resource by.
	identity func(*pkgresource.State) (key string, ok bool)
	// ours are the identities of what is the stack's own.
	ours       map[string]bool
	throttling *throttling

	mu    sync.Mutex
	found []Occupied
	// noted is set once the user was told that something could not be looked for.
	noted bool
}

// newCaution returns the caution of an operation that starts from a state; nil where there is nothing to look for.
func newCaution(c *collector, base *deploy.Snapshot, t *throttling) *caution {
	if len(c.run.stack.opts.Adopts) == 0 {
		return nil
	}
	k := &caution{stack: c.run.stack, identity: c.identity, ours: map[string]bool{}, throttling: t}
	add := func(s *pkgresource.State) {
		if key, ok := c.identity(s); ok {
			k.ours[key] = true
		}
	}
	for _, s := range base.Resources {
		add(s)
	}
	for _, op := range base.PendingOperations {
		add(op.Resource)
	}
	return k
}

// wary is a plugin that does not make what exists.
type wary struct {
	plugin.Provider
	by *caution

	mu     sync.Mutex
	config resource.PropertyMap
}

// Configure keeps the settings: ids follow from them.
func (w *wary) Configure(ctx context.Context, r plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	w.mu.Lock()
	w.config = r.Inputs
	w.mu.Unlock()
	return w.Provider.Configure(ctx, r)
}

// Create makes a resource, unless it exists and is not the stack's own. Where that cannot be found out it is made
// all the same: who may make a queue need not be allowed to see others.
func (w *wary) Create(ctx context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	how, looks := w.by.stack.opts.Adopts[string(r.URN.Type())]
	key, known := w.by.identity(&pkgresource.State{Type: r.URN.Type(), Inputs: r.Properties})
	if r.Preview || !looks || !known || w.by.ours[key] {
		return w.Provider.Create(ctx, r)
	}
	id, err := w.look(ctx, how, r)
	if err != nil {
		w.by.note(r.URN, err)
	}
	if id != "" {
		return plugin.CreateResponse{Status: resource.StatusOK}, w.by.refuse(r.URN, id)
	}
	return w.Provider.Create(ctx, r)
}

// look returns the id of what exists; "" is nothing.
func (w *wary) look(ctx context.Context, how Lookup, r plugin.CreateRequest) (string, error) {
	if how.Function != "" {
		return w.find(ctx, how, r)
	}
	if w.by.stack.opts.Identify == nil {
		return "", nil
	}
	w.mu.Lock()
	config := w.config
	w.mu.Unlock()
	id, ok := w.by.stack.opts.Identify(Creation{
		URN: string(r.URN), Type: string(r.URN.Type()), Inputs: plainMap(r.Properties), Provider: plainMap(config),
	})
	if !ok {
		return "", nil
	}
	read, err := w.Read(ctx, plugin.ReadRequest{URN: r.URN, Name: r.URN.Name(), Type: r.URN.Type(), ID: resource.ID(id)})
	if err != nil || read.Outputs == nil {
		return "", err
	}
	return id, nil
}

// find is look by a function of the plugin.
func (w *wary) find(ctx context.Context, how Lookup, r plugin.CreateRequest) (string, error) {
	by := bare(r.Properties[resource.PropertyKey(how.By)])
	if !by.IsString() {
		return "", nil
	}
	var found plugin.InvokeResponse
	err := w.by.throttling.retry(r.URN, func() (err error) {
		found, err = w.Invoke(ctx, plugin.InvokeRequest{
			Tok:  tokens.ModuleMember(how.Function),
			Args: property.NewMap(map[string]property.Value{how.By: property.New(by.StringValue())}),
		})
		if err == nil && len(found.Failures) > 0 {
			err = errors.New(found.Failures[0].Reason)
		}
		return err
	}, refused)
	if err != nil {
		if slices.ContainsFunc(how.Absent, func(words string) bool { return strings.Contains(err.Error(), words) }) {
			return "", nil
		}
		return "", err
	}
	if id := found.Properties.Get(how.ID); id.IsString() {
		return id.AsString(), nil
	}
	return "", fmt.Errorf("%s tells no %s", how.Function, how.ID)
}

// refuse notes what exists, and returns why it is not made.
func (k *caution) refuse(urn resource.URN, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.found = append(k.found, Occupied{Type: string(urn.Type()), URN: string(urn), ID: id})
	return fmt.Errorf("%s exists already, and is not in the state of stack %s: the cloud would hand it out as the %s that was to be made",
		id, k.stack.opts.Stack, bareType(string(urn.Type())))
}

// note tells that something could not be looked for, once.
func (k *caution) note(urn resource.URN, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.noted {
		return
	}
	k.noted = true
	k.stack.warn(fmt.Sprintf("whether %s exists already cannot be found out, so it is made as if it did not; "+
		"the same holds for others that this is not said of: %s", urn.Name(), clean(err.Error())))
}

// occupied returns what was found, one for each element and sorted. All of an element is imported with any
// resource of it, and most simply with its own.
func (k *caution) occupied(c *collector) []Occupied {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	out := slices.Clone(k.found)
	for i, o := range out {
		urn := resource.URN(o.URN)
		out[i].Element = c.element(urn)
		out[i].What = fmt.Sprintf("%s/%s:%s", out[i].Element, urn.Type().Name(), urn.Name())
		_, name, _ := strings.Cut(out[i].Element, ".")
		if first, err := c.run.stack.meant(out[i].Element, c); err == nil && first == urn && urn.Name() == name {
			out[i].What = out[i].Element
		}
	}
	slices.SortFunc(out, func(a, b Occupied) int {
		return strings.Compare(a.Element+"\x00"+a.What, b.Element+"\x00"+b.What)
	})
	return slices.CompactFunc(out, func(a, b Occupied) bool { return a.Element == b.Element })
}
