package deploy

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := open(t, testOptions(t, w))

	r := up(t, s, thing{name: "aaa", value: "1"}, thing{name: "bbb", value: "1", needs: []string{"aaa"}})
	if diff := cmp.Diff([]string{"queue.aaa fake:index:Thing aaa: create", "queue.bbb fake:index:Thing bbb: create"}, rows(r.Changes)); diff != "" {
		t.Errorf("create (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Summary{Create: 2}, r.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"outputs": map[string]any{"ids": map[string]any{"aaa": "aaa", "bbb": "bbb"}}}, r.Outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	w.asked()

	r = up(t, s, thing{name: "aaa", value: "1"}, thing{name: "bbb", value: "1", needs: []string{"aaa"}})
	if len(r.Changes) != 0 || r.Summary != (Summary{Same: 2}) {
		t.Errorf("same: %v, %+v", rows(r.Changes), r.Summary)
	}
	if calls := w.asked(); len(calls) != 0 {
		t.Errorf("nothing changed, but the cloud was asked to %v", calls)
	}

	r = up(t, s, thing{name: "aaa", value: "2"}, thing{name: "bbb", value: "1", shape: "round", needs: []string{"aaa"}})
	if diff := cmp.Diff([]string{"queue.aaa fake:index:Thing aaa: update", "queue.bbb fake:index:Thing bbb: replace"}, rows(r.Changes)); diff != "" {
		t.Errorf("update and replace (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"create bbb", "delete bbb", "update aaa"}, w.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}

	r = up(t, s, thing{name: "aaa", value: "2"})
	if diff := cmp.Diff([]string{"queue.bbb fake:index:Thing bbb: delete"}, rows(r.Changes)); diff != "" {
		t.Errorf("delete (-want +got):\n%s", diff)
	}

	r, err := s.Destroy(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"queue.aaa fake:index:Thing aaa: delete"}, rows(r.Changes)); diff != "" {
		t.Errorf("destroy (-want +got):\n%s", diff)
	}
	if names := w.names(); len(names) != 0 {
		t.Errorf("destroy left %v", names)
	}
}

func TestPreviewWritesNothing(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	s := open(t, o)
	r, err := s.Preview(t.Context(), program(thing{name: "aaa", secret: "hidden"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"queue.aaa fake:index:Thing aaa: create"}, rows(r.Changes)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(o.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the preview of a stack that does not exist made %s: %v", o.Dir, err)
	}
}
