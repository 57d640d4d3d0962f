package deploy

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// TestUnconfirmed says what waits for somebody outside, asks again with each operation, and
// stops when the cloud says that it was confirmed.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := open(t, testOptions(t, w))
	things := []thing{{name: "done"}, {name: "plain", value: "unconfirmed"}}
	for range 2 {
		if r := up(t, s, things...); !slices.Equal(r.Unconfirmed, []string{"queue.plain"}) {
			t.Fatalf("unconfirmed = %v", r.Unconfirmed)
		}
	}
	r, err := s.Preview(t.Context(), program(things...))
	if err != nil || len(r.Changes) != 0 || !slices.Equal(r.Unconfirmed, []string{"queue.plain"}) {
		t.Fatalf("preview: changes %v, unconfirmed %v, %v", rows(r.Changes), r.Unconfirmed, err)
	}

	confirmed := w.all()["plain"].Copy()
	confirmed["pending"] = resource.NewProperty(false)
	all := w.all()
	all["plain"] = confirmed
	w.set(all)
	if r := up(t, s, things...); len(r.Unconfirmed) != 0 || len(rows(r.Changes)) != 0 {
		t.Errorf("confirmed: changes %v, unconfirmed %v", rows(r.Changes), r.Unconfirmed)
	}
	if r := up(t, s, things...); len(r.Unconfirmed) != 0 {
		t.Errorf("the state forgets what was confirmed: %v", r.Unconfirmed)
	}

	gone := w.all()
	delete(gone, "done")
	w.set(gone)
	if r := up(t, s, things...); len(rows(r.Changes)) != 0 {
		t.Errorf("what was confirmed is looked at: %v", rows(r.Changes))
	}
}
