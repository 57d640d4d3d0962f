package deploy

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// updateVersion is the version of an update's document. A newer one is not read.
const updateVersion = 1

// updateDocument is an [Update] as it is stored, compressed.
type updateDocument struct {
	Version   int              `json:"version"`
	Number    int              `json:"number"`
	Run       string           `json:"run,omitempty"`
	Operation string           `json:"operation"`
	Start     time.Time        `json:"start"`
	End       time.Time        `json:"end"`
	User      string           `json:"user"`
	Host      string           `json:"host"`
	Source    sourceDocument   `json:"source"`
	Result    UpdateResult     `json:"result"`
	Failure   string           `json:"failure,omitempty"`
	Summary   summaryDocument  `json:"summary"`
	Changes   []changeDocument `json:"changes"`
	Before    string           `json:"before"`
	After     string           `json:"after"`
}

// sourceDocument is a [Source]. Spec is set in a journal alone.
type sourceDocument struct {
	Spec     []byte   `json:"spec,omitempty"`
	Hash     string   `json:"hash,omitempty"`
	Commit   string   `json:"commit,omitempty"`
	Modified []string `json:"modified,omitempty"`
	Again    int      `json:"again,omitempty"`
}

type summaryDocument struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Replace int `json:"replace"`
	Delete  int `json:"delete"`
	Same    int `json:"same"`
}

type changeDocument struct {
	Element   string         `json:"element"`
	Type      string         `json:"type"`
	Name      string         `json:"name"`
	URN       string         `json:"urn"`
	ID        string         `json:"id,omitempty"`
	Op        Op             `json:"op"`
	Component bool           `json:"component,omitempty"`
	Reasons   []string       `json:"reasons,omitempty"`
	Diff      []diffDocument `json:"diff,omitempty"`
	DataLoss  bool           `json:"dataLoss,omitempty"`
	Messages  int64          `json:"messages,omitempty"`
	Protected bool           `json:"protected,omitempty"`
}

type diffDocument struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

func encodeUpdate(u Update) ([]byte, error) {
	doc := updateDocument{
		Version: updateVersion, Number: u.Number, Run: u.run, Operation: u.Operation, Start: u.Start, End: u.End, User: u.User, Host: u.Host,
		Source: sourceDocument(u.Source), Result: u.Result, Failure: u.Failure, Summary: summaryDocument(u.Summary),
		Changes: make([]changeDocument, len(u.Changes)), Before: u.Before, After: u.After,
	}
	doc.Source.Spec = nil // it is kept apart
	for i, c := range u.Changes {
		diff := make([]diffDocument, len(c.Diff))
		for i, d := range c.Diff {
			diff[i] = diffDocument(d)
		}
		doc.Changes[i] = changeDocument{
			Element: c.Element, Type: c.Type, Name: c.Name, URN: c.URN, ID: c.ID, Op: c.Op, Component: c.Component,
			Reasons: c.Reasons, Diff: diff, DataLoss: c.DataLoss, Messages: c.Messages, Protected: c.Protected,
		}
	}
	data, err := marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode update: %w", err)
	}
	return zip(data)
}

// readUpdate reads one entry. What is wrong with the entry itself is no error, but an update that says so.
func (s *Stack) readUpdate(ctx context.Context, key updateKey) (Update, error) {
	unreadable := func(err error) (Update, error) {
		return Update{Number: key.number, Result: Unreadable, Failure: err.Error()}, nil
	}
	data, err := s.bucket.read(ctx, key.key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unreadable(errors.New("it was pruned a moment ago"))
	case err != nil:
		return Update{}, fmt.Errorf("read update %d of stack %s: %w", key.number, s.opts.Stack, err)
	}
	if data, err = unzip(data); err != nil {
		return unreadable(err)
	}
	var doc updateDocument
	if err := json.Unmarshal(data, &doc); err != nil {
		return unreadable(err)
	}
	if doc.Version > updateVersion {
		return unreadable(errors.New("it was written by a newer msgdeploy"))
	}
	u := Update{
		Number: key.number, Operation: doc.Operation, Start: doc.Start, End: doc.End, User: doc.User, Host: doc.Host, Source: Source(doc.Source),
		Result: doc.Result, Failure: doc.Failure, Summary: Summary(doc.Summary),
		Changes: make([]Change, len(doc.Changes)), Before: doc.Before, After: doc.After, run: doc.Run,
	}
	for i, c := range doc.Changes {
		var diff []PropertyDiff
		for _, d := range c.Diff {
			d.Before, d.After = known(d.Before), known(d.After)
			diff = append(diff, PropertyDiff(d))
		}
		u.Changes[i] = Change{
			Element: c.Element, Type: c.Type, Name: c.Name, URN: c.URN, ID: c.ID, Op: c.Op, Component: c.Component,
			Reasons: c.Reasons, Diff: diff, DataLoss: c.DataLoss, Messages: c.Messages, Protected: c.Protected,
		}
	}
	return u, nil
}

// known undoes what [Unknown] is written as.
func known(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 1 && v["unknown"] == true {
			return Unknown{}
		}
		for key, value := range v {
			v[key] = known(value)
		}
	case []any:
		for i, value := range v {
			v[i] = known(value)
		}
	}
	return v
}

func (s *Stack) specKey(hash string) string {
	_, digits, _ := strings.Cut(hash, ":")
	return s.keys.history() + s.opts.Stack + "." + digits + specExt
}

func (s *Stack) writeSpec(ctx context.Context, key string, of Source) error {
	data, err := zip(of.Spec)
	if err == nil {
		err = s.bucket.replace(ctx, key, "", data)
	}
	if err != nil {
		return fmt.Errorf("write the spec: %w", err)
	}
	return nil
}

func (s *Stack) readSpec(ctx context.Context, hash string) ([]byte, error) {
	data, err := s.bucket.read(ctx, s.specKey(hash))
	if err == nil {
		data, err = unzip(data)
	}
	if err != nil {
		return nil, fmt.Errorf("read the spec %s from the history of stack %s: %w", hash, s.opts.Stack, err)
	}
	return data, nil
}

// zip compresses. The same data makes the same bytes.
func zip(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// longestUnzipped bounds what a damaged, or malicious, entry can take of memory, in bytes.
const longestUnzipped = 1 << 30

func unzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, longestUnzipped+1))
	if err == nil && len(out) > longestUnzipped {
		err = errors.New("it is too long")
	}
	return out, err
}

// between are the resources that differ from one state to another: what is known of an operation that nobody
// has seen the end of.
func (s *Stack) between(before []apitype.ResourceV3, after *apitype.DeploymentV3) ([]Change, Summary) {
	up := parents(after)
	old := map[string]apitype.ResourceV3{}
	for _, r := range before {
		if up[r.URN] == "" {
			up[r.URN] = r.Parent
		}
		if !r.Delete {
			old[string(r.URN)] = r
		}
	}
	changes := map[string]Change{}
	add := func(r apitype.ResourceV3, op Op) {
		component := !cloudly(r)
		if component && !strings.HasPrefix(string(r.Type), componentPrefix) {
			return // the stack itself, and provider settings
		}
		lost := op != OpCreate && op != OpUpdate && s.opts.Stateful[string(r.Type)] && !r.RetainOnDelete
		c := Change{
			Element: elementOf(r.URN, up), Type: string(r.Type), Name: r.URN.Name(), URN: string(r.URN), ID: string(r.ID),
			Op: op, Component: component, DataLoss: lost,
		}
		if lost {
			c.Messages = -1
		}
		changes[c.URN] = c
	}
	var sum Summary
	for _, r := range after.Resources {
		was, ok := old[string(r.URN)]
		switch {
		case r.Delete:
			continue
		case !ok:
			add(r, OpCreate)
		case was.ID != r.ID:
			add(was, OpReplace)
		case !sameTime(was.Modified, r.Modified): // properties do not tell: secrets look different each time
			add(r, OpUpdate)
		case cloudly(r):
			sum.Same++
		}
		delete(old, string(r.URN))
	}
	for _, r := range old {
		add(r, OpDelete)
	}
	for _, c := range changes {
		if !c.Component {
			sum.count(c.Op)
		}
	}
	return slices.SortedFunc(maps.Values(changes), compareChanges), sum
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
