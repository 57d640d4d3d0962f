// Command fakeplugin is a Pulumi plugin for tests: a process of its own that speaks gRPC with the
// engine, as the official plugins do. What it serves is the stand-in for the plugin of AWS.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/msgdeploy/msgdeploy/standin"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// confirms reports whether endpoints answer what they are asked to confirm: unless a test names
// a file for that, they do; otherwise as soon as the file is there.
func confirms(resource.URN) bool {
	file := os.Getenv("FAKEPLUGIN_CONFIRMED")
	if file == "" {
		return true
	}
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// busy is a cloud that refuses the first creations because there are too many, as AWS's plugin says it.
type busy struct {
	plugin.Provider
	// left is how many are going to be refused.
	left atomic.Int64
}

func (b *busy) Create(ctx context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	if !r.Preview && b.left.Add(-1) >= 0 {
		return plugin.CreateResponse{}, errors.New("operation error SQS: CreateQueue, exceeded maximum number of attempts, 25, " +
			"https response error StatusCode: 403, RequestID: 1, RequestThrottled: Request is throttled")
	}
	return b.Provider.Create(ctx, r)
}

// throttled is a plugin that is as busy as a test's variable says.
func throttled(p plugin.Provider) plugin.Provider {
	b := &busy{Provider: p}
	n, _ := strconv.ParseInt(os.Getenv("FAKEPLUGIN_THROTTLED"), 10, 64) // none unless it is a number
	b.left.Store(n)
	return b
}

// serve answers the engine until it ends this process. The engine reads the port from the first line.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(server, plugin.NewProviderServer(throttled(standin.New(standin.AWS(), standin.Options{
		Exists:   func(string) bool { return true }, // it knows no state
		Confirms: confirms,
	}))))
	if _, err := fmt.Fprintln(os.Stdout, listener.Addr().(*net.TCPAddr).Port); err != nil {
		return err
	}
	return server.Serve(listener)
}
