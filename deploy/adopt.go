package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Adopted is what [Stack.Adopt] takes under management.
type Adopted struct {
	// Taken are the resources that the state has from then on, as they are in the cloud.
	Taken []Resource
	// Absent are the resources of the same elements that are not there: the next up makes them.
	Absent []Resource
	// Next is what the next up would change.
	Next *Result
}

// AdoptError says why resources cannot be taken under management. Nothing was changed.
type AdoptError struct {
	Stack  string
	Reason string
}

func (e *AdoptError) Error() string { return e.Reason }

func (s *Stack) notAdopted(format string, args ...any) error {
	return &AdoptError{Stack: s.opts.Stack, Reason: fmt.Sprintf(format, args...)}
}

// Adopt takes resources that exist in the cloud into the state, without changing them there: the clouds are
// only read. ids are their ids in the cloud, by the element that they are the first resource of
// (`queue.jobs`), or by the element and the resource (`queue.jobs/jobs-dlq`, `queue.jobs/QueuePolicy`). The other
// resources of these elements are looked for by the ids that follow from their inputs ([Options.Identify]).
//
// It fails with an [AdoptError] where a resource is not there, where the state has it already, and where the
// next up would replace it: then the program and the cloud disagree about what cannot be changed in place. What
// approve returns, other than nil, keeps the state as it is.
func (s *Stack) Adopt(ctx context.Context, program Program, ids map[string]string, approve func(*Adopted) error) (*Adopted, error) {
	if s.opts.Undecrypted != "" {
		return nil, errUndecrypted
	}
	var adopted *Adopted
	err := s.edit(ctx, "import", func(_ context.Context, c *checkpoint) (*apitype.DeploymentV3, error) {
		if err := s.ensurePassphrase(c); err != nil {
			return nil, err
		}
		a, err := s.adoption(ctx, program, ids, c)
		if err != nil {
			return nil, err
		}
		d, err := s.take(ctx, program, a, c)
		if err != nil {
			return nil, err
		}
		if adopted, err = s.foresee(ctx, program, a, &checkpoint{deployment: d, hash: c.hash}); err != nil {
			return nil, err
		}
		if approve != nil {
			if err := approve(adopted); err != nil {
				return nil, err
			}
		}
		return d, s.recordTarget(ctx)
	})
	if err != nil {
		return nil, err
	}
	return adopted, nil
}

// adoption finds out what ids mean, by a preview that tells which resources the program has.
func (s *Stack) adoption(ctx context.Context, program Program, ids map[string]string, c *checkpoint) (*adoption, error) {
	out, err := s.rehearse(ctx, OperationUp, program, &plan{base: c.deployment, hash: c.hash})
	if err != nil {
		return nil, err
	}
	a := &adoption{options: s.opts, explicit: map[resource.URN]string{}, elements: map[string]bool{}, element: out.element, taken: map[resource.URN]resource.PropertyMap{}}
	standing := map[resource.URN]bool{}
	for _, r := range c.deployment.Resources {
		standing[r.URN] = standing[r.URN] || !r.Delete
	}
	for _, what := range sortedKeys(ids) {
		urn, err := s.meant(what, out.collector)
		if err != nil {
			return nil, err
		}
		if standing[urn] {
			return nil, s.notAdopted("%s is in the state of stack %s already: %s", what, s.opts.Stack, urn)
		}
		if before, twice := a.explicit[urn]; twice && before != ids[what] {
			return nil, s.notAdopted("%s is given two ids: %s and %s", what, before, ids[what])
		}
		a.explicit[urn] = ids[what]
		a.elements[out.element(urn)] = true
	}
	return a, nil
}

// meant returns the resource that an element, or an element and one of its resources, means.
func (s *Stack) meant(what string, c *collector) (resource.URN, error) {
	element, part, named := strings.Cut(what, "/")
	var of []resource.URN
	for _, urn := range c.goals {
		if c.element(urn) == element {
			of = append(of, urn)
		}
	}
	if len(of) == 0 {
		return "", s.notAdopted("stack %s has no resources of %s: nothing can be imported as that", s.opts.Stack, element)
	}
	if !named {
		// An element's own resource is called like it, and what goes along with it by a longer name. Of those with
		// one name, it comes first: the others are about it.
		return slices.MinFunc(of, func(a, b resource.URN) int { return len(a.Name()) - len(b.Name()) }), nil
	}
	var found []resource.URN
	var names []string
	for _, urn := range of {
		kind := urn.Type().Name().String()
		names = append(names, element+"/"+kind+":"+urn.Name())
		if part == urn.Name() || part == kind || part == kind+":"+urn.Name() {
			found = append(found, urn)
		}
	}
	if len(found) != 1 {
		slices.Sort(names)
		return "", s.notAdopted("%s does not name one resource of %s; these are: %s", what, element, strings.Join(names, ", "))
	}
	return found[0], nil
}

// take returns the state with what was adopted. The program runs in memory, by plugins that only pretend; but
// for what is adopted, which is read.
func (s *Stack) take(ctx context.Context, program Program, a *adoption, c *checkpoint) (*apitype.DeploymentV3, error) {
	keys := s.keyring(c.deployment.SecretsProviders)
	base, err := s.snapshot(ctx, c.deployment, keys)
	if err != nil {
		return nil, err
	}
	made := &imagination{}
	out := run{stack: s, operation: OperationUp, program: program, base: base, imagined: made, adoption: a, keys: keys}.do(ctx)
	if a.failure != nil {
		return nil, a.failure
	}
	if out.err != nil {
		return nil, out.err
	}
	// The engine has changed the first.
	snap, err := s.snapshot(ctx, c.deployment, keys)
	if err != nil {
		return nil, err
	}
	merge(snap, made.resources, a.taken)
	d, _, features, err := stack.SerializeDeploymentWithMetadata(ctx, snap, false)
	if err != nil {
		return nil, fmt.Errorf("encode state of stack %s: %w", s.opts.Stack, err)
	}
	c.features = features
	return d, nil
}

// merge adds to a state, of what was made in memory, what was taken and what that cannot be without: the
// components above it, and its provider.
func merge(snap *deploy.Snapshot, made []*pkgresource.State, taken map[resource.URN]resource.PropertyMap) {
	byURN := map[resource.URN]*pkgresource.State{}
	for _, r := range made {
		byURN[r.URN] = r
	}
	have := map[resource.URN]bool{}
	for _, r := range snap.Resources {
		have[r.URN] = true
	}
	wanted := map[resource.URN]bool{}
	var want func(urn resource.URN)
	want = func(urn resource.URN) {
		r := byURN[urn]
		if r == nil || wanted[urn] {
			return
		}
		wanted[urn] = true
		want(r.Parent)
		if provider, _, ok := cutLast(r.Provider, "::"); ok {
			want(resource.URN(provider))
		}
	}
	for urn := range taken {
		want(urn)
	}
	there := func(urn resource.URN) bool { return have[urn] || wanted[urn] }
	for _, r := range made {
		if !wanted[r.URN] || have[r.URN] {
			continue
		}
		have[r.URN] = true
		if inputs, ok := taken[r.URN]; ok {
			r.Inputs = inputs
		}
		if r.Type == resource.RootStackType {
			r.Outputs = nil // the up that makes the rest tells them
		}
		r.Dependencies = slices.DeleteFunc(r.Dependencies, func(urn resource.URN) bool { return !there(urn) })
		for key, urns := range r.PropertyDependencies {
			r.PropertyDependencies[key] = slices.DeleteFunc(urns, func(urn resource.URN) bool { return !there(urn) })
		}
		if !there(r.DeletedWith) {
			r.DeletedWith = ""
		}
		snap.Resources = append(snap.Resources, r)
	}
}

// cutLast cuts s around the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}

// foresee says what the next up would change, and refuses what it would replace.
func (s *Stack) foresee(ctx context.Context, program Program, a *adoption, c *checkpoint) (*Adopted, error) {
	p, err := s.plan(ctx, OperationUp, program, c)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, change := range p.result.Changes {
		if _, ok := a.taken[resource.URN(change.URN)]; !ok || change.Op != OpReplace && change.Op != OpDelete {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s (%s) differs in what cannot be changed in place: %s", change.Element, change.Type, differences(change)))
	}
	if len(wrong) > 0 {
		return nil, s.notAdopted("the spec and the cloud disagree, and the next up would replace what it was to take over: %s. "+
			"Say in the spec what is there, or choose another resource", strings.Join(wrong, "; "))
	}
	out := &Adopted{Next: p.result}
	up := parents(c.deployment)
	for _, r := range c.deployment.Resources {
		if _, ok := a.taken[r.URN]; ok {
			out.Taken = append(out.Taken, Resource{URN: string(r.URN), Type: string(r.Type), ID: string(r.ID), Inputs: r.Inputs, Element: elementOf(r.URN, up)})
		}
	}
	slices.SortFunc(a.absent, func(x, y Resource) int { return strings.Compare(x.Element+x.URN, y.Element+y.URN) })
	slices.SortFunc(out.Taken, func(x, y Resource) int { return strings.Compare(x.Element+x.URN, y.Element+y.URN) })
	out.Absent = a.absent
	return out, nil
}

// differences are the properties that force a replacement, with what they are and what they would be.
func differences(c Change) string {
	var texts []string
	for _, key := range c.Reasons {
		text := key
		for _, d := range c.Diff {
			if d.Path == key {
				text = fmt.Sprintf("%s is %v, and would be %v", key, d.Before, d.After)
			}
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}
