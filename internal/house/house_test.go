package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite imports.txt")

const (
	module = "github.com/msgdeploy/msgdeploy/"
	root   = "../.."
)

// listed are the foreign packages whose importers ARCHITECTURE.md names.
var listed = []string{
	"github.com/nats-io/",
	"github.com/pulumi/pulumi/pkg/v3/",
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi",
	"github.com/spf13/cobra",
	"gopkg.in/yaml.v3",
}

// TestImports compares who imports whom with imports.txt: a new edge is a decision
// about the house, so it is made in a file that reviewers see.
func TestImports(t *testing.T) {
	t.Parallel()
	var edges []string
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, to := range p.Imports {
			if strings.HasPrefix(to, module) || slices.ContainsFunc(listed, func(l string) bool { return strings.HasPrefix(to, l) }) {
				edges = append(edges, from+" -> "+strings.TrimPrefix(to, module))
			}
		}
	}
	slices.Sort(edges)
	got := strings.Join(edges, "\n") + "\n"
	if *update {
		if err := os.WriteFile("imports.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("imports.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("import edges (-imports.txt +code); `go test ./internal/house -update` accepts them:\n%s", diff)
	}
}

// TestDirection holds for every list of edges, also for an updated one.
func TestDirection(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, to := range p.Imports {
			if why := forbidden(from, strings.TrimPrefix(to, module)); why != "" {
				t.Errorf("%s imports %s: %s", from, to, why)
			}
		}
	}
}

func forbidden(from, to string) string {
	const engine = "github.com/pulumi/pulumi/pkg/v3/"
	ours := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return to == n || strings.HasPrefix(to, n+"/") })
	}
	cloud := func(p string) bool {
		return strings.HasPrefix(p, "providers/") && p != "providers/providertest" && p != "providers/elements"
	}
	switch {
	case strings.HasPrefix(to, "cmd/"):
		return "nobody imports a command"
	case from == "diag" && ours("spec", "permissions", "providers", "deploy", "broker", "report"):
		return "diag is a leaf"
	case from == "spec" && ours("permissions", "providers", "deploy", "broker", "report"):
		return "the spec knows neither grants nor clouds"
	case from == "asyncapi" && ours("providers", "deploy", "broker", "report"):
		return "documents are made of specs, whatever becomes of them"
	case from == "permissions" && ours("providers", "deploy", "broker", "report"):
		return "grants know no cloud"
	case from == "deploy" && ours("spec", "permissions", "providers", "broker", "report", "diag"):
		return "the engine knows no spec"
	case from == "plan" && ours("spec", "permissions", "providers", "broker", "diag", "standin"):
		return "a plan is of results, whatever they are the results of"
	case from == "standin" && ours("spec", "permissions", "providers", "deploy", "broker", "report", "diag"):
		return "the stand-in knows neither spec nor clouds' programs"
	case from == "broker" && (ours("spec", "permissions", "providers", "deploy", "report") || strings.HasPrefix(to, "github.com/pulumi/")):
		return "the broker knows neither spec nor Pulumi"
	case cloud(from) && cloud(to):
		return "no provider imports another"
	case strings.HasPrefix(to, engine) && from != "deploy" && to != engine+"resource/plugin" && !strings.HasPrefix(from, "deploy/"):
		return "only deploy imports the engine"
	default:
		return ""
	}
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestFiles: no file is longer than a reader's patience, only mains exit, nothing runs before main.
func TestFiles(t *testing.T) {
	t.Parallel()
	const longest = 400
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && path != root {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if lines := bytes.Count(src, []byte("\n")); lines > longest {
			t.Errorf("%s has %d lines, more than %d", path, lines, longest)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
		if err != nil {
			return fmt.Errorf("parse %s: %w", path, err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s has an init function", path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
