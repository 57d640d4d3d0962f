package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/pulumi/pulumi/pkg/v3/authhelpers"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
)

// openRemote opens the store at a Pulumi backend URL. It talks to nobody yet.
func openRemote(ctx context.Context, o Options) (bucket, error) {
	u, err := url.Parse(o.Backend)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", withoutURL(err))
	}
	p := o.patience.withDefaults()
	b, err := openStore(ctx, u, p)
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", u.Redacted(), err)
	}
	return patient{b, p}, nil
}

// withoutURL drops the URL that net/url repeats in its errors: it may hold a password.
func withoutURL(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		return parse.Err
	}
	return err
}

func openStore(ctx context.Context, u *url.URL, p patience) (bucket, error) {
	mux := blob.DefaultURLMux()
	var err error
	switch u.Scheme {
	case postgresScheme:
		return openTable(u, p)
	case "https", "http":
		return nil, errPulumiCloud
	case s3blob.Scheme:
		err = translateS3(u)
	case gcsblob.Scheme:
		// Pulumi also takes credentials from GOOGLE_CREDENTIALS; so must we, or the
		// same URL would open for the one and not for the other.
		mux, err = authhelpers.GoogleCredentialsMux(ctx)
	case azureblob.Scheme:
		// As Pulumi does: the default opener takes no SAS token where the URL names the account.
		mux = &blob.URLMux{}
		mux.RegisterBucket(azureblob.Scheme, &azureblob.URLOpener{
			MakeClient: azureblob.NewDefaultClient, ServiceURLOptions: *azureblob.NewDefaultServiceURLOptions(),
		})
	default:
		return nil, errScheme
	}
	if err != nil {
		return nil, err
	}
	b, err := mux.OpenBucketURL(ctx, u)
	if err != nil {
		return nil, err
	}
	if dir := strings.Trim(u.Path, "/"); dir != "" {
		b = blob.PrefixedBucket(b, dir+"/")
	}
	return remote{b, p, new(atomic.Bool)}, nil
}

var (
	errScheme = errors.New("the scheme is none of file, s3, gs, azblob and postgres")
	// Pulumi Cloud takes a state only within an update that it has granted, with a lease to be renewed, and
	// writes history and locks itself. Nobody here could try that on the service, so it is not offered.
	errPulumiCloud = errors.New("msgdeploy does not speak the protocol of Pulumi Cloud; " +
		"keep the state in a bucket or in PostgreSQL, where `pulumi stack export` and `pulumi stack import` bring it")
)

// translateS3 makes today's parameters of those that Pulumi's users have in their URLs since the
// days of AWS's first SDK, by the rules of Pulumi's own backend (translateLegacyS3Params).
func translateS3(u *url.URL) error {
	q := u.Query()
	plain := false
	if q.Has("disableSSL") {
		var err error
		if plain, err = strconv.ParseBool(q.Get("disableSSL")); err != nil {
			return fmt.Errorf("the parameter disableSSL: %w", err)
		}
		q.Del("disableSSL")
		q.Set("disable_https", strconv.FormatBool(plain))
	}
	if endpoint := q.Get("endpoint"); endpoint != "" {
		if !strings.Contains(endpoint, "://") {
			scheme := "https://"
			if plain {
				scheme = "http://"
			}
			q.Set("endpoint", scheme+endpoint)
		}
		if q.Get("request_checksum_calculation") == "" && os.Getenv("AWS_REQUEST_CHECKSUM_CALCULATION") == "" {
			// Not every store that speaks S3 takes the checksums that AWS does.
			q.Set("request_checksum_calculation", "when_required")
		}
		if q.Get("response_checksum_validation") == "" && os.Getenv("AWS_RESPONSE_CHECKSUM_VALIDATION") == "" {
			q.Set("response_checksum_validation", "when_required") // or AWS's SDK complains on stderr
		}
	}
	u.RawQuery = q.Encode()
	return nil
}

// remote is a bucket of a cloud, as Pulumi's own backends open it.
type remote struct {
	*blob.Bucket
	patience patience
	// listed says that the bucket has been listed, and so that it exists.
	listed *atomic.Bool
}

func (r remote) read(ctx context.Context, key string) ([]byte, error) {
	data, _, err := r.fetch(ctx, key)
	return data, err
}

func (r remote) fetch(ctx context.Context, key string) (data []byte, version string, err error) {
	ctx, alive := r.patience.watch(ctx)
	defer alive.stop()
	reader, err := r.NewReader(ctx, key, nil)
	if absent(err) {
		return nil, "", r.notThere(ctx, key)
	}
	if err != nil {
		return nil, "", because(ctx, err)
	}
	defer func() { _ = reader.Close() }()
	data, err = io.ReadAll(io.TeeReader(reader, alive))
	if err == nil && int64(len(data)) != reader.Size() {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, "", because(ctx, err)
	}
	return data, versionOf(reader), nil
}

// notThere is the error for a key that is not there, if it is certain that this is so: some stores
// say of a bucket that does not exist that none of its keys does. That would be a stack without state.
func (r remote) notThere(ctx context.Context, key string) error {
	if r.listed.Load() {
		return notExist(key)
	}
	if _, _, err := r.ListPage(ctx, blob.FirstPageToken, 1, &blob.ListOptions{Prefix: ".pulumi/"}); err != nil {
		return fmt.Errorf("nothing is at %s, and the bucket cannot be listed: %w", key, err)
	}
	r.listed.Store(true)
	return notExist(key)
}

func (r remote) write(ctx context.Context, key string, data []byte) error {
	return r.put(ctx, key, data, blob.WriterOptions{})
}

func (r remote) replace(ctx context.Context, key, version string, data []byte) error {
	err := r.put(ctx, key, data, blob.WriterOptions{IfNotExist: version == "", BeforeWrite: onlyOver(version)})
	if unconditional(err) {
		// The store knows no conditions. That the version is the same was seen just before.
		err = r.put(ctx, key, data, blob.WriterOptions{})
	}
	if conflict(err) {
		return r.sameAs(ctx, key, data)
	}
	return err
}

// sameAs explains a conflict: a request that was made again, because its answer got lost, meets what it
// has written itself.
func (r remote) sameAs(ctx context.Context, key string, data []byte) error {
	now, err := r.read(ctx, key)
	switch {
	case err != nil && !isNotExist(err):
		return err
	case bytes.Equal(now, data):
		return nil
	}
	return errChanged
}

// put uploads rather than writes: of a write that fails, Azure's driver of gocloud.dev v0.46 closes a
// pipe twice, and panics.
func (r remote) put(ctx context.Context, key string, data []byte, o blob.WriterOptions) error {
	ctx, cancel := context.WithTimeoutCause(ctx, r.patience.writeTime(len(data)), errSilent)
	defer cancel()
	o.ContentType = "text/plain; charset=utf-8" // what Pulumi's own backends come to
	if err := r.Upload(ctx, key, bytes.NewReader(data), &o); err != nil {
		return because(ctx, err)
	}
	return nil
}

func (r remote) remove(ctx context.Context, key string) error {
	ctx, alive := r.patience.watch(ctx)
	defer alive.stop()
	if err := r.Delete(ctx, key); err != nil && !gone(err) {
		return because(ctx, err)
	}
	return nil
}

func (r remote) list(ctx context.Context, prefix string) ([]string, error) {
	ctx, alive := r.patience.watch(ctx)
	defer alive.stop()
	var keys []string
	it := r.List(&blob.ListOptions{Prefix: prefix})
	for {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			slices.Sort(keys)
			return keys, nil
		}
		if err != nil {
			return nil, because(ctx, err)
		}
		alive.tick()
		keys = append(keys, o.Key)
	}
}
