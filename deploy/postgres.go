package deploy

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"
)

const postgresScheme = "postgres"

// table is a bucket in a table of PostgreSQL, the one that Pulumi's own backend keeps its states in
// (pkg/v3/backend/diy/postgres): each key is a row, its data in base64 within JSON.
//
// It is a driver of our own because Pulumi's fails where several work at once: it creates the table on
// each start, which PostgreSQL refuses to all but one of those that do so at the same moment; it fails
// to list keys of which one is deleted meanwhile; it fails to remove what is not there; and it has no
// conditional write.
type table struct {
	db       *sql.DB
	name     string
	prefix   string
	patience patience
}

// tableNames are the names that mean the same with and without quotes around them.
const tableNames = `^[A-Za-z_][A-Za-z0-9_]{0,62}$`

// openTable opens the table at a URL, which may name it: postgres://user@host/database?table=name.
// All else in the URL, and the variables of the environment, are those of libpq.
func openTable(u *url.URL, p patience) (bucket, error) {
	q := u.Query()
	name := q.Get("table")
	if name == "" {
		name = "pulumi_state"
	}
	if !regexp.MustCompile(tableNames).MatchString(name) {
		return nil, fmt.Errorf("the table's name %q is not made of letters, digits and underscores", name)
	}
	q.Del("table")
	at := *u
	at.RawQuery = q.Encode()
	connector, err := pq.NewConnector(at.String())
	if err != nil {
		return nil, err
	}
	t := table{db: sql.OpenDB(connector), name: name, patience: p}
	// More would only wait for each other, and servers have few to give.
	t.db.SetMaxOpenConns(2)
	t.db.SetConnMaxIdleTime(10 * time.Second)
	// Pulumi puts the URL's path before the keys, also here where it is the database's name.
	if dir := strings.Trim(u.Path, "/"); dir != "" {
		t.prefix = dir + "/"
	}
	return t, nil
}

// row is the content of the column data.
type row struct {
	Data []byte `json:"data"`
}

func (t table) query(text string) string { return strings.ReplaceAll(text, "TABLE_NAME", t.name) }

func (t table) read(ctx context.Context, key string) ([]byte, error) {
	data, _, err := t.fetch(ctx, key)
	return data, err
}

// fetch returns the hash of the data as its version.
func (t table) fetch(ctx context.Context, key string) ([]byte, string, error) {
	ctx, alive := t.patience.watch(ctx)
	defer alive.stop()
	data, err := t.get(ctx, t.db, key, "")
	if noTable(err) {
		err = notExist(key)
	}
	if err != nil {
		return nil, "", because(ctx, permanent(err))
	}
	return data, hash(data), nil
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (t table) get(ctx context.Context, q querier, key, locking string) ([]byte, error) {
	var text []byte
	err := q.QueryRowContext(ctx, t.query(`SELECT data FROM TABLE_NAME WHERE key = $1 `)+locking, t.prefix+key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notExist(key)
	}
	if err != nil {
		return nil, err
	}
	var r row
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("read row %s of table %s: %w", key, t.name, err)
	}
	return r.Data, nil
}

func (t table) write(ctx context.Context, key string, data []byte) error {
	return t.change(ctx, len(data), func(ctx context.Context, tx *sql.Tx) error {
		return t.put(ctx, tx, key, data)
	})
}

func (t table) put(ctx context.Context, tx *sql.Tx, key string, data []byte) error {
	text, err := json.Marshal(row{data})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, t.query(`INSERT INTO TABLE_NAME (key, data) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET data = excluded.data, updated_at = now()`), t.prefix+key, string(text))
	return err
}

// replace compares and writes in one transaction. The advisory lock is for what a row's lock cannot
// hold: a row that is not there yet.
func (t table) replace(ctx context.Context, key, version string, data []byte) error {
	return t.change(ctx, len(data), func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, t.name+"/"+t.prefix+key); err != nil {
			return err
		}
		now := ""
		old, err := t.get(ctx, tx, key, "FOR UPDATE")
		switch {
		case err == nil:
			now = hash(old)
		case !isNotExist(err):
			return err
		}
		switch now {
		case hash(data):
			return nil // the answer got lost
		case version:
			return t.put(ctx, tx, key, data)
		}
		return errChanged
	})
}

func (t table) remove(ctx context.Context, key string) error {
	return t.change(ctx, 0, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, t.query(`DELETE FROM TABLE_NAME WHERE key = $1`), t.prefix+key)
		return err
	})
}

func (t table) list(ctx context.Context, prefix string) (keys []string, err error) {
	ctx, alive := t.patience.watch(ctx)
	defer alive.stop()
	// The order is that of bytes, whatever the database's language.
	rows, err := t.db.QueryContext(ctx, t.query(`SELECT key FROM TABLE_NAME WHERE starts_with(key, $1) ORDER BY key COLLATE "C"`), t.prefix+prefix)
	if noTable(err) {
		return nil, nil
	}
	if err != nil {
		return nil, because(ctx, permanent(err))
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		alive.tick()
		keys = append(keys, strings.TrimPrefix(key, t.prefix))
	}
	return keys, because(ctx, rows.Err())
}

// change runs a transaction, and makes the table where there is none.
func (t table) change(ctx context.Context, size int, do func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, t.patience.writeTime(size), errSilent)
	defer cancel()
	err := t.transact(ctx, do)
	if noTable(err) {
		if err = t.create(ctx); err == nil {
			err = t.transact(ctx, do)
		}
	}
	return because(ctx, permanent(err))
}

func (t table) transact(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		_ = tx.Rollback() // the connection is at fault if this fails too
		return err
	}
	return tx.Commit()
}

// create makes the table as Pulumi's own backend does (its schema.sql). CREATE TABLE IF NOT EXISTS
// fails where two do it at once, so one after the other.
func (t table) create(ctx context.Context) error {
	return t.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, statement := range []string{
			`SELECT pg_advisory_xact_lock(hashtextextended('TABLE_NAME', 0))`,
			`CREATE TABLE IF NOT EXISTS TABLE_NAME (
				key TEXT PRIMARY KEY,
				data JSON NOT NULL,
				updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now())`,
			`CREATE INDEX IF NOT EXISTS TABLE_NAME_key_prefix_idx ON TABLE_NAME (key text_pattern_ops)`,
		} {
			if _, err := tx.ExecContext(ctx, t.query(statement)); err != nil {
				return fmt.Errorf("create table %s: %w", t.name, err)
			}
		}
		return nil
	})
}

// noTable reports whether an error says that the table does not exist.
func noTable(err error) bool { return hasCode(err, "42P01") } // undefined_table

// hasCode reports whether an error of the server has one of some codes, or classes of two letters.
func hasCode(err error, codes ...string) bool {
	var server *pq.Error
	return errors.As(err, &server) && slices.ContainsFunc(codes, func(code string) bool {
		return strings.HasPrefix(string(server.Code), code)
	})
}

// permanent marks what the server will say again the next time: the classes of errors in a
// statement, a right or a name (appendix A of PostgreSQL's manual).
func permanent(err error) error {
	if hasCode(err, "28", "3D", "42", "22", "23") {
		return permanentError{err}
	}
	return err
}
