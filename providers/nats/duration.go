package nats

import (
	"fmt"
	"strconv"
	"time"
)

// duration is a time span as the spec writes it: a whole number of the largest unit that
// leaves no rest, such as "90s" or "4d".
type duration time.Duration

// units are the spec's, the largest first.
var units = [...]struct {
	name string
	span time.Duration
}{
	{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond},
}

// MarshalText never fails. What is less than a millisecond is written in nanoseconds.
func (d duration) MarshalText() ([]byte, error) {
	span := time.Duration(d)
	if span == 0 {
		return []byte("0s"), nil
	}
	for _, u := range units {
		if span%u.span == 0 {
			return []byte(strconv.FormatInt(int64(span/u.span), 10) + u.name), nil
		}
	}
	return []byte(strconv.FormatInt(int64(span), 10) + "ns"), nil
}

// UnmarshalText accepts what MarshalText writes, and what Go's durations look like.
func (d *duration) UnmarshalText(text []byte) error {
	s := string(text)
	if n := len(s) - 1; n > 0 && s[n] == 'd' {
		days, err := strconv.ParseInt(s[:n], 10, 32)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 30s or 4d", s)
		}
		*d = duration(time.Duration(days) * 24 * time.Hour)
		return nil
	}
	span, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 30s or 4d", s)
	}
	*d = duration(span)
	return nil
}
