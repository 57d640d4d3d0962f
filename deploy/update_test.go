package deploy

import "flag"

// `go test ./... -update` rewrites golden files; a package that has none must know the flag too.
var _ = flag.Bool("update", false, "rewrite golden files, of which there are none here")

// thorough is for `make kills`: tests that try a few of many moments try them all.
var thorough = flag.Bool("thorough", false, "try every moment at which a disk may fail, or a process be killed")
