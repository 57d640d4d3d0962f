package main

import (
	"net/http/httptest"
	"net/url"
	"os"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// onS3 runs with an empty store that speaks S3, in this process, and hands it the arguments and the
// environment that put the state there.
func onS3(do func(args, env []string) (measurement, error)) (measurement, error) {
	const bucket = "state"
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		return measurement{}, err
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	defer server.Close()
	q := url.Values{"endpoint": {server.URL}, "region": {"eu-west-1"}, "s3ForcePathStyle": {"true"}}
	return do([]string{"--backend", "s3://" + bucket + "?" + q.Encode()}, append(os.Environ(),
		"AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example", "PULUMI_CONFIG_PASSPHRASE=bench"))
}
