package gcp

import "flag"

var update = flag.Bool("update", false, "rewrite the generated parts of docs/gcp.md")
