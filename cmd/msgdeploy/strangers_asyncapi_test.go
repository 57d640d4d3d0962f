//go:build strangers

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// parseDocuments parses each file it is given with AsyncAPI's own parser, which knows the
// JSON Schema of every version and of every binding, and prints the errors of each as JSON.
const parseDocuments = `
const { Parser } = require('@asyncapi/parser');
const { readFileSync } = require('fs');
(async () => {
  const errors = {};
  for (const file of process.argv.slice(2)) {
    const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'));
    errors[file] = diagnostics.filter(d => d.severity === 0).map(d => d.path.join('.') + ': ' + d.message);
    if (!document && errors[file].length === 0) errors[file].push('no document');
  }
  console.log(JSON.stringify(errors));
})();
`

// TestStrangerAsyncAPI: AsyncAPI's parser, which `make strangers` installs, accepts the
// document of every stack of the corpus, whatever its cloud.
func TestStrangerAsyncAPI(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "parse.cjs")
	write(t, script, parseDocuments)
	modules, err := filepath.Abs("../../internal/strangers/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{script}
	clouds := map[spec.Cloud]bool{}
	for name, doc := range corpusDocuments(t, clouds) {
		file := filepath.Join(dir, name)
		write(t, file, string(doc))
		args = append(args, file)
	}
	broken := filepath.Join(dir, "broken.yaml")
	write(t, broken, "asyncapi: 3.0.0\ninfo: {title: Broken}\nchannels: {a: {colour: blue}}\n")
	args = append(args, broken)
	parse := exec.CommandContext(t.Context(), "node", args...)
	parse.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := parse.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	var errors map[string][]string
	if err := json.Unmarshal(out, &errors); err != nil {
		t.Fatalf("%v in:\n%s", err, out)
	}
	if len(errors) != len(args)-1 || len(errors[broken]) < 2 {
		t.Fatalf("the parser took %d documents of %d, and says of the broken one: %q", len(errors), len(args)-1, errors[broken])
	}
	delete(errors, broken)
	if len(clouds) != 4 {
		t.Errorf("documents of these clouds only: %v", clouds)
	}
	for file, errs := range errors {
		if len(errs) > 0 {
			t.Errorf("%s:\n%q", filepath.Base(file), errs)
		}
	}
}

// corpusDocuments returns the documents of every valid stack of the corpus, by file name,
// and adds the clouds that they are of.
func corpusDocuments(t *testing.T, clouds map[spec.Cloud]bool) map[string][]byte {
	t.Helper()
	a := newApp(nil)
	docs := map[string][]byte{}
	dirs, err := caseDirs(corpus)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		s, ds, err := spectest.Load(filepath.Join(dir, caseSpec))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range s.Stacks() {
			if ds.HasErrors() || a.checkStack(s, name).HasErrors() {
				continue
			}
			topology, _ := s.Resolve(name)
			clouds[topology.Target.Cloud()] = true
			resolved, _ := s.Resolved(name)
			stack := asyncapi.Stack{Topology: topology, Resolved: resolved}
			if provider, ok := a.providers[topology.Target.Cloud()]; ok {
				rendering, err := providers.Render(t.Context(), provider, topology, permissions.Derive(topology))
				if err != nil {
					t.Fatal(err)
				}
				stack.Outputs, _ = rendering.Outputs[outputsOutput].(map[string]any)
			}
			for _, format := range []asyncapi.Format{asyncapi.YAML, asyncapi.JSON} {
				var out bytes.Buffer
				if err := asyncapi.Write(&out, stack, format); err != nil {
					t.Fatal(err)
				}
				docs[fmt.Sprintf("%s-%s.%s", filepath.Base(dir), name, format)] = out.Bytes()
			}
		}
	}
	return docs
}
