package providers_test

import "flag"

// update is `go test ./... -update`: what is generated is written anew.
var update = flag.Bool("update", false, "rewrite the generated parts of documentation")
