package spec_test

import (
	"fmt"

	"github.com/msgdeploy/msgdeploy/spec"
)

func Example() {
	s, mistakes := spec.Load("msgdeploy.yaml", []byte(`
version: 1
project: shop
queues:
  jobs: {lease: 1m}
stacks:
  local: {nats: {}}
  prod: {nats: {}, patch: {queues: {jobs: {lease: 5m}}}}
`))
	for _, stack := range s.Stacks() {
		topology, more := s.Resolve(stack)
		mistakes = append(mistakes, more...)
		jobs := topology.Queues[0]
		fmt.Printf("%s: %s, from %s\n", stack, jobs.Lease, jobs.At("lease"))
	}
	fmt.Println(len(mistakes), "mistakes")
	// Output:
	// local: 1m0s, from msgdeploy.yaml:5:17
	// prod: 5m0s, from msgdeploy.yaml:8:51
	// 0 mistakes
}
