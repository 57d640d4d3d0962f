package aws

import "flag"

// update is `go test ./... -update`: the generated parts of docs/aws.md are written anew.
var update = flag.Bool("update", false, "rewrite the generated parts of documentation")
