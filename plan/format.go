package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/msgdeploy/msgdeploy/report"
)

// ErrForeign says that a file is no plan, but something else.
var ErrForeign = errors.New("it is no plan that msgdeploy wrote")

// DamagedError says that a file began as a plan and is not what was written: it was cut off, or somebody
// has changed it since.
type DamagedError struct{ why string }

func (e *DamagedError) Error() string { return e.why }

func damaged(format string, args ...any) error {
	return &DamagedError{fmt.Sprintf(format, args...)}
}

// Encode returns the plan as a file: one JSON document with its digest. The same plan makes the same bytes.
func (p *Plan) Encode() ([]byte, error) {
	sealed := *p
	var err error
	if sealed.Digest, err = p.digest(); err != nil {
		return nil, err
	}
	return sealed.document()
}

// digest is that of the plan without one.
func (p *Plan) digest() (string, error) {
	bare := *p
	bare.Digest = ""
	data, err := bare.document()
	if err != nil {
		return "", err
	}
	return hash(data), nil
}

func (p *Plan) document() ([]byte, error) {
	var buf bytes.Buffer
	if err := report.WriteJSON(&buf, p); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return buf.Bytes(), nil
}

// longestHead is how far into a file the words stand that make it a plan.
const longestHead = 200

// Begins reports whether a file begins as a plan does, whatever has become of the rest.
func Begins(data []byte) bool {
	head := data[:min(len(data), longestHead)]
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(head, []byte(`"`+kind+`"`))
}

// Decode reads what [Plan.Encode] wrote. Of anything else it returns [ErrForeign], or a [DamagedError].
func Decode(data []byte) (*Plan, error) {
	if !Begins(data) {
		return nil, ErrForeign
	}
	var head struct {
		FormatVersion string `json:"formatVersion"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, damaged("it is not whole: %v", err)
	}
	if head.FormatVersion != FormatVersion {
		return nil, damaged("its format is %q, and this version of msgdeploy reads %s: make it anew", head.FormatVersion, FormatVersion)
	}
	var p Plan
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, damaged("it was changed after it was written: %v", err)
	}
	// What was written comes back as it was, so that whatever else stands in the file shows.
	again, err := p.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(data, again) {
		return nil, damaged("it was changed after it was written: its digest does not fit")
	}
	return &p, nil
}

// SpecHash returns the hash of a spec as one stack has it, which is a JSON document: the order of keys
// does not count, that of lists does.
func SpecHash(resolved []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(resolved))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", fmt.Errorf("hash the spec: %w", err)
	}
	canonical, err := json.Marshal(v) // sorts the keys of objects
	if err != nil {
		return "", fmt.Errorf("hash the spec: %w", err)
	}
	return hash(canonical), nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// short is as much of a hash as people compare.
func short(hash string) string {
	const digits = 12
	sum, ok := strings.CutPrefix(hash, "sha256:")
	switch {
	case hash == "":
		return "none"
	case ok && len(sum) > digits:
		return sum[:digits]
	}
	return hash
}
