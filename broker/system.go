package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// systemConn is a connection as the system account, through which account claims are read
// and changed. In a cluster every server answers for itself; a change counts when all have.
type systemConn struct {
	conn     *nats.Conn
	operator nkeys.KeyPair

	mu      sync.Mutex
	servers int
}

const (
	claimsLookup = "$SYS.REQ.ACCOUNT.%s.CLAIMS.LOOKUP"
	claimsUpdate = "$SYS.REQ.CLAIMS.UPDATE"
	claimsDelete = "$SYS.REQ.CLAIMS.DELETE"
	serverStatus = "$SYS.REQ.SERVER.PING.STATSZ"
	serverConfig = "$SYS.REQ.SERVER.PING.VARZ"

	// answerTimeout bounds the wait for the first server's answer; the others' may take as
	// long as that took, and stragglerTimeout. The server's time for an account grows with
	// the square of its imports: a thousand take half a second.
	answerTimeout    = 30 * time.Second
	stragglerTimeout = 2 * time.Second
)

func dialSystem(ctx context.Context, access Access) (*systemConn, error) {
	conn, err := connect(ctx, access.URL, access.System.Credentials, nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond))
	if err != nil {
		return nil, fmt.Errorf("connect to broker %s as its system account: %w", access.URL, err)
	}
	s := &systemConn{conn: conn, operator: access.System.OperatorKey, servers: 1}
	if access.System.Closed {
		return s, nil
	}
	err = s.count(ctx)
	if err == nil {
		err = s.checkConfig(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return s, nil
}

// checkConfig finds what would show only later, or as something else.
func (s *systemConn) checkConfig(ctx context.Context) error {
	replies, err := s.gather(ctx, serverConfig, nil, 1)
	if err != nil {
		return fmt.Errorf("ask broker for its configuration: %w", err)
	}
	var config server.ServerAPIVarzResponse
	if err := json.Unmarshal(replies[0], &config); err != nil {
		return fmt.Errorf("broker's answer about its configuration: %w", err)
	}
	if config.Data == nil {
		return errors.New("the broker does not tell its configuration")
	}
	// The flag gives acknowledgements other subjects than those that services import.
	if flag := server.FeatureFlagJsAckFormatV2; config.Data.FeatureFlags[flag] {
		return fmt.Errorf("the broker has feature flag %s on, with which services cannot complete messages; switch it off", flag)
	}
	return s.checkOperator(config.Data.TrustedOperatorsClaim)
}

// checkOperator makes sure that the servers trust what the operator's key signs. They take
// and store claims that another key signed, and then cannot load the account.
func (s *systemConn) checkOperator(trusted []*jwt.OperatorClaims) error {
	public, err := s.operator.PublicKey()
	if err != nil {
		return err
	}
	for _, o := range trusted {
		if o.SigningKeys.Contains(public) || o.Subject == public && !o.StrictSigningKeyUsage {
			return nil
		}
	}
	return fmt.Errorf("the broker does not trust operator key %s", public)
}

// count learns how many servers there are to answer.
func (s *systemConn) count(ctx context.Context) error {
	replies, err := s.gather(ctx, serverStatus, nil, 1)
	if err != nil {
		return fmt.Errorf("ask broker for its servers (is this user in the system account?): %w", err)
	}
	var status server.ServerStatsMsg
	if err := json.Unmarshal(replies[0], &status); err != nil {
		return fmt.Errorf("broker's answer about its servers: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers = serversOf(status.Stats)
	return nil
}

// serversOf is how many servers there are, as one of them knows it: those that it has heard
// of by their heartbeats, which in a young cluster are fewer than those that it is connected to.
func serversOf(stats server.ServerStats) int {
	connected := map[string]bool{}
	for _, route := range stats.Routes {
		connected[route.Name] = true // a pair of servers has several routes
	}
	return max(stats.ActiveServers, len(connected)+1)
}

// ask sends a request to all servers and returns what they answer. If fewer answer than
// there were, those that are alive must be the ones that did: one that is down gets what
// it missed from the others when it comes back.
func (s *systemConn) ask(ctx context.Context, subject string, data []byte) ([][]byte, error) {
	s.mu.Lock()
	want := s.servers
	s.mu.Unlock()
	replies, err := s.gather(ctx, subject, data, want)
	if err != nil || len(replies) >= want {
		return replies, err
	}
	alive, err := s.gather(ctx, serverStatus, nil, want)
	if err != nil {
		return nil, fmt.Errorf("ask broker for its servers: %w", err)
	}
	if len(replies) < len(alive) {
		return nil, fmt.Errorf("only %d of the broker's %d servers answered", len(replies), len(alive))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers = len(alive)
	return replies, nil
}

// gather returns the first want replies, or as many as come in time, but at least one.
func (s *systemConn) gather(ctx context.Context, subject string, data []byte, want int) ([][]byte, error) {
	inbox := s.conn.NewInbox()
	sub, err := s.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only where the connection is gone
	if err := s.conn.PublishRequest(subject, inbox, data); err != nil {
		return nil, err
	}
	var replies [][]byte
	began, timeout := time.Now(), answerTimeout
	for len(replies) < want {
		wait, cancel := context.WithTimeout(ctx, timeout)
		msg, err := sub.NextMsgWithContext(wait)
		cancel()
		switch {
		case err == nil:
			if len(replies) == 0 {
				timeout = stragglerTimeout + time.Since(began)
			}
			replies = append(replies, msg.Data)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case len(replies) > 0 && errors.Is(err, context.DeadlineExceeded):
			return replies, nil
		case errors.Is(err, context.DeadlineExceeded):
			return nil, fmt.Errorf("no answer in %s", answerTimeout)
		default:
			return nil, err
		}
	}
	return replies, nil
}

// lookup returns the claims of an account, or nil if no server knows any.
func (s *systemConn) lookup(ctx context.Context, account string) (*jwt.AccountClaims, error) {
	replies, err := s.ask(ctx, fmt.Sprintf(claimsLookup, account), nil)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, errFixedAccounts
	}
	if err != nil {
		return nil, fmt.Errorf("look up account %s: %w", account, err)
	}
	var newest *jwt.AccountClaims
	for _, reply := range replies {
		if len(reply) == 0 {
			continue
		}
		claims, err := jwt.DecodeAccountClaims(string(reply))
		if err != nil {
			return nil, fmt.Errorf("look up account %s: %w", account, err)
		}
		if newest == nil || claims.IssuedAt > newest.IssuedAt {
			newest = claims
		}
	}
	return newest, nil
}

// update signs claims and gives them to the servers; it is in effect when update returns.
func (s *systemConn) update(ctx context.Context, claims *jwt.AccountClaims) error {
	token, err := claims.Encode(s.operator)
	if err != nil {
		return fmt.Errorf("sign account %s: %w", claims.Name, err)
	}
	if err := s.change(ctx, claimsUpdate, token); err != nil {
		return fmt.Errorf("update account %s: %w", claims.Name, err)
	}
	return nil
}

// errFixedAccounts is a server whose accounts stand in its configuration or elsewhere.
var errFixedAccounts = errors.New("the broker's account resolver takes no updates: it has to be one of type full (`resolver: {type: full, dir: …}`)")

// errDeleteForbidden is a server that keeps account claims for ever.
var errDeleteForbidden = errors.New("the broker's account resolver does not allow deletes")

// delete deletes the claims of an account. One that is gone already is no error.
func (s *systemConn) delete(ctx context.Context, account string) error {
	operator, err := s.operator.PublicKey()
	if err != nil {
		return err
	}
	claims := jwt.NewGenericClaims(operator)
	claims.Data["accounts"] = []string{account}
	token, err := claims.Encode(s.operator)
	if err != nil {
		return fmt.Errorf("sign the deletion of account %s: %w", account, err)
	}
	err = s.change(ctx, claimsDelete, token)
	if err != nil && strings.Contains(err.Error(), "delete must be enabled") {
		return errDeleteForbidden
	}
	if err != nil {
		return fmt.Errorf("delete account %s: %w", account, err)
	}
	return nil
}

// change sends a signed request and reads the servers' verdicts. A server answers after
// it has applied the change, to connected clients too.
func (s *systemConn) change(ctx context.Context, subject, token string) error {
	replies, err := s.ask(ctx, subject, []byte(token))
	if errors.Is(err, nats.ErrNoResponders) {
		return errFixedAccounts
	}
	if err != nil {
		return err
	}
	for _, reply := range replies {
		var verdict server.ServerAPIClaimUpdateResponse
		if err := json.Unmarshal(reply, &verdict); err != nil {
			return fmt.Errorf("broker's answer: %w", err)
		}
		if verdict.Error != nil {
			return errors.New(verdict.Error.Description)
		}
	}
	return nil
}
