package deploy

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// edit changes what the program asks for.
func (w *walker) edit(random *rand.Rand) {
	w.model = clone(w.model)
	for range 1 + random.IntN(8) {
		name := fmt.Sprintf("plain-%02d", random.IntN(14))
		x, there := w.model[name]
		switch {
		case !there:
			x = thing{name: name, value: "1"}
			if need := fmt.Sprintf("plain-%02d", random.IntN(14)); need < name {
				x.needs = []string{need}
			}
			w.model[name] = x
		case random.IntN(3) == 0:
			delete(w.model, name)
		case random.IntN(2) == 0:
			x.value = fmt.Sprint(random.IntN(3))
			w.model[name] = x
		default:
			x.shape = fmt.Sprint(random.IntN(2)) // which takes another one
			w.model[name] = x
		}
	}
}

func clone(model map[string]thing) map[string]thing { return maps.Clone(model) }

// things are those of a model, each after what it needs.
func things(model map[string]thing) []thing {
	var list []thing
	for _, name := range sortedNames(model) {
		x := model[name]
		x.needs = slices.DeleteFunc(slices.Clone(x.needs), func(need string) bool {
			_, there := model[need]
			return !there
		})
		list = append(list, x)
	}
	return list
}

func sortedNames[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// locked is a hook of a world for one call at a time.
func locked(hook func(string) error) func(string) error {
	var mu sync.Mutex
	return func(call string) error {
		mu.Lock()
		defer mu.Unlock()
		return hook(call)
	}
}

// stateSeen is what a state says, a journal of a run that was cut off included.
type stateSeen struct {
	// things are the values and shapes of what is there, and unsure the names of what may have changed, or been made.
	things map[string]string
	unsure map[string]bool
	twice  []string
}

// look reads the state.
func (w *walker) look(ctx context.Context) (stateSeen, error) {
	k := stateSeen{things: map[string]string{}, unsure: map[string]bool{}}
	s, err := Open(ctx, w.options)
	if err != nil {
		return k, err
	}
	c, err := s.load(ctx)
	if err == nil {
		c, err = s.peek(ctx, c)
	}
	if err != nil {
		return k, err
	}
	for _, op := range c.deployment.PendingOperations {
		k.unsure[op.Resource.URN.Name()] = true
	}
	for _, r := range c.deployment.Resources {
		name := r.URN.Name()
		if !r.Custom || r.Type.Package() != "fake" {
			continue
		}
		if r.Delete || r.PendingReplacement || r.RefreshBeforeUpdate {
			k.unsure[name] = true
			continue
		}
		if _, there := k.things[name]; there {
			k.twice = append(k.twice, name)
		}
		k.things[name] = fmt.Sprintf("%v %v", r.Outputs["value"], r.Outputs["shape"])
	}
	return k, nil
}

// there is what the world has.
func (w *walker) there() map[string]string {
	have := map[string]string{}
	for name, t := range w.world.all() {
		have[name] = looks(t)
	}
	return have
}

func looks(t resource.PropertyMap) string {
	m := plainMap(t)
	return fmt.Sprintf("%v %v", m["value"], m["shape"])
}

// compare demands that the state knows all that is in the world, and has nothing else, but for what is unsure.
func (w *walker) compare(ctx context.Context) error {
	k, err := w.look(ctx)
	if err != nil {
		return err
	}
	have := w.there()
	for name := range k.unsure {
		delete(have, name)
		delete(k.things, name)
	}
	if len(k.twice) > 0 {
		return fmt.Errorf("the state has %q twice", k.twice)
	}
	if diff := cmp.Diff(have, k.things); diff != "" {
		return fmt.Errorf("the world (-) and the state (+):\n%s", diff)
	}
	return nil
}

// converged demands that the world and the state are what a model asks for, and nothing is unsure.
func (w *walker) converged(ctx context.Context, model map[string]thing) error {
	k, err := w.look(ctx)
	if err != nil {
		return err
	}
	want := map[string]string{}
	for name, x := range model {
		want[name] = x.value + " " + x.shape
	}
	if diff := cmp.Diff(want, w.there()); diff != "" {
		return fmt.Errorf("the world (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, k.things); diff != "" || len(k.unsure) > 0 {
		return fmt.Errorf("the state (-want +got), unsure of %v:\n%s", k.unsure, diff)
	}
	return nil
}
