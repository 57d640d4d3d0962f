package spec

import (
	"fmt"

	"github.com/msgdeploy/msgdeploy/diag"
)

// moves reports elements that cannot have been called what `movedFrom` says.
func (r *resolver) moves() {
	t := r.topology
	for _, kind := range []struct {
		name     string
		elements []moved
	}{
		{"topic", movedOf(t.Topics, func(e *Topic) moved { return moved{e.Origin, e.Name, e.MovedFrom} })},
		{"queue", movedOf(t.Queues, func(e *Queue) moved { return moved{e.Origin, e.Name, e.MovedFrom} })},
		{"subscription", movedOf(t.Subscriptions, func(e *Subscription) moved { return moved{e.Origin, e.Name, e.MovedFrom} })},
		{"service", movedOf(t.Services, func(e *Service) moved { return moved{e.Origin, e.Name, e.MovedFrom} })},
	} {
		r.movesOf(kind.name, kind.elements)
	}
}

// A moved is what matters of an element's move.
type moved struct {
	Origin
	name, from string
}

func movedOf[T any](elements []*T, of func(*T) moved) []moved {
	out := make([]moved, len(elements))
	for i, e := range elements {
		out[i] = of(e)
	}
	return out
}

func (r *resolver) movesOf(kind string, elements []moved) {
	standing := make(map[string]moved, len(elements))
	for _, e := range elements {
		standing[e.name] = e
	}
	taken := map[string]moved{}
	for _, e := range elements {
		if e.from == "" {
			continue
		}
		at := e.At("movedFrom")
		other, stands := standing[e.from]
		first, twice := taken[e.from]
		switch {
		case e.from == e.name:
			r.report(semantic(CodeMovedFrom, at, "Moved from itself",
				fmt.Sprintf("`movedFrom` is the name that the %s had before it was called `%s`. Remove it, or name that one.", kind, e.name)))
		case stands && other.from != "":
			r.movedFrom(at, "Moved from what was moved itself", other, fmt.Sprintf(
				"`%s` is a %s of this stack, and was `%s` before: one deployment cannot tell which of the two is the old one. Deploy one move after the other.", e.from, kind, other.from))
		case stands:
			r.movedFrom(at, "Moved from what is still there", other, fmt.Sprintf(
				"`%s` is a %s of this stack, so `%s` cannot be what it has become. Remove `movedFrom`, or the old %s.", e.from, kind, e.name, kind))
		case twice:
			r.movedFrom(at, "Two elements moved from one", first, fmt.Sprintf(
				"`%s` has become `%s` already. Only one %s can keep its messages; remove `movedFrom` from the other.", e.from, first.name, kind))
		default:
			taken[e.from] = e
		}
	}
}

func (r *resolver) movedFrom(at diag.Range, summary string, other moved, detail string) {
	d := semantic(CodeMovedFrom, at, summary, detail)
	d.Related = []diag.Related{{Range: other.Range, Message: fmt.Sprintf("`%s` is here", other.name)}}
	r.report(d)
}
