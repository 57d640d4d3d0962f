package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Bounds of what a spec may include. Real ones stay far below.
const (
	maxIncluded = 2000      // files
	maxListed   = 100_000   // entries of directories that patterns look at
	maxText     = 64 << 20 // bytes of all files
)

// Files returns the names of the files that the spec is made of now: itself, and those in
// dir that it includes, as [LoadDir] would read them.
func (s *Spec) Files(dir fs.FS) []string {
	names := []string{s.file}
	in := s.includer(dir)
	_, list := entry(s.root, "include")
	if list == nil || list.Kind != yaml.SequenceNode {
		return names
	}
	for _, item := range list.Content {
		if !includable(item) {
			continue
		}
		for _, name := range in.match(item) {
			if !in.seen[name] {
				in.seen[name] = true
				names = append(names, in.name(name))
			}
		}
	}
	return names
}

// includable reports whether an item of a list of files is one that can be looked for.
func includable(item *yaml.Node) bool {
	return isText(item) && documentShape().byKey["include"].elem.rule.matches(item.Value)
}

// includer looks for files that the spec includes.
func (s *Spec) includer(dir fs.FS) *includer {
	return &includer{src: s.src, dir: dir, path: s.dir(), root: filepath.Base(s.file), seen: map[string]bool{}}
}

// An includer reads the files that a spec includes.
type includer struct {
	src      *fileSet
	expander *expander
	decoder  *decoder
	// dir is the directory of the spec; nil where nothing can be read.
	dir fs.FS
	// path is the directory's, for the names of files; root the spec's name in it.
	path, root string
	combiner   *combiner
	seen       map[string]bool
	listed     int
	size       int
	// incomplete says that a file is missing or cannot be read.
	incomplete bool
	ds         diag.Diagnostics
}

// include reads what a list of patterns names, in the order of the list, and by name.
func (in *includer) include(list *yaml.Node) {
	for _, item := range list.Content {
		if !includable(item) {
			in.incomplete = true // reported by the decoder
			continue
		}
		names := in.match(item)
		in.incomplete = in.incomplete || len(names) == 0
		for _, name := range names {
			if in.seen[name] {
				continue
			}
			in.seen[name] = true
			if len(in.seen) > maxIncluded {
				in.report(CodeTooMuch, item, "Too many files", fmt.Sprintf("A spec can include up to %d files, and this is one more.", maxIncluded))
				return
			}
			if !in.file(item, name) {
				in.incomplete = true
			}
		}
	}
}

func (in *includer) report(code string, item *yaml.Node, summary, detail string) {
	in.ds = append(in.ds, semantic(code, in.src.rangeOf(item), summary, detail))
}

// file reads one file; false if its elements are not known.
func (in *includer) file(item *yaml.Node, name string) bool {
	text, err := in.read(name)
	if err != nil {
		in.unreadable(item, name, err)
		return false
	}
	in.size += len(text)
	if len(text) > maxSource || in.size > maxText {
		in.report(CodeTooMuch, item, "Included files are too large",
			fmt.Sprintf("%s makes it too much: a file may have up to %d MiB, and all together %d.", in.name(name), maxSource>>20, maxText>>20))
		return false
	}
	src := in.src.add(in.name(name), text)
	root, ds := parse(src)
	if root == nil {
		if len(ds) == 1 && ds[0].Code == CodeEmptySpec {
			return true // a file of comments holds no elements
		}
		in.ds = append(in.ds, ds...)
		return false
	}
	root, ok, ds := in.expander.expand(root)
	in.ds = append(in.ds, ds...)
	if !ok {
		return false
	}
	if root.Kind != yaml.MappingNode {
		in.ds = append(in.ds, structural(CodeWrongKind, in.src.rangeOf(root), "The wrong kind of value",
			fmt.Sprintf("An included file must be a mapping, not %s.", found(root))))
		return false
	}
	var contents included
	in.decoder.value(includedShape(), root, reflect.ValueOf(&contents).Elem(), place{})
	in.combiner.add(root)
	return true
}

// name is that of an included file in messages.
func (in *includer) name(name string) string { return filepath.Join(in.path, filepath.FromSlash(name)) }

// read reads a regular file, and of one that is too large no more than shows that it is.
func (in *includer) read(name string) ([]byte, error) {
	info, err := fs.Stat(in.dir, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := in.dir.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	return text, errors.Join(err, f.Close())
}

func (in *includer) unreadable(item *yaml.Node, name string, err error) {
	if escapes(err) {
		in.outside(item, fmt.Sprintf("%s is a link out of the directory of the spec.", in.name(name)))
		return
	}
	reason := err.Error()
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		reason = inner.Err.Error()
	}
	in.report(CodeIncludeUnreadable, item, "An included file cannot be read", fmt.Sprintf("%s cannot be read: %s.", in.name(name), clip(reason)))
}

// escapes reports whether a path leads out of an [os.Root], which has no error to compare
// with.
func escapes(err error) bool { return strings.Contains(err.Error(), "escapes from parent") }

func (in *includer) outside(item *yaml.Node, why string) {
	in.report(CodeIncludeOutside, item, "Outside of the spec's directory",
		why+" A spec includes what lies beside or below it, so that it stays one tree that is reviewed as a whole. What another repository owns is a project of its own.")
}

// match returns the files that one pattern names, sorted.
func (in *includer) match(item *yaml.Node) []string {
	pattern := item.Value
	parts := strings.Split(pattern, "/")
	_, err := path.Match(pattern, "")
	switch {
	case in.dir == nil:
		in.report(CodeIncludeUnreadable, item, "Nothing can be included here", "This spec is read by itself, without the directory around it.")
		return nil
	case strings.HasPrefix(pattern, "/"):
		in.outside(item, "The path is absolute; paths are relative to the spec.")
		return nil
	case slices.Contains(parts, ".."):
		in.outside(item, "`..` leads out of the directory of the spec, or needlessly in and out of one below.")
		return nil
	case slices.Contains(parts, "**"):
		in.report(CodeInvalidInclude, item, "Not a path that can be included", "`**` is not understood: `*` stands for one directory. List a pattern for each depth.")
		return nil
	case err != nil:
		in.report(CodeInvalidInclude, item, "Not a path that can be included", "A `[` opens a set of letters in a pattern, and this one is not complete.")
		return nil
	}
	names, ok := in.glob(item, strings.Split(path.Clean(pattern), "/"))
	if !ok {
		return nil
	}
	if n := slices.Index(names, in.root); n >= 0 {
		if !meta(pattern) {
			in.report(CodeInvalidInclude, item, "The spec includes itself", "This is the spec itself. Remove the line.")
			return nil
		}
		names = slices.Delete(names, n, n+1)
	}
	if len(names) == 0 {
		what := "There is no such file"
		if meta(pattern) {
			what = "There is no file of that pattern"
		}
		in.report(CodeIncludeNothing, item, "Nothing to include", fmt.Sprintf("%s: %s. Paths are relative to the spec.", what, in.name(path.Clean(pattern))))
	}
	return names
}

func meta(pattern string) bool { return strings.ContainsAny(pattern, `*?[`) }

// glob follows the parts of a pattern down from the spec's directory. Unlike [fs.Glob] it
// reports what it cannot look into. ok is false if it has.
func (in *includer) glob(item *yaml.Node, parts []string) (names []string, ok bool) {
	names = []string{"."}
	for i, part := range parts {
		var next []string
		for _, dir := range names {
			found, ok := in.entries(item, dir, part)
			if !ok {
				return nil, false
			}
			for _, name := range found {
				info, err := fs.Stat(in.dir, name)
				last := i == len(parts)-1
				switch {
				case errors.Is(err, fs.ErrNotExist) && !meta(part):
				case err != nil:
					in.unreadable(item, name, err)
					return nil, false
				case last && info.IsDir() && meta(part), !last && !info.IsDir():
				default:
					next = append(next, name)
				}
			}
		}
		names = next
	}
	slices.Sort(names)
	return names, true
}

// entries returns the paths in one directory that one part of a pattern may mean. Hidden
// files are meant only by a part that begins with a dot.
func (in *includer) entries(item *yaml.Node, dir, part string) (found []string, ok bool) {
	if !meta(part) {
		return []string{path.Join(dir, part)}, true
	}
	entries, err := fs.ReadDir(in.dir, dir)
	if err != nil {
		in.unreadable(item, dir, err)
		return nil, false
	}
	if in.listed += len(entries); in.listed > maxListed {
		in.report(CodeTooMuch, item, "Too many files", fmt.Sprintf("The directories that patterns look into have more than %d entries. Make the pattern narrower.", maxListed))
		return nil, false
	}
	for _, e := range entries {
		// The pattern is known to be well-formed.
		if matches, _ := path.Match(part, e.Name()); matches && (part[0] == '.' || e.Name()[0] != '.') {
			found = append(found, path.Join(dir, e.Name()))
		}
	}
	return found, true
}
