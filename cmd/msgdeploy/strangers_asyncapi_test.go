//go:build strangers

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// asyncAPIParser is AsyncAPI's own parser. It knows the JSON Schema of every version and
// of every binding.
const asyncAPIParser = "@asyncapi/parser@3.6.6"

// parseDocuments parses each file it is given, and prints the errors of each as JSON.
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

// TestStrangerAsyncAPI: AsyncAPI's parser accepts the document of every stack of the corpus.
func TestStrangerAsyncAPI(t *testing.T) {
	dir := t.TempDir()
	install := exec.CommandContext(t.Context(), "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", dir, asyncAPIParser)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install %s: %v\n%s", asyncAPIParser, err, out)
	}
	write(t, filepath.Join(dir, "parse.js"), parseDocuments)
	args := []string{"parse.js"}
	for name, doc := range corpusDocuments(t) {
		file := filepath.Join(dir, name)
		write(t, file, string(doc))
		args = append(args, file)
	}
	broken := filepath.Join(dir, "broken.yaml")
	write(t, broken, "asyncapi: 3.0.0\ninfo: {title: Broken}\nchannels: {a: {colour: blue}}\n")
	args = append(args, broken)
	parse := exec.CommandContext(t.Context(), "node", args...)
	parse.Dir = dir
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
	for file, errs := range errors {
		if len(errs) > 0 {
			t.Errorf("%s:\n%q", filepath.Base(file), errs)
		}
	}
}

// corpusDocuments returns the documents of every valid stack of the corpus, by file name.
func corpusDocuments(t *testing.T) map[string][]byte {
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
