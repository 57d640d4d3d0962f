package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// existingFile lists, as a JSON array of strings, what the cloud has that no plugin made.
const existingFile = "existing.json"

// A thing is one resource of the cloud.
type thing struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	// Generation counts how often something with this id was made: what the cloud makes up, such as
	// the object id of an identity, is new each time.
	Generation int            `json:"generation"`
	Gone       bool           `json:"gone,omitempty"`
	Inputs     map[string]any `json:"inputs,omitempty"`
	Outputs    map[string]any `json:"outputs,omitempty"`
}

func (t *thing) inputs() resource.PropertyMap  { return resource.NewPropertyMapFromMap(t.Inputs) }
func (t *thing) outputs() resource.PropertyMap { return resource.NewPropertyMapFromMap(t.Outputs) }

type key struct{ typ, id string }

// cloud is a directory with a file for each thing.
type cloud struct {
	dir string

	mu     sync.Mutex
	things map[key]*thing
}

func openCloud(dir string) (*cloud, error) {
	if dir == "" {
		return nil, errors.New("FILECLOUD_DIR is not set: it names the directory that is the cloud")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	c := &cloud{dir: dir, things: map[key]*thing{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.thing.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		var t thing
		if err := readJSON(file, &t); err != nil {
			return nil, err
		}
		c.things[keyOf(t.Type, t.ID)] = &t
	}
	return c, nil
}

func readJSON(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// keyOf ignores case where Azure does: in the ids of its resource manager.
func keyOf(typ, id string) key {
	if strings.HasPrefix(typ, "azure-native:") {
		id = strings.ToLower(id)
	}
	return key{typ, id}
}

// get returns what is there; nil is nothing.
func (c *cloud) get(typ, id string) *thing {
	if t := c.things[keyOf(typ, id)]; t != nil && !t.Gone {
		return t
	}
	return nil
}

// generation is that of the next thing with this id.
func (c *cloud) generation(typ, id string) int {
	if t := c.things[keyOf(typ, id)]; t != nil {
		return t.Generation + 1
	}
	return 1
}

func (c *cloud) put(t *thing) error {
	c.things[keyOf(t.Type, t.ID)] = t
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(t.Type + "\n" + t.ID))
	return os.WriteFile(filepath.Join(c.dir, hex.EncodeToString(sum[:12])+".thing.json"), data, 0o644)
}

func (c *cloud) remove(t *thing) error {
	return c.put(&thing{Type: t.Type, ID: t.ID, Generation: t.Generation, Gone: true})
}

// any reports whether a thing is there that answers to a question.
func (c *cloud) any(is func(*thing) bool) bool {
	for _, t := range c.things {
		if !t.Gone && is(t) {
			return true
		}
	}
	return false
}

// has reports whether a type's thing goes by a name: its id, ARN, e-mail address or bare name; or
// whether it stood there before.
func (c *cloud) has(typ, name string) (bool, error) {
	if c.get(typ, name) != nil || c.any(func(t *thing) bool { return t.Type == typ && t.answers(name) }) {
		return true, nil
	}
	var existing []string
	if err := readJSON(filepath.Join(c.dir, existingFile), &existing); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	for _, known := range existing {
		if known == "" || !strings.EqualFold(lastPart(known), lastPart(name)) {
			continue
		}
		if strings.EqualFold(known, name) || !strings.ContainsAny(known, ":/") || !strings.ContainsAny(name, ":/") {
			return true, nil
		}
	}
	return false, nil
}

func (t *thing) answers(name string) bool {
	for _, property := range []string{"arn", "url", "name", "email", "accountId"} {
		if v, ok := t.Outputs[property].(string); ok && v == name {
			return true
		}
	}
	return false
}

func lastPart(name string) string { return name[strings.LastIndexAny(name, ":/")+1:] }
