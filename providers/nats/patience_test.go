package nats

import (
	"context"
	"errors"
	"testing"
)

func TestPatiently(t *testing.T) {
	t.Parallel()
	other := errors.New("no space left")
	for name, tc := range map[string]struct {
		answers []error
		tries   int
		err     error
	}{
		"at once":              {[]error{nil}, 1, nil},
		"after an election":    {[]error{context.DeadlineExceeded, context.DeadlineExceeded, nil}, 3, nil},
		"never":                {[]error{context.DeadlineExceeded}, tries, context.DeadlineExceeded},
		"an answer is final":   {[]error{other}, 1, other},
		"late, but no is a no": {[]error{context.DeadlineExceeded, other}, 2, other},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			_, err := patiently(t.Context(), func() (int, error) {
				n++
				return n, tc.answers[min(n, len(tc.answers))-1]
			})
			if n != tc.tries || !errors.Is(err, tc.err) {
				t.Errorf("%d tries, error %v; want %d, %v", n, err, tc.tries, tc.err)
			}
		})
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	n := 0
	_, _ = patiently(ended, func() (int, error) { n++; return n, context.DeadlineExceeded })
	if n != 1 {
		t.Errorf("an operation that was given up is tried %d times", n)
	}
}
