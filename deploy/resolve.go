package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Pending returns the creations that were cut off and that nobody knows the end of.
func (s *Stack) Pending(ctx context.Context) ([]Creation, error) {
	c, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	if c, err = s.peek(ctx, c); err != nil {
		return nil, err
	}
	var pending []Creation
	for _, op := range c.deployment.PendingOperations {
		if op.Type == apitype.OperationTypeCreating {
			pending = append(pending, creation(c.deployment, op))
		}
	}
	return pending, nil
}

// PendingError says that there is no such pending creation, or more than one.
type PendingError struct {
	Stack string
	// Asked is the URN or the element that was asked for; Matches are the URNs that it may mean.
	Asked   string
	Matches []string
}

func (e *PendingError) Error() string {
	if len(e.Matches) == 0 {
		return fmt.Sprintf("nothing is pending in stack %s that goes by %s", e.Stack, e.Asked)
	}
	return fmt.Sprintf("%s may mean any of these in stack %s, choose one: %s", e.Asked, e.Stack, strings.Join(e.Matches, " "))
}

// Resolve ends a pending creation by what a person has found out: that the resource exists, and has
// that id, or, where id is "", that it does not. What names it: its URN, or its element where that has
// but one. A resource that exists is read before the next up compares it. It returns the URN.
func (s *Stack) Resolve(ctx context.Context, what, id string) (urn string, err error) {
	err = s.edit(ctx, "stacks resolve", func(_ context.Context, c *checkpoint) (*apitype.DeploymentV3, error) {
		d := c.deployment
		matches := s.matches(d, what)
		if len(matches) != 1 {
			return nil, &PendingError{Stack: s.opts.Stack, Asked: what, Matches: matches}
		}
		urn = matches[0]
		if id == "" {
			out := *d
			out.PendingOperations = slices.DeleteFunc(slices.Clone(d.PendingOperations), func(op apitype.OperationV2) bool {
				return string(op.Resource.URN) == urn
			})
			return &out, nil
		}
		for _, r := range d.Resources {
			if string(r.URN) == urn && !r.Delete {
				return nil, fmt.Errorf("%s is in the state already, with the id %s: the next up replaces it", urn, r.ID)
			}
		}
		out := withAdopted(d, map[string]string{urn: id})
		last := &out.Resources[len(out.Resources)-1]
		last.RefreshBeforeUpdate = true
		if last.Outputs == nil {
			last.Outputs = last.Inputs // of which the plugin's first look makes what is there
		}
		return out, nil
	})
	return urn, err
}

// matches returns the URNs of the pending creations that a URN or an element means, sorted.
func (s *Stack) matches(d *apitype.DeploymentV3, what string) []string {
	up := parents(d)
	var found []string
	for _, op := range d.PendingOperations {
		urn := op.Resource.URN
		if op.Type == apitype.OperationTypeCreating && (string(urn) == what || elementOf(urn, up) == what) {
			found = append(found, string(urn))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// edit changes the state by hand, under its lock, with a backup of the state before. A journal that
// was left behind is taken in first.
func (s *Stack) edit(ctx context.Context, command string, change func(context.Context, *checkpoint) (*apitype.DeploymentV3, error)) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	l, err := s.acquire(ctx, command)
	if err != nil {
		return err
	}
	work := context.WithoutCancel(ctx)
	defer l.release(work)
	c, err := s.load(work)
	if err != nil {
		return err
	}
	if c, err = s.recover(work, c); err != nil {
		return err
	}
	if err := s.checkTarget(work, c); err != nil {
		return err
	}
	start, before := time.Now().UTC(), slices.Clone(c.deployment.Resources)
	d, err := change(work, c)
	if err != nil {
		return err
	}
	data, err := encodeCheckpoint(s.keys, c.typed(d))
	if err != nil {
		return err
	}
	if hash(data) == c.hash {
		return nil
	}
	if _, err := s.backUp(work); err != nil {
		return err
	}
	if err := saveCheckpoint(work, s.bucket, s.keys, []string{c.hash}, data); err != nil {
		return err
	}
	s.recordEdit(work, command, start, before, c.hash, d, hash(data))
	return nil
}
