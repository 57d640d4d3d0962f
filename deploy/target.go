package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
)

// targetTag is the stack tag that keeps where a stack's resources are. Pulumi's
// own tools show tags, and keep them.
const targetTag = "msgdeploy:target"

// tagsFile is how Pulumi's file, S3, GCS and Azure backends keep a stack's tags.
type tagsFile struct {
	Version int               `json:"version"`
	Tags    map[string]string `json:"tags"`
}

func (s *Stack) tags(ctx context.Context) (tagsFile, error) {
	t := tagsFile{Version: 1, Tags: map[string]string{}}
	data, err := s.bucket.read(ctx, s.keys.tags())
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil {
		return t, fmt.Errorf("read the tags of stack %s: %w", s.opts.Stack, err)
	}
	return t, nil
}

// checkTarget refuses to work on resources that live somewhere else: the engine
// would not find them there, and plan to make them all anew. A stack without
// resources may move.
func (s *Stack) checkTarget(ctx context.Context, c *checkpoint) error {
	if len(s.opts.Target) == 0 || resources(c.deployment) == 0 {
		return nil
	}
	have, err := s.target(ctx)
	if err != nil || have == nil || maps.Equal(have, s.opts.Target) {
		return err
	}
	return &TargetError{Stack: s.opts.Stack, Have: have, Want: s.opts.Target}
}

// target returns where the stack's resources are; nil where nobody has said.
func (s *Stack) target(ctx context.Context) (map[string]string, error) {
	t, err := s.tags(ctx)
	if err != nil || t.Tags[targetTag] == "" {
		return nil, err
	}
	values, err := url.ParseQuery(t.Tags[targetTag])
	if err != nil {
		return nil, fmt.Errorf("read tag %s of stack %s: %w", targetTag, s.opts.Stack, err)
	}
	target := map[string]string{}
	for k := range values {
		target[k] = values.Get(k)
	}
	return target, nil
}

// recordTarget writes down where the resources are going to be, before there are any.
func (s *Stack) recordTarget(ctx context.Context) error {
	if len(s.opts.Target) == 0 {
		return nil
	}
	t, err := s.tags(ctx)
	if err != nil {
		return err
	}
	values := url.Values{}
	for k, v := range s.opts.Target {
		values.Set(k, v)
	}
	if t.Tags[targetTag] == values.Encode() {
		return nil
	}
	_, version, err := s.bucket.fetch(ctx, s.keys.tags())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the tags of stack %s: %w", s.opts.Stack, err)
	}
	if t.Tags == nil {
		t.Tags = map[string]string{}
	}
	t.Tags[targetTag] = values.Encode()
	data, err := marshal(t)
	if err == nil {
		// Half a file of tags would keep every run from starting, so it is as durable as the state.
		err = s.bucket.replace(ctx, s.keys.tags(), version, data)
	}
	if err != nil {
		return fmt.Errorf("write the tags of stack %s: %w", s.opts.Stack, err)
	}
	return nil
}
