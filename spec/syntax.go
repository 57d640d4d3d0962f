package spec

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
)

var yamlError = regexp.MustCompile(`(?s)^yaml: (?:line ([0-9]+): )?(.*)$`)

// syntaxError turns an error of yaml.v3 into a diagnostic.
func syntaxError(src *source, err error) diag.Diagnostic {
	message, line := err.Error(), 1
	if m := yamlError.FindStringSubmatch(message); m != nil {
		message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	return structural(CodeSyntax, src.span(line, 1, 1), "Not valid YAML", strings.ToUpper(message[:1])+message[1:]+".")
}
