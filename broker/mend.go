package broker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/minio/highwayhash"
)

// The files in which the server describes a stream or a consumer (nats-server 2.15,
// server/filestore.go, JetStreamMetaFile and JetStreamMetaFileSum).
const (
	metaName = "meta.inf"
	sumName  = "meta.sum"
)

// mend completes what a killed server left half described.
//
// The server replaces a description and then its checksum, each as a whole, but not both
// at once. Killed in between, it skips the stream at its next start, with all that is in
// it; a stream of the same name that is made then has no checksum either, and is skipped
// at the start after that. So a checksum that is missing or of an older description is
// made anew before the server starts. A description that is not whole is left alone.
//
// Whoever calls it holds the lock of dir, and runs no server in it.
func mend(dir string) error {
	streams, err := fs.Glob(os.DirFS(dir), "jetstream/*/streams/*")
	if err != nil {
		return err
	}
	for _, stream := range streams {
		name := path.Base(stream)
		if name[0] == '.' {
			continue // being deleted
		}
		stream := filepath.Join(dir, filepath.FromSlash(stream))
		if err := mendSum(stream, name); err != nil {
			return fmt.Errorf("mend stream %s: %w", name, err)
		}
		consumers, err := os.ReadDir(filepath.Join(stream, "obs"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("mend stream %s: %w", name, err)
		}
		for _, c := range consumers {
			if err := mendSum(filepath.Join(stream, "obs", c.Name()), name+"/"+c.Name()); err != nil {
				return fmt.Errorf("mend consumer %s of stream %s: %w", c.Name(), name, err)
			}
		}
	}
	return nil
}

// mendSum makes the checksum of the description in dir right. key is what the server keys
// it with: the stream's name, or stream/consumer.
func mendSum(dir, key string) error {
	description, err := os.ReadFile(filepath.Join(dir, metaName))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !json.Valid(description) {
		return nil
	}
	if err != nil {
		return err
	}
	seed := sha256.Sum256([]byte(key))
	digest, err := highwayhash.NewDigest64(seed[:])
	if err != nil {
		return err
	}
	_, _ = digest.Write(description) // never fails
	want := hex.EncodeToString(digest.Sum(nil))
	file := filepath.Join(dir, sumName)
	if have, err := os.ReadFile(file); err == nil && string(have) == want {
		return nil
	}
	return writeFile(file, []byte(want))
}
