// Command msgdeploy deploys messaging from one YAML file: topics, queues and
// subscriptions, and which service may publish, enqueue or dequeue on them. This
// package is arguments in, exit code out; one file holds one command.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/internal/hush"
)

func main() {
	// Without TERM there are no colours, which is no reason to give up.
	_ = hush.Restore()
	// Most of the peak of a large update is garbage: collecting it sooner saves more memory than it costs time.
	debug.SetGCPercent(60)
	deploy.Isolate(pulumiVariables(os.LookupEnv))
	ctx, abort, stop := interrupts()
	code := newApp(abort).run(ctx, os.Args[1:])
	stop()
	os.Exit(code) //nolint:forbidigo // this is main
}

// interrupts turns the first SIGINT or SIGTERM into the end of the context, which
// lets commands finish what is in flight, and the second into the end of abort,
// which makes them stop now. A third one ends the process as if nobody listened.
func interrupts() (ctx context.Context, abort <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	aborted := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		cancel()
		if _, ok := <-signals; !ok {
			return
		}
		fmt.Fprintln(os.Stderr, "stopping now")
		close(aborted)
		signal.Stop(signals)
	}()
	return ctx, aborted, func() {
		signal.Stop(signals)
		cancel()
	}
}

// pulumiVariables are those of Pulumi's variables that reach the engine, as far as they
// are set. Those that say where the state is and who reads its secrets become options.
func pulumiVariables(lookup func(string) (string, bool)) map[string]string {
	vars := map[string]string{}
	for _, name := range []string{
		"PULUMI_ACCESS_TOKEN", "PULUMI_HOME",
		"PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
	} {
		if v, ok := lookup(name); ok {
			vars[name] = v
		}
	}
	return vars
}
