package iamtest_test

import "flag"

// `go test ./... -update` rewrites golden files; a package that has none must know the flag too.
var _ = flag.Bool("update", false, "rewrite golden files, of which there are none here")
