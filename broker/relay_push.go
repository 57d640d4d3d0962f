package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// How endpoints are called.
const (
	// answerTime is how long an endpoint may take to answer.
	answerTime = 30 * time.Second
	// pushSlots is the default of [Push.MaxInFlight].
	pushSlots = 16
	// maxAnswer is how much of an answer is read, for the sake of the connection: nobody
	// looks at it.
	maxAnswer = 64 << 10
)

// What an endpoint is told in the header of a request.
const (
	attributePrefix    = "Msg-Attribute-"
	idHeader           = "Msg-Id"
	attemptHeader      = "Msg-Attempt"
	topicHeader        = "Msg-Topic"
	subscriptionHeader = "Msg-Subscription"
	orderingHeader     = "Msg-Key"
)

const contentType = "Content-Type"

// endpointClient is base, or a client of its own, that follows no redirects: a message goes
// where the spec says or nowhere.
func endpointClient(base *http.Client) *http.Client {
	var client http.Client
	if base != nil {
		client = *base
	}
	if client.Transport == nil {
		if transport, ok := http.DefaultTransport.(*http.Transport); ok {
			// Not the process's own: its two idle connections to a host are soon too few.
			transport = transport.Clone()
			transport.MaxIdleConnsPerHost = pushSlots
			client.Transport = transport
		}
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

func (push Push) relay(ctx, work context.Context, r *Relay) {
	p := &puller{relay: r, Source: push.Source, slots: push.MaxInFlight}
	if p.slots <= 0 {
		p.slots = pushSlots
	}
	if push.Ordered {
		p.slots = 1
	}
	push.Retry.MaxAttempts = max(push.Retry.MaxAttempts, 1)
	p.begin = func(work context.Context, d *delivery) func() {
		return func() { push.deliver(work, d) }
	}
	p.run(ctx, work)
}

// deliver makes one attempt.
func (push Push) deliver(work context.Context, d *delivery) {
	target := shown(push.Endpoint)
	if !push.Filter.matches(d.Header) {
		d.tell(Filtered, target, "")
		d.ack()
		return
	}
	if d.attempt() > push.Retry.MaxAttempts {
		// Whoever made the last attempt did not live to see its end.
		push.giveUp(work, d, push.Retry.MaxAttempts, "the last attempt was interrupted")
		return
	}
	answer, err := push.post(work, d)
	switch {
	case err == nil && answer.ok():
		d.tell(Delivered, target, answer.status)
		d.ack()
		return
	case err != nil && work.Err() != nil:
		// The relay stops; that is not the endpoint's fault.
		d.again(0)
		return
	}
	reason := answer.status
	if err != nil {
		reason = err.Error()
	}
	if d.attempt() == push.Retry.MaxAttempts {
		push.giveUp(work, d, d.attempt(), reason)
		return
	}
	after := max(backoff(d.attempt(), push.Retry.MinBackoff, push.Retry.MaxBackoff), answer.retryAfter)
	after = min(after, push.Retry.MaxBackoff)
	d.tell(Retried, target, fmt.Sprintf("%s, again in %v", reason, after))
	d.again(after)
}

// giveUp takes a message off the subscription after its last attempt.
func (push Push) giveUp(work context.Context, d *delivery, attempts int, reason string) {
	if push.DeadLetterSubject == "" {
		d.tell(Dropped, shown(push.Endpoint), reason)
		d.ack()
		return
	}
	ctx, cancel := context.WithTimeout(work, requestTime)
	defer cancel()
	m := deadLetter(d.Header, d.Data, push.DeadLetterSubject, d.offspring(), reason, attempts)
	if _, err := d.relay.js.PublishMsg(ctx, m); err != nil {
		d.retry(push.DeadLetterSubject, err)
		return
	}
	d.tell(DeadLettered, push.DeadLetterSubject, reason)
	d.ack()
}

// answer is what an endpoint says.
type answer struct {
	code       int
	status     string
	retryAfter time.Duration
}

func (a answer) ok() bool { return a.code/100 == 2 }

// post posts the message as it was published.
func (push Push) post(work context.Context, d *delivery) (answer, error) {
	ctx, cancel := context.WithTimeout(work, d.relay.patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, push.Endpoint, bytes.NewReader(d.Data))
	if err != nil {
		return answer{}, withoutURL(err)
	}
	push.describe(d, request.Header)
	response, err := d.relay.client.Do(request)
	if errors.Is(err, context.DeadlineExceeded) && work.Err() == nil {
		return answer{}, fmt.Errorf("no answer within %v", d.relay.patience)
	} else if err != nil {
		return answer{}, withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }()
	// A body that breaks off changes nothing: the endpoint has answered.
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswer)
	return answer{
		code:       response.StatusCode,
		status:     fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode)),
		retryAfter: retryAfter(response.Header.Get("Retry-After")),
	}, nil
}

// describe sets the header of a request. Nothing that the publisher chose becomes the name
// of a header of its own, so no message can pass for another, or carry an Authorization.
func (push Push) describe(d *delivery, header http.Header) {
	header.Set("User-Agent", "msgdeploy")
	header.Set(contentType, push.contentType(d.Header))
	header.Set(idHeader, encoded(d.id(), isFieldValue))
	header.Set(attemptHeader, strconv.Itoa(d.attempt()))
	header.Set(topicHeader, push.Topic)
	header.Set(subscriptionHeader, push.Subscription)
	if key := d.Header.Get(keyHeader); key != "" {
		header.Set(orderingHeader, encoded(key, isFieldValue))
	}
	// Names that differ in case are one header in HTTP; the order of its values is fixed.
	for _, name := range slices.Sorted(maps.Keys(d.Header)) {
		if isControl(name) || isContentType(name) || name == keyHeader {
			continue
		}
		for _, value := range d.Header[name] {
			header.Add(attributePrefix+encoded(name, isToken), encoded(value, isFieldValue))
		}
	}
}

// contentType is what the publisher says, in whatever case, unless HTTP cannot say it.
func (push Push) contentType(header nats.Header) string {
	names := slices.Sorted(maps.Keys(header))
	if i := slices.IndexFunc(names, isContentType); i >= 0 {
		if said := header.Get(names[i]); said != "" && said == encoded(said, isFieldValue) {
			return said
		}
	}
	if push.ContentType != "" {
		return push.ContentType
	}
	return "application/octet-stream"
}

func isContentType(name string) bool { return strings.EqualFold(name, contentType) }

// encoded is s with the bytes that HTTP cannot carry, and the percent sign, as in a URL.
func encoded(s string, allowed func(byte) bool) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c != '%' && allowed(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// isFieldValue allows printable ASCII: what is beyond is read differently by everyone.
func isFieldValue(c byte) bool { return ' ' <= c && c <= '~' }

// isToken allows what RFC 9110, section 5.6.2, allows in the name of a header.
func isToken(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("!#$&'*+-.^_`|~", c) >= 0
}

// retryAfter reads the header of that name: seconds or a date.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(time.Until(date), 0)
	}
	return 0
}

// withoutURL is the error without the request's URL, which may hold a secret.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// shown is a URL without what may be secret in it.
func shown(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "an endpoint that is no URL"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
