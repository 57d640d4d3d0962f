package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// pacing says how long a cloud is waited for that refuses requests because there were too many.
type pacing struct {
	// pauses are between the attempts at one resource.
	pauses patience
	// wait is how a pause is made, and chance a random number in [0, 1), by which no two pauses end together.
	wait   func(context.Context, time.Duration, <-chan struct{}) bool
	chance func() float64
}

// withDefaults fills in what is not set. Eight attempts are made, over two minutes at the most. The clouds'
// own SDKs, in the plugins, try again first: what arrives here has outlasted them.
func (p pacing) withDefaults() pacing {
	p.pauses.attempts = cmp.Or(p.pauses.attempts, 8)
	p.pauses.pause = cmp.Or(p.pauses.pause, 2*time.Second)
	p.pauses.longest = cmp.Or(p.pauses.longest, 40*time.Second)
	if p.wait == nil {
		p.wait = wait
	}
	if p.chance == nil {
		p.chance = rand.Float64
	}
	return p
}

// throttling is how a cloud is treated that refuses requests during one operation, by all its plugins.
type throttling struct {
	pacing
	// done ends the waiting, and so does abort: the user has had enough.
	done  context.Context //nolint:containedctx // the engine's requests come without one that ends
	abort <-chan struct{}
	note  func(string)

	mu sync.Mutex
	// refused is how many requests were, and told of how many the user was told.
	refused, told int
}

// retry makes a request until it is not refused any more. again reports whether it may be made again after an error.
func (t *throttling) retry(urn resource.URN, request func() error, again func(error) bool) error {
	for n := 0; ; n++ {
		err := request()
		if err == nil || !again(err) {
			return err
		}
		if n+1 >= t.pauses.attempts {
			return fmt.Errorf("%w (the cloud has refused this %d times because there are too many requests: "+
				"run the same command again later, or with a lower --parallel)", err, n+1)
		}
		pause := t.pauses.after(n)
		pause = pause/2 + time.Duration(t.chance()*float64(pause/2))
		t.tell(urn, pause)
		if !t.wait(t.done, pause, t.abort) {
			return err
		}
	}
}

// tell notes a refusal. Of many, it tells with the 1st, the 2nd, the 4th and so on.
func (t *throttling) tell(urn resource.URN, pause time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused++
	if t.refused < 2*t.told {
		return
	}
	t.told = t.refused
	requests := "1 request"
	if t.refused > 1 {
		requests = fmt.Sprintf("%d requests", t.refused)
	}
	t.note(fmt.Sprintf("the cloud has refused %s because there are too many at once; what was refused is tried again: %s in %s",
		requests, urn.Name(), pause.Round(100*time.Millisecond)))
}

// throttled is a plugin whose requests are made again where the cloud has refused them because there were too many.
// A request that the cloud may have carried out is never made again, unless to do so twice is to do it once.
type throttled struct {
	plugin.Provider
	by *throttling
}

// Create makes a resource. One that was made and could not be completed is not made again: the next operation goes on from it.
func (p throttled) Create(ctx context.Context, r plugin.CreateRequest) (res plugin.CreateResponse, err error) {
	err = p.by.retry(r.URN, func() error {
		res, err = p.Provider.Create(ctx, r)
		return err
	}, func(err error) bool {
		return res.ID == "" && res.Status != resource.StatusPartialFailure && refused(err)
	})
	return res, err
}

// Update says what a resource is to be, and so may be repeated.
func (p throttled) Update(ctx context.Context, r plugin.UpdateRequest) (res plugin.UpdateResponse, err error) {
	err = p.by.retry(r.URN, func() error {
		res, err = p.Provider.Update(ctx, r)
		return err
	}, refused)
	return res, err
}

// Delete may be repeated: what is gone is no error to the plugins.
func (p throttled) Delete(ctx context.Context, r plugin.DeleteRequest) (res plugin.DeleteResponse, err error) {
	err = p.by.retry(r.URN, func() error {
		res, err = p.Provider.Delete(ctx, r)
		return err
	}, refused)
	return res, err
}

// Read changes nothing.
func (p throttled) Read(ctx context.Context, r plugin.ReadRequest) (res plugin.ReadResponse, err error) {
	err = p.by.retry(r.URN, func() error {
		res, err = p.Provider.Read(ctx, r)
		return err
	}, refused)
	return res, err
}

// refusals are how the clouds say that there were too many requests. The words must stand where a code
// stands in a message, since names that users choose stand in messages too.
//
// AWS: DefaultThrottleErrorCodes of github.com/aws/aws-sdk-go-v2/aws/retry, without those that also stand for a quota that
// is used up (LimitExceededException) and for a request that is still carried out (TransactionInProgressException,
// PriorRequestNotComplete). Google: status 429, as google.golang.org/api/googleapi writes it, and gRPC's code for it. Azure:
// status 429 and its codes, as azcore writes them
// (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
var refusals = regexp.MustCompile(`\b(?:` +
	`(?:Throttling|ThrottlingException|ThrottledException|RequestThrottledException|TooManyRequestsException|` +
	`ProvisionedThroughputExceededException|RequestLimitExceeded|BandwidthLimitExceeded|RequestThrottled|SlowDown|EC2ThrottledException):` +
	`|googleapi: Error 429:|googleapi: got HTTP response code 429\b|code = ResourceExhausted\b` +
	`|RESPONSE 429\b|StatusCode[:=] ?429\b|Status=429\b|Code="(?:TooManyRequests|SubscriptionRequestsThrottled)"` +
	`|ERROR CODE: (?:TooManyRequests|SubscriptionRequestsThrottled)\b)`)

// refused reports whether an error says that the cloud has not taken a request because there were too many.
// Of several reasons, all must say so.
func refused(err error) bool {
	var half *plugin.InitError
	if !errors.As(err, &half) {
		return refusals.MatchString(err.Error())
	}
	for _, reason := range half.Reasons {
		if !refusals.MatchString(reason) {
			return false
		}
	}
	return len(half.Reasons) > 0
}
