package deploy

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// errLoopback is why nothing works where even the loopback interface is off, as in a network namespace
// that nobody has set up. The engine and its program, both in this process, speak over it.
var errLoopback = errors.New("the loopback interface of this machine or namespace is off, and the engine needs it to speak with its own program. " +
	"Switch it on, with `ip link set lo up`; no other network is needed for that")

// loopback returns why this process cannot speak with itself; nil if it can.
func loopback(ctx context.Context) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("%w: %w", errLoopback, err)
	}
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", l.Addr().String())
	if err != nil {
		return errors.Join(fmt.Errorf("%w: %w", errLoopback, err), l.Close())
	}
	return errors.Join(c.Close(), l.Close())
}
