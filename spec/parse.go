package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// maxSource bounds the input; the largest specs that are known have 2 MB.
const maxSource = 32 << 20

// parse reads the one YAML document of a file. Its root is nil if it has none that
// can be read.
func parse(src *source) (*yaml.Node, diag.Diagnostics) {
	if ds := readable(src); ds != nil {
		return nil, ds
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src.text))
	var doc yaml.Node
	err := decode(decoder, &doc)
	if errors.Is(err, io.EOF) {
		return nil, empty(src)
	}
	if err != nil {
		return nil, diag.Diagnostics{syntaxError(src, err)}
	}
	src.number(&doc)
	var second yaml.Node
	switch err := decode(decoder, &second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, diag.Diagnostics{syntaxError(src, err)}
	default:
		src.number(&second)
		return nil, diag.Diagnostics{semantic(CodeSeveralDocuments, src.rangeOf(&second),
			"More than one document",
			"A spec is one YAML document, but a second one begins here. Put it into a file of its own, or remove the `---` before it.")}
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == nullTag {
		return nil, empty(src)
	}
	return root, nil
}

// decode reads one document. On some malformed input yaml.v3 panics instead of returning
// an error; for the user that is an error of syntax too.
func decode(d *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	return d.Decode(n)
}

func tooLarge(src *source, size int) diag.Diagnostics {
	return diag.Diagnostics{semantic(CodeTooLarge, diag.Range{File: src.file}, "The spec is too large",
		fmt.Sprintf("The file has %d bytes; a spec may have up to %d.", size, maxSource))}
}

func empty(src *source) diag.Diagnostics {
	return diag.Diagnostics{structural(CodeEmptySpec, diag.Range{File: src.file},
		"The spec is empty",
		"A spec needs `version: 1`, a `project` and at least one stack. `msgdeploy init` writes one to start from.")}
}

// readable reports what keeps text from being YAML at all.
func readable(src *source) diag.Diagnostics {
	text := src.text
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return diag.Diagnostics{semantic(CodeEncoding, diag.Range{File: src.file}, "The spec is not UTF-8",
			"The file is encoded as UTF-16. Save it as UTF-8.")}
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return diag.Diagnostics{semantic(CodeEncoding, src.spanAt(i, 1), "The spec is not UTF-8",
				fmt.Sprintf("The byte %#02x here is not part of UTF-8 text. Save the file as UTF-8.", text[i]))}
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return diag.Diagnostics{semantic(CodeEncoding, src.spanAt(i, 1), "Control character",
				fmt.Sprintf("YAML does not allow the control character U+%04X here. Remove it; in a double-quoted string it can be written \\x%02x.", r, r))}
		}
		i += n
	}
	return nil
}

// The short forms of YAML's tags.
const (
	nullTag  = "!!null"
	boolTag  = "!!bool"
	strTag   = "!!str"
	intTag   = "!!int"
	floatTag = "!!float"
	timeTag  = "!!timestamp"
	mergeTag = "!!merge"
	mapTag   = "!!map"
	seqTag   = "!!seq"
)
