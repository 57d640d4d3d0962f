package main

import (
	"context"

	"github.com/msgdeploy/msgdeploy/spec"
)

// Names for completion, which has no use for errors: a spec that cannot be read has none.
// A file of the machine is read, which nobody needs to interrupt.

// stackNames returns the stacks of a spec.
func (a *app) stackNames(file string) []string {
	if file == "-" {
		return nil
	}
	s, err := a.loadSpec(context.Background(), file)
	if err != nil {
		return nil
	}
	return s.Stacks()
}

// names returns the names of some elements of a stack.
func (a *app) names(f specFlags, of func(*spec.Topology) []string) []string {
	if f.file == "-" {
		return nil
	}
	s, err := a.loadStack(context.Background(), f)
	if err != nil {
		return nil
	}
	return of(s.Topology)
}

func serviceNames(t *spec.Topology) []string {
	var names []string
	for _, s := range t.Services {
		names = append(names, s.Name)
	}
	return names
}

func topicNames(t *spec.Topology) []string {
	var names []string
	for _, topic := range t.Topics {
		names = append(names, topic.Name)
	}
	return names
}

func queueNames(t *spec.Topology) []string {
	var names []string
	for _, q := range t.Queues {
		names = append(names, q.Name)
	}
	return names
}

// dequeueNames are those of queues and of their dead letters.
func dequeueNames(t *spec.Topology) []string {
	var names []string
	for _, q := range t.Queues {
		names = append(names, q.Name)
		if q.DeadLetter != nil {
			names = append(names, q.Name+".deadLetter")
		}
	}
	return names
}
