package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/authhelpers"
	_ "github.com/pulumi/pulumi/pkg/v3/backend/diy/postgres" // registers postgres://
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // registers azblob://
	"gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob" // registers s3://
	"gocloud.dev/gcerrors"
)

// remote is a bucket of a cloud, as Pulumi's own backends open it.
type remote struct{ *blob.Bucket }

// openRemote opens the bucket at a Pulumi backend URL.
func openRemote(ctx context.Context, backend string) (bucket, error) {
	u, err := url.Parse(backend)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	mux := blob.DefaultURLMux()
	if !mux.ValidBucketScheme(u.Scheme) {
		return nil, fmt.Errorf("open state %s: the scheme is none of %s", u.Redacted(), strings.Join(mux.BucketSchemes(), ", "))
	}
	if u.Scheme == gcsblob.Scheme {
		// Pulumi also takes credentials from GOOGLE_CREDENTIALS; so must we, or the
		// same URL would open for the one and not for the other.
		if mux, err = authhelpers.GoogleCredentialsMux(ctx); err != nil {
			return nil, fmt.Errorf("open state %s: %w", u.Redacted(), err)
		}
	}
	b, err := mux.OpenBucket(ctx, backend)
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", u.Redacted(), err)
	}
	if dir := strings.Trim(u.Path, "/"); dir != "" {
		b = blob.PrefixedBucket(b, dir+"/")
	}
	return remote{b}, nil
}

func (r remote) read(ctx context.Context, key string) ([]byte, error) {
	data, err := r.ReadAll(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, &fs.PathError{Op: "read", Path: key, Err: fs.ErrNotExist}
	}
	return data, err
}

func (r remote) write(ctx context.Context, key string, data []byte) error {
	return r.WriteAll(ctx, key, data, nil)
}

func (r remote) writeThrough(ctx context.Context, key string, data []byte) error {
	return r.write(ctx, key, data)
}

func (r remote) remove(ctx context.Context, key string) error {
	if err := r.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return err
	}
	return nil
}

func (r remote) list(ctx context.Context, prefix string) ([]string, error) {
	var keys []string
	it := r.List(&blob.ListOptions{Prefix: prefix})
	for {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			slices.Sort(keys)
			return keys, nil
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, o.Key)
	}
}
