package standin

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// world is what exists in the stand-in's cloud: what is in the state, and what was made since.
// Nothing else keeps it: the state of a simulated stack is the whole truth.
type world struct {
	exists func(id string) bool

	mu    sync.Mutex
	items map[owner]item
	// owners say who has an id or an identity.
	owners map[string]owner
	// taken is how much of each shared limit is taken.
	taken map[string]int
}

// owner is a resource. A URN alone does not do: while a resource is replaced there are two.
type owner struct {
	urn resource.URN
	id  string
}

// item is what a resource occupies.
type item struct {
	names  []string
	shares []Share
}

// load makes the world of a state.
func (s *standIn) load() (*world, error) {
	w := &world{exists: s.options.Exists, items: map[owner]item{}, owners: map[string]owner{}, taken: map[string]int{}}
	if s.options.Resources == nil {
		return w, nil
	}
	// The state is read whole, whatever becomes of the request that came first.
	resources, err := s.options.Resources(context.Background())
	if err != nil {
		return nil, err
	}
	for _, r := range resources {
		if k, ok := s.types[r.URN.Type()]; ok {
			w.put(k, s.made(r.URN, resource.NewPropertyMapFromMap(r.Inputs)), r.ID)
		}
	}
	return w, nil
}

func (k *kind) item(m Made, id string) item {
	var it item
	if k.Identity != nil {
		it.names = append(it.names, k.Identity(m))
	}
	// What is a part of another resource goes by that one's id: a queue's policy by the queue's URL.
	part := k.Needs != nil && slices.ContainsFunc(k.Needs(m), func(n Need) bool { return n.ID == id })
	if !part {
		it.names = append(it.names, id)
	}
	if k.Takes != nil {
		it.shares = k.Takes(m)
	}
	return it
}

func (w *world) put(k *kind, m Made, id string) {
	o, it := owner{m.URN, id}, k.item(m, id)
	w.items[o] = it
	for _, name := range it.names {
		w.owners[name] = o
	}
	for _, s := range it.shares {
		w.taken[s.Of] += s.Amount
	}
}

// create takes a resource in, or says why the cloud would not.
func (w *world) create(k *kind, m Made, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k.Identity != nil {
		name := k.Identity(m)
		if o, taken := w.owners[name]; name != "" && taken {
			return fmt.Errorf("%s (it belongs to %s)", k.Taken, o.urn.Name())
		}
	}
	if err := w.accept(k, m, owner{m.URN, id}); err != nil {
		return err
	}
	w.put(k, m, id)
	return nil
}

// update takes a resource's new inputs in.
func (w *world) update(k *kind, m Made, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := owner{m.URN, id}
	if err := w.accept(k, m, o); err != nil {
		return err
	}
	w.drop(o)
	w.put(k, m, id)
	return nil
}

// accept looks for what a resource needs, and for room in the limits that it shares.
func (w *world) accept(k *kind, m Made, o owner) error {
	if k.Needs != nil {
		for _, n := range k.Needs(m) {
			if _, ok := w.owners[n.ID]; n.ID != "" && !ok && (w.exists == nil || !w.exists(n.ID)) {
				return fmt.Errorf("%s (%s)", n.Missing, n.ID)
			}
		}
	}
	if k.Takes == nil {
		return nil
	}
	for _, s := range k.Takes(m) {
		sum := w.taken[s.Of] + s.Amount
		for _, own := range w.items[o].shares {
			if own.Of == s.Of {
				sum -= own.Amount // it is what an update replaces
			}
		}
		if sum > s.Most {
			return fmt.Errorf("LimitExceeded: %d %s, of at most %d", sum, s.Of, s.Most)
		}
	}
	return nil
}

// remove takes a resource out. One that is gone already is no error.
func (w *world) remove(urn resource.URN, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drop(owner{urn, id})
}

func (w *world) drop(o owner) {
	for _, name := range w.items[o].names {
		if w.owners[name] == o {
			delete(w.owners, name)
		}
	}
	for _, s := range w.items[o].shares {
		w.taken[s.Of] -= s.Amount
	}
	delete(w.items, o)
}
