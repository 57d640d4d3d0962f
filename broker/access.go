package broker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// Files are the paths of what gives access to a broker that somebody else runs.
type Files struct {
	// Credentials is a .creds file of a user in the account that owns the streams.
	Credentials string
	// SigningKey is a file with the seed of that account or of a signing key of it.
	SigningKey string
	// SystemCredentials is a .creds file of a user in the system account, OperatorKey a
	// file with the seed of the operator or of a signing key of it. Both or neither.
	SystemCredentials string
	OperatorKey       string
}

// LoadAccess reads the files that give access to the broker at url. The warnings name
// files that other users of this machine can read. Errors name the file and what is wrong
// with it, and show nothing of its content.
func LoadAccess(url string, files Files) (access Access, warnings []string, err error) {
	var l loader
	access = Access{
		URL:         url,
		Credentials: l.credentials(files.Credentials),
		SigningKey:  l.key(files.SigningKey, nkeys.PrefixByteAccount, "an account"),
	}
	if (files.SystemCredentials == "") != (files.OperatorKey == "") {
		return Access{}, nil, errors.New("the system account's credentials and the operator's key are of use only together")
	}
	if files.SystemCredentials != "" {
		access.System = &System{
			Credentials: l.credentials(files.SystemCredentials),
			OperatorKey: l.key(files.OperatorKey, nkeys.PrefixByteOperator, "an operator"),
		}
	}
	if l.err != nil {
		return Access{}, nil, l.err
	}
	if access.Account, err = accountOf(access.Credentials); err != nil {
		return Access{}, nil, fmt.Errorf("%s: %w", files.Credentials, err)
	}
	return access, l.warnings, nil
}

// loader reads files until one is wrong.
type loader struct {
	warnings []string
	err      error
}

func (l *loader) read(path string) []byte {
	if l.err != nil {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		l.err = err
		return nil
	}
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		l.warnings = append(l.warnings, fmt.Sprintf("%s can be read by others (mode %04o); `chmod 600` it", path, info.Mode().Perm()))
	}
	return bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
}

func (l *loader) credentials(path string) []byte {
	content := l.read(path)
	if l.err != nil {
		return nil
	}
	if _, err := accountOf(content); err != nil {
		l.err = fmt.Errorf("%s is not a .creds file: it holds no user JWT", path)
		return nil
	}
	if _, err := jwt.ParseDecoratedUserNKey(content); err != nil {
		l.err = fmt.Errorf("%s is not a .creds file: it holds no user seed", path)
		return nil
	}
	return content
}

// key reads a bare seed, or one between the marker lines of nsc's exports.
func (l *loader) key(path string, want nkeys.PrefixByte, kind string) nkeys.KeyPair {
	content := l.read(path)
	if l.err != nil {
		return nil
	}
	pair, err := jwt.ParseDecoratedNKey(content)
	if err != nil {
		l.err = fmt.Errorf("%s holds no seed of %s key", path, kind)
		return nil
	}
	public, err := pair.PublicKey()
	if err != nil || nkeys.Prefix(public) != want {
		l.err = fmt.Errorf("%s holds a seed, but not of %s key", path, kind)
		return nil
	}
	return pair
}

// accountOf returns the public key of the account that credentials are for.
func accountOf(credentials []byte) (string, error) {
	token, err := jwt.ParseDecoratedJWT(credentials)
	if err != nil {
		return "", err
	}
	user, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return "", err
	}
	if user.IssuerAccount != "" {
		return user.IssuerAccount, nil
	}
	return user.Issuer, nil
}
