package nats

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// kind is a type of resource in Pulumi's terms. Its one implementation is [operations],
// which is the same in the terms of the resource's own inputs and state.
type kind interface {
	facts() facts
	check(inputs resource.PropertyMap) ([]plugin.CheckFailure, error)
	create(ctx context.Context, s session, inputs resource.PropertyMap) (id string, state resource.PropertyMap, err error)
	read(ctx context.Context, s session, id string, old resource.PropertyMap) (inputs, state resource.PropertyMap, err error)
	// identify returns the id of what inputs make, for a creation that was cut off before anybody knew.
	identify(s session, inputs resource.PropertyMap) (id string, err error)
	update(ctx context.Context, s session, old, inputs resource.PropertyMap) (resource.PropertyMap, error)
	// remove deletes what stands in the state as old. After an interrupted creation there is
	// no old: then remove deletes what inputs would have made, if it was made and is the stack's.
	remove(ctx context.Context, s session, inputs, old resource.PropertyMap) error
}

// kinds are all types of resources.
func kinds() map[tokens.Type]kind {
	return map[tokens.Type]kind{
		typeBroker:       brokerKind(),
		typeStream:       streamKind(),
		typeAdvisories:   streamKind(),
		typeConsumer:     consumerKind(),
		typeSubscription: consumerKind(),
		typeSource:       sourceKind(),
		typeAccount:      accountKind(),
		typeUser:         userKind(),
	}
}

// facts are what Pulumi must know of a kind before anything is done.
type facts struct {
	// replace are the inputs that JetStream does not change in place.
	replace []resource.PropertyKey
	// named is set where the resource has a name on the broker that its replacement takes too.
	named bool
	// computed are the outputs that only an operation tells; those in stable keep their
	// value for as long as the resource stands.
	computed, stable []resource.PropertyKey
	// secretInputs and secretOutputs are properties that hold keys.
	secretInputs, secretOutputs []resource.PropertyKey
}

// operations are what is done on resources with inputs A and state S.
type operations[A, S any] struct {
	known facts
	// validate names the inputs that cannot be; nil takes whatever the program gives.
	validate func(args A) []plugin.CheckFailure
	// identity returns the id of the resource that args make.
	identity func(s session, args A) (string, error)
	make     func(ctx context.Context, s session, args A) (S, error)
	// fetch returns nil inputs where the resource is gone. old is the last known state:
	// the zero state where only the id is known.
	fetch  func(ctx context.Context, s session, id string, old S) (*A, S, error)
	change func(ctx context.Context, s session, old S, args A) (S, error)
	delete func(ctx context.Context, s session, old S) error
}

func (o operations[A, S]) facts() facts { return o.known }

func (o operations[A, S]) check(inputs resource.PropertyMap) ([]plugin.CheckFailure, error) {
	var args A
	if err := decode(inputs, &args); err != nil || o.validate == nil {
		return nil, err
	}
	return o.validate(args), nil
}

func (o operations[A, S]) create(ctx context.Context, s session, inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	var args A
	if err := decode(inputs, &args); err != nil {
		return "", nil, err
	}
	id, err := o.identity(s, args)
	if err != nil {
		return "", nil, err
	}
	state, err := patiently(ctx, func() (S, error) { return o.make(ctx, s, args) })
	if err != nil {
		return "", nil, err
	}
	props, err := o.encodeState(state)
	return id, props, err
}

func (o operations[A, S]) read(ctx context.Context, s session, id string, old resource.PropertyMap) (inputs, state resource.PropertyMap, err error) {
	var before S
	if err := decode(old, &before); err != nil {
		return nil, nil, err
	}
	var after S
	args, err := patiently(ctx, func() (args *A, err error) {
		args, after, err = o.fetch(ctx, s, id, before)
		return args, err
	})
	if err != nil || args == nil {
		return nil, nil, err
	}
	if inputs, err = encode(args, o.known.secretInputs); err != nil {
		return nil, nil, err
	}
	state, err = o.encodeState(after)
	return inputs, state, err
}

func (o operations[A, S]) update(ctx context.Context, s session, old, inputs resource.PropertyMap) (resource.PropertyMap, error) {
	var before S
	if err := decode(old, &before); err != nil {
		return nil, err
	}
	var args A
	if err := decode(inputs, &args); err != nil {
		return nil, err
	}
	after, err := patiently(ctx, func() (S, error) { return o.change(ctx, s, before, args) })
	if err != nil {
		return nil, err
	}
	return o.encodeState(after)
}

func (o operations[A, S]) remove(ctx context.Context, s session, inputs, old resource.PropertyMap) error {
	if len(old) == 0 {
		return o.removeInterrupted(ctx, s, inputs)
	}
	var state S
	if err := decode(old, &state); err != nil {
		return err
	}
	_, err := patiently(ctx, func() (S, error) { return state, o.delete(ctx, s, state) })
	return err
}

// tries is how often an operation is done whose answer does not come.
const tries = 4

// patiently does again what was not answered in time: the servers of a cluster that elects
// a leader drop requests in silence. Every operation may be done twice.
func patiently[T any](ctx context.Context, do func() (T, error)) (T, error) {
	for try := 1; ; try++ {
		v, err := do()
		if !errors.Is(err, context.DeadlineExceeded) || try == tries || ctx.Err() != nil {
			return v, err
		}
	}
}

func (o operations[A, S]) identify(s session, inputs resource.PropertyMap) (string, error) {
	var args A
	if err := decode(inputs, &args); err != nil {
		return "", err
	}
	return o.identity(s, args)
}

func (o operations[A, S]) removeInterrupted(ctx context.Context, s session, inputs resource.PropertyMap) error {
	id, err := o.identify(s, inputs)
	if err != nil {
		return err
	}
	var none S
	found, state, err := o.fetch(ctx, s, id, none)
	if err != nil || found == nil {
		return err
	}
	return o.delete(ctx, s, state)
}

func (o operations[A, S]) encodeState(state S) (resource.PropertyMap, error) {
	return encode(state, append(o.known.secretInputs[:len(o.known.secretInputs):len(o.known.secretInputs)], o.known.secretOutputs...))
}

// unknowns returns the state that a preview expects of inputs: computed properties are
// unknown, but those that the resource has already and keeps.
func (f facts) unknowns(inputs, old resource.PropertyMap) resource.PropertyMap {
	state := inputs.Copy()
	for _, key := range f.computed {
		if _, given := state[key]; !given {
			state[key] = resource.MakeComputed(resource.NewProperty(""))
		}
	}
	for _, key := range f.stable {
		if v, ok := old[key]; ok {
			state[key] = v
		}
	}
	for _, key := range f.secretOutputs {
		if !state[key].IsSecret() {
			state[key] = resource.MakeSecret(state[key])
		}
	}
	return state
}

// diff compares inputs. A change of one of the keys in replace replaces the resource.
func diff(old, inputs resource.PropertyMap, replace []resource.PropertyKey) plugin.DiffResult {
	changes := old.Diff(inputs)
	if changes == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}
	}
	result := plugin.DiffResult{
		Changes:      plugin.DiffSome,
		ChangedKeys:  changes.ChangedKeys(),
		DetailedDiff: plugin.NewDetailedDiffFromObjectDiff(changes, true),
	}
	for _, key := range replace {
		if changes.Changed(key) {
			result.ReplaceKeys = append(result.ReplaceKeys, key)
		}
	}
	for path, d := range result.DetailedDiff {
		parsed, err := resource.ParsePropertyPath(path)
		if err != nil || len(parsed) == 0 {
			continue
		}
		for _, key := range result.ReplaceKeys {
			if parsed[0] == string(key) {
				result.DetailedDiff[path] = d.ToReplace()
			}
		}
	}
	return result
}

// failure is what is wrong with an input.
func failure(property resource.PropertyKey, format string, args ...any) plugin.CheckFailure {
	return plugin.CheckFailure{Property: property, Reason: fmt.Sprintf(format, args...)}
}
