package standin

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the generated inputs")

// argumented is what the SDK's Args types have in common.
type argumented interface{ ElementType() reflect.Type }

// testInputs compares generated inputs with what the SDK says today: a property that it has
// not, or one that it requires, cannot be missed.
func testInputs(t *testing.T, p Package, file, function string, sdk []argumented) {
	t.Helper()
	all := map[string]Properties{}
	for _, args := range sdk {
		token, properties := readSDK(t, args)
		all[token] = properties
		testComputed(t, p, token, args, properties)
	}
	want := generate(t, function, all)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not what the SDK says (-SDK +file); `go test ./standin -run Inputs -update` writes it:\n%s", file, diff)
	}
}

// readSDK returns a resource's token and inputs: names and kinds are the SDK's own types'; its
// token, and which inputs are required, stand in its constructor alone.
func readSDK(t *testing.T, args argumented) (token string, properties Properties) {
	t.Helper()
	typ := reflect.TypeOf(args)
	name := strings.TrimSuffix(typ.Name(), "Args")
	constructor := constructorOf(t, typ.PkgPath(), name)
	m := regexp.MustCompile(`ctx\.RegisterResource\("([^"]+)"`).FindStringSubmatch(constructor)
	if m == nil {
		t.Fatalf("New%s registers nothing", name)
	}
	properties = propertiesOf(args.ElementType())
	for _, r := range regexp.MustCompile(`required argument '(\w+)'`).FindAllStringSubmatch(constructor, -1) {
		field, ok := args.ElementType().FieldByName(r[1])
		if !ok {
			t.Fatalf("New%s requires %s, which %s has not", name, r[1], typ)
		}
		key := field.Tag.Get("pulumi")
		p := properties[key]
		p.Required = true
		properties[key] = p
	}
	return m[1], properties
}

// testComputed holds what a type says that only the cloud can tell against the properties of the
// SDK's resource. Where new inputs are compared with outputs, none may be missing either; azure-native
// has many that nothing asks for.
func testComputed(t *testing.T, p Package, token string, args argumented, inputs Properties) {
	t.Helper()
	i := slices.IndexFunc(p.Types, func(typ Type) bool { return typ.Token == token })
	if i < 0 {
		return // the provider resource
	}
	resource := outputsOf(t, args)
	var computed []string
	for _, path := range p.Types[i].Computed {
		head, _, _ := strings.Cut(path, ".")
		computed = append(computed, head)
		if !slices.Contains(resource, head) {
			t.Errorf("%s computes %s, which the SDK's resource has not", token, path)
		}
	}
	for _, name := range resource {
		// Tags are an input to the plugin, see [Package.Adds].
		if _, input := inputs[name]; p.Compares == AgainstOutputs && !input && name != "tagsAll" && !slices.Contains(computed, name) {
			t.Errorf("%s does not compute %s, which the SDK's resource has", token, name)
		}
	}
}

// outputsOf returns the properties of the resource that an Args type makes.
func outputsOf(t *testing.T, args argumented) []string {
	t.Helper()
	typ := reflect.TypeOf(args)
	text := sourceOf(t, typ.PkgPath(), "\ntype "+strings.TrimSuffix(typ.Name(), "Args")+" struct {\n")
	var names []string
	for _, m := range regexp.MustCompile("`pulumi:\"(\\w+)\"`").FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func constructorOf(t *testing.T, pkg, name string) string {
	t.Helper()
	return sourceOf(t, pkg, "\nfunc New"+name+"(")
}

// sourceOf returns a declaration of a package: from what it begins with to its closing brace.
func sourceOf(t *testing.T, pkg, beginning string) string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", pkg).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pkg, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, body, ok := bytes.Cut(src, []byte(beginning)); ok {
			body, _, _ := bytes.Cut(body, []byte("\n}\n"))
			return string(body)
		}
	}
	t.Fatalf("%s has no %q", pkg, beginning)
	return ""
}

// propertiesOf reads the properties of an SDK's type: those of a struct's fields.
func propertiesOf(t reflect.Type) Properties {
	out := Properties{}
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("pulumi")
		if key == "" {
			continue
		}
		p := propertyOf(f.Type)
		switch f.Type.Kind() {
		case reflect.String, reflect.Bool, reflect.Int, reflect.Float64, reflect.Struct:
			p.Required = true // what is optional is a pointer
		}
		out[key] = p
	}
	return out
}

func propertyOf(t reflect.Type) Property {
	switch t.Kind() {
	case reflect.Pointer:
		return propertyOf(t.Elem())
	case reflect.String:
		return Property{Kind: String}
	case reflect.Bool:
		return Property{Kind: Bool}
	case reflect.Int, reflect.Float64:
		return Property{Kind: Number}
	case reflect.Struct:
		return Property{Kind: Object, Of: propertiesOf(t)}
	case reflect.Slice:
		return Property{Kind: List, Of: propertyOf(t.Elem()).Of}
	case reflect.Map:
		return Property{Kind: Map, Of: propertyOf(t.Elem()).Of}
	}
	return Property{Kind: Any}
}

func generate(t *testing.T, function string, all map[string]Properties) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by `go test ./standin -run Inputs -update` from the SDK. DO NOT EDIT.\n\npackage standin\n\n")
	fmt.Fprintf(&b, "func %s() map[string]Properties {\nreturn map[string]Properties{\n", function)
	for _, token := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%q: {\n", token)
		writeProperties(&b, all[token])
		fmt.Fprintf(&b, "},\n")
	}
	fmt.Fprintf(&b, "}\n}\n")
	src, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func writeProperties(b *bytes.Buffer, ps Properties) {
	for _, name := range slices.Sorted(maps.Keys(ps)) {
		p := ps[name]
		fmt.Fprintf(b, "%q: {Kind: %s", name, [...]string{"Any", "String", "Number", "Bool", "List", "Map", "Object"}[p.Kind])
		if p.Required {
			fmt.Fprint(b, ", Required: true")
		}
		if p.Of != nil {
			fmt.Fprint(b, ", Of: Properties{\n")
			writeProperties(b, p.Of)
			fmt.Fprint(b, "}")
		}
		fmt.Fprint(b, "},\n")
	}
}
