package spec

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The formats of durations and sizes. A duration's parts run from the largest unit to
// the smallest: 4d, 1h30m. A pattern cannot say that there is at least one part.
const (
	durationExpr = `^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$`
	sizeExpr     = `^[0-9]+(B|KiB|MiB|GiB|TiB)$`
)

var (
	durationRE = regexp.MustCompile(durationExpr)
	sizeRE     = regexp.MustCompile(sizeExpr)
)

// parseDuration reads a duration of days, hours, minutes and seconds. One that is too
// long for a time.Duration (292 years) is the longest there is.
func parseDuration(s string) (time.Duration, bool) {
	parts := durationRE.FindStringSubmatch(s)
	if s == "" || parts == nil {
		return 0, false
	}
	units := [...]time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second}
	var total time.Duration
	for i, part := range parts[1:] {
		if part == "" {
			continue
		}
		n, err := strconv.ParseInt(part[:len(part)-1], 10, 64)
		if err != nil || n > int64((math.MaxInt64-total)/units[i]) {
			return math.MaxInt64, true
		}
		total += time.Duration(n) * units[i]
	}
	return total, true
}

// parseSize reads a number of bytes with its unit. One that is too large for an int64
// is the largest there is.
func parseSize(s string) (int64, bool) {
	if !sizeRE.MatchString(s) {
		return 0, false
	}
	digits := strings.TrimRight(s, "BKMGTi")
	unit := int64(1)
	switch s[len(digits)] {
	case 'K':
		unit = 1 << 10
	case 'M':
		unit = 1 << 20
	case 'G':
		unit = 1 << 30
	case 'T':
		unit = 1 << 40
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return math.MaxInt64, true
	}
	return n * unit, true
}

// FormatDuration writes a duration as the spec does: 4d, 1h30m.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / unit.length; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d -= n * unit.length
		}
	}
	return b.String()
}
