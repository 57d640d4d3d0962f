package gittree

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/object"
	"github.com/go-git/go-git/v6/plumbing/storer"
)

// Commit is a commit of a repository.
type Commit struct{ hash plumbing.Hash }

// String is the commit's hash, cut to what people write.
func (c Commit) String() string { return c.hash.String()[:10] }

// Hash is the commit's hash as a whole, in hexadecimal digits.
func (c Commit) Hash() string { return c.hash.String() }

// UnknownError is a revision that is not there.
type UnknownError struct {
	Revision string
	// Near are names that the user may have meant, such as origin/main for main.
	Near []string
	// Shallow says that the clone has not all commits.
	Shallow bool
}

func (e *UnknownError) Error() string { return "there is no revision " + e.Revision }

// AmbiguousError is a name of several commits.
type AmbiguousError struct {
	Revision string
	// Means are full names, or hashes, sorted.
	Means []string
}

func (e *AmbiguousError) Error() string { return e.Revision + " has several meanings" }

// Resolve returns the commit that a revision names, as git-rev-parse(1) has it: HEAD or @, a branch, a
// tag, a branch of a remote such as origin/main, a full name such as refs/heads/main, or a hash of four or
// more digits; behind it any number of ~N and ^N. A...B is the last commit that the histories of both
// have in common, where an empty side is HEAD. Other than git, a name with two meanings is an [AmbiguousError].
func (r *Repository) Resolve(revision string) (Commit, error) {
	left, right, both := strings.Cut(revision, "...")
	if !both {
		c, err := r.resolve(revision)
		if err != nil {
			return Commit{}, err
		}
		return Commit{c.Hash}, nil
	}
	a, err := r.resolve(orHead(left))
	if err != nil {
		return Commit{}, err
	}
	b, err := r.resolve(orHead(right))
	if err != nil {
		return Commit{}, err
	}
	bases, err := a.MergeBase(b)
	switch {
	case (errors.Is(err, plumbing.ErrObjectNotFound) || err == nil && len(bases) == 0) && r.shallow():
		return Commit{}, &UnknownError{Revision: revision, Shallow: true}
	case err != nil:
		return Commit{}, fmt.Errorf("look for what %s have in common: %w", revision, err)
	case len(bases) == 0:
		return Commit{}, &UnknownError{Revision: revision}
	}
	// Of several that are equally good, the same one each time.
	slices.SortFunc(bases, func(a, b *object.Commit) int { return strings.Compare(a.Hash.String(), b.Hash.String()) })
	return Commit{bases[0].Hash}, nil
}

func orHead(revision string) string {
	if revision == "" {
		return "HEAD"
	}
	return revision
}

// resolve is Resolve for one revision.
func (r *Repository) resolve(revision string) (*object.Commit, error) {
	name, steps := revision, ""
	if i := strings.IndexAny(revision, "~^"); i >= 0 {
		name, steps = revision[:i], revision[i:]
	}
	c, err := r.named(revision, name)
	for err == nil && steps != "" {
		var n int
		kind := steps[0]
		n, steps, err = count(revision, steps[1:])
		switch {
		case err != nil:
		case kind == '~':
			for ; n > 0 && err == nil; n-- {
				c, err = r.parent(revision, c, 1)
			}
		case n > 0:
			c, err = r.parent(revision, c, n)
		}
	}
	return c, err
}

// count reads the number that may stand at the beginning of text; 1 without one.
func count(revision, text string) (n int, rest string, err error) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	rest = text[digits:]
	if rest != "" && rest[0] != '~' && rest[0] != '^' {
		return 0, "", &UnknownError{Revision: revision}
	}
	if digits == 0 {
		return 1, rest, nil
	}
	if n, err = strconv.Atoi(text[:digits]); err != nil {
		return 0, "", &UnknownError{Revision: revision}
	}
	return n, rest, nil
}

func (r *Repository) parent(revision string, c *object.Commit, n int) (*object.Commit, error) {
	if n > len(c.ParentHashes) {
		return nil, &UnknownError{Revision: revision, Shallow: r.shallow()}
	}
	p, err := object.GetCommit(r.store, c.ParentHashes[n-1])
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, &UnknownError{Revision: revision, Shallow: r.shallow()}
	}
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", revision, err)
	}
	return p, nil
}

// named returns the one commit that a name means.
func (r *Repository) named(revision, name string) (*object.Commit, error) {
	if name == "@" {
		name = "HEAD"
	}
	found := map[plumbing.Hash]*object.Commit{}
	var means []string
	add := func(meaning string, h plumbing.Hash) error {
		c, err := r.peeled(h)
		if c != nil && found[c.Hash] == nil {
			found[c.Hash] = c
			means = append(means, meaning)
		}
		return err
	}
	for _, rule := range plumbing.RefRevParseRules {
		full := plumbing.ReferenceName(fmt.Sprintf(rule, name))
		if name == "" || full.Validate() != nil {
			continue
		}
		ref, err := storer.ResolveReference(r.store, full)
		if errors.Is(err, plumbing.ErrReferenceNotFound) {
			continue
		}
		if err == nil {
			err = add(full.String(), ref.Hash())
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", full, err)
		}
	}
	hashes, err := r.hashes(name)
	if err != nil {
		return nil, fmt.Errorf("look for commit %s: %w", name, err)
	}
	for _, h := range hashes {
		if err := add(h.String(), h); err != nil {
			return nil, fmt.Errorf("read commit %s: %w", name, err)
		}
	}
	switch len(found) {
	case 0:
		return nil, &UnknownError{Revision: revision, Near: r.near(name), Shallow: r.shallow()}
	case 1:
		for _, c := range found {
			return c, nil
		}
	}
	slices.Sort(means)
	return nil, &AmbiguousError{Revision: name, Means: means}
}

// peeled returns the commit that h is, or that a tag at h is of; nil if it is something else, or not there.
func (r *Repository) peeled(h plumbing.Hash) (*object.Commit, error) {
	for range 10 { // tags of tags are a curiosity
		c, err := object.GetCommit(r.store, h)
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			return c, err
		}
		tag, err := object.GetTag(r.store, h)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		h = tag.Target
	}
	return nil, nil
}

// hashes returns the objects whose hash begins with digits: four or more, as git has it.
func (r *Repository) hashes(digits string) ([]plumbing.Hash, error) {
	even, err := hex.DecodeString(digits[:len(digits)&^1])
	if err != nil || len(digits) < 4 || strings.Trim(digits, "0123456789abcdef") != "" {
		return nil, nil
	}
	if h, ok := plumbing.FromHex(digits); ok && h.HexSize() == len(digits) { // it takes parts of hashes, too
		return []plumbing.Hash{h}, nil
	}
	list, err := r.store.HashesWithPrefix(even)
	return slices.DeleteFunc(list, func(h plumbing.Hash) bool { return !strings.HasPrefix(h.String(), digits) }), err
}

// near returns branches of remotes that are called name.
func (r *Repository) near(name string) []string {
	refs, err := r.store.IterReferences()
	if err != nil {
		return nil
	}
	var near []string
	_ = refs.ForEach(func(ref *plumbing.Reference) error { // which fails as the function does: never
		if short := ref.Name().Short(); ref.Name().IsRemote() && strings.HasSuffix(short, "/"+name) {
			near = append(near, short)
		}
		return nil
	})
	slices.Sort(near)
	return near
}

// shallow reports whether the clone was made without all of the history.
func (r *Repository) shallow() bool {
	commits, err := r.store.Shallow()
	return err == nil && len(commits) > 0
}
