package diag_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
)

func TestSorted(t *testing.T) {
	t.Parallel()
	a := diag.Diagnostic{Code: "a", Detail: "same", Range: at("f", 1, 1, 1)}
	b := diag.Diagnostic{Code: "b", Detail: "same", Range: at("f", 1, 1, 1)}
	later := diag.Diagnostic{Code: "a", Range: at("f", 2, 1, 1)}
	warning := diag.Diagnostic{Severity: diag.Warning, Code: "a", Range: at("f", 1, 1, 1)}
	other := diag.Diagnostic{Code: "a", Range: at("e", 9, 9, 1)}
	ds := diag.Diagnostics{later, b, a, warning, other, a}
	got := ds.Sorted()
	if diff := cmp.Diff(diag.Diagnostics{other, a, b, warning, later}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(ds) != 6 || ds[0].Range != later.Range {
		t.Error("Sorted changed its receiver")
	}
}

func TestHasErrors(t *testing.T) {
	t.Parallel()
	warning := diag.Diagnostic{Severity: diag.Warning}
	if (diag.Diagnostics)(nil).HasErrors() || (diag.Diagnostics{warning}).HasErrors() {
		t.Error("no error counts as one")
	}
	if !(diag.Diagnostics{warning, {}}).HasErrors() {
		t.Error("an error does not count")
	}
}

func TestErrorIsTheFirstError(t *testing.T) {
	t.Parallel()
	ds := diag.Diagnostics{
		{Summary: "Second", Detail: "2.", Range: at("f", 2, 1, 1)},
		{Severity: diag.Warning, Summary: "Warning", Range: at("f", 1, 1, 1)},
		{Summary: "First", Detail: "1.", Range: at("f", 1, 5, 1)},
	}
	if got, want := ds.Error(), "f:1:5: First: 1."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"user-created", "order-placed", "audit", "jobs", "mails", "feeds"}
	cases := map[string]struct {
		name string
		near []string
		sure bool
	}{
		"a letter too few":      {"adit", []string{"audit"}, true},
		"a letter too many":     {"jobss", []string{"jobs"}, true},
		"two letters swapped":   {"user-craeted", []string{"user-created"}, true},
		"a letter wrong":        {"mailz", []string{"mails"}, true},
		"two mistakes":          {"usr-creatd", []string{"user-created"}, true},
		"something else":        {"transactions", []string{"mails", "audit", "jobs", "feeds", "order-placed"}, false},
		"shorter than a typo":   {"x", []string{"jobs", "audit", "feeds", "mails", "order-placed"}, false},
		"only the case":         {"AUDIT", []string{"audit"}, true},
		"equally near: by name": {"xails", []string{"mails"}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			near, sure := diag.Nearest(c.name, names)
			if sure != c.sure {
				t.Errorf("sure is %t", sure)
			}
			if diff := cmp.Diff(c.near, near); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if near, sure := diag.Nearest("x", nil); near != nil || sure {
		t.Errorf("of nothing: %v, %t", near, sure)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := diag.OrList(words); got != want {
			t.Errorf("OrList(%v) is %q, want %q", words, got, want)
		}
	}
	if got, want := diag.AndList([]string{"a", "b", "c"}), "a, b and c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRangeString(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]diag.Range{"": {}, "f": {File: "f"}, "f:2:3": at("f", 2, 3, 1)} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
