package deploy

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// store is somewhere else to keep state: a server that somebody else has written.
type store struct {
	// url is the backend's; a stack in it has nothing yet.
	url string
}

// withoutAccounts keeps the drivers from looking for credentials on this machine and in its network.
func withoutAccounts() {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"GOOGLE_CREDENTIALS": "", "GOOGLE_OAUTH_ACCESS_TOKEN": "example", "GOOGLE_APPLICATION_CREDENTIALS": "",
	} {
		_ = os.Setenv(name, value) // fails for impossible names alone
	}
}

const testBucket = "state"

// startS3 starts a server that speaks S3 and has one empty bucket.
func startS3(t testing.TB) *httptest.Server {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(testBucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	return server
}

// s3URL is the backend URL of a bucket of a server.
func s3URL(server, dir string) string {
	q := url.Values{"endpoint": {server}, "region": {"eu-west-1"}, "s3ForcePathStyle": {"true"},
		"response_checksum_validation": {"when_required"}} // Pulumi's own backend leaves SDK's complaints on
	return "s3://" + testBucket + "/" + dir + "?" + q.Encode()
}

// gcsServer is one for all tests: its address is in a variable of the environment.
var gcsServer = sync.OnceValues(func() (*fakestorage.Server, error) {
	server := httptest.NewUnstartedServer(nil)
	address := server.Listener.Addr().String()
	fake, err := fakestorage.NewServerWithOptions(fakestorage.Options{
		NoListener: true, PublicHost: address, ExternalURL: "http://" + address,
	})
	if err != nil {
		return nil, err
	}
	server.Config.Handler = fake.HTTPHandler()
	server.Start()
	return fake, os.Setenv("STORAGE_EMULATOR_HOST", address)
})

// stores are the kinds of stores that ordinary tests have servers for, and how to make one.
func stores() map[string]func(t *testing.T) store {
	return map[string]func(*testing.T) store{
		"s3": func(t *testing.T) store { return store{s3URL(startS3(t).URL, "")} },
		"gs": func(t *testing.T) store {
			server, err := gcsServer()
			if err != nil {
				t.Fatal(err)
			}
			bucket := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
			server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket})
			return store{"gs://" + bucket + "/below"}
		},
	}
}

// remoteOptions are testOptions for a stack whose state is in a store. Each call is another machine.
func remoteOptions(t testing.TB, w *world, at store) Options {
	o := testOptions(t, w)
	o.Backend = at.url
	o.Passphrase = "correct horse"
	o.patience = patience{attempts: 2, pause: time.Millisecond, longest: 50 * time.Millisecond}
	return o
}

// eachStore runs a test with each kind of store.
func eachStore(t *testing.T, test func(t *testing.T, at store)) {
	t.Helper()
	for name, open := range stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// assertStored demands that the state in a store has these things and no journal waits on the machine.
func assertStored(t *testing.T, s *Stack, things ...thing) {
	t.Helper()
	list, err := s.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]int{}
	for _, r := range list {
		if strings.HasPrefix(r.Type, "fake:") {
			have[r.ID]++
		}
	}
	for _, thing := range things {
		if have[thing.name] != 1 {
			t.Errorf("the state has %s %d times", thing.name, have[thing.name])
		}
		delete(have, thing.name)
	}
	if len(have) > 0 {
		t.Errorf("the state also has %s", fmt.Sprint(have))
	}
	if s.interrupted() {
		t.Error("a journal is left behind")
	}
}
