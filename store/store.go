// Package store is the only place with SQL: one file per aggregate, each
// statement a constant beside its only function.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/pressly/goose/v3"

	"switchboard/schema"
)

// Errors that callers decide on.
var (
	ErrNotFound = errors.New("not found")
	ErrStale    = errors.New("it changed meanwhile")
)

// Invalid says which field was refused and why, in words for a person.
type Invalid struct{ Field, Reason string }

func (e *Invalid) Error() string { return e.Field + " " + e.Reason }

// Conflict says that another row has what must be unique, or still refers to this one.
type Conflict struct{ Reason string }

func (e *Conflict) Error() string { return e.Reason }

// Store reads and writes the product's database.
type Store struct {
	db      *sqlx.DB
	events  Signal
	bells   Signal
	access  access
	secrets Sealer

	programs sync.Map // workstream → compiled routing rules
	compiles sync.Mutex

	campaigns atomic.Bool // there was one, or a number with words of its own: customers may answer to it
}

// A Sealer encrypts provider credentials at rest. bound ties a secret to its
// owner, so that a ciphertext copied to another row does not open.
type Sealer interface {
	Seal(plain, bound []byte) ([]byte, error)
	Open(sealed, bound []byte) ([]byte, error)
}

// Open returns a store on the database at dsn. It does not connect: a database
// that is away must not keep webhooks from being journalled.
func Open(dsn string, secrets Sealer) (*Store, error) {
	db, err := openDB(dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(40)
	db.SetMaxIdleConns(40)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return &Store{db: db, secrets: secrets}, nil
}

// Close closes all connections.
func (s *Store) Close() error { return s.db.Close() }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// Migrate brings the schema up to date. Several processes may call it at once.
func (s *Store) Migrate(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Close()
	const lock = 7305301 // any number that nothing else here locks
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lock); err != nil {
		return fmt.Errorf("migrate: lock: %w", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lock) //nolint:errcheck // the connection's end frees it too
	p, err := goose.NewProvider(goose.DialectPostgres, s.db.DB, schema.Migrations)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Unavailable reports whether err means that the database cannot be reached or
// is not ready, so that the same call may succeed later.
func Unavailable(err error) bool {
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) {
		return false
	}
	var pe *pq.Error
	if errors.As(err, &pe) {
		switch pe.Code.Class() {
		case "08", "53", "57", "58": // connection, resources, operator intervention, system error
			return true
		}
		return pe.Code == "25006" // read-only: a replica that was not promoted yet
	}
	return !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrStale) && isTransport(err)
}

// tx runs f in one transaction.
func (s *Store) tx(ctx context.Context, f func(*sqlx.Tx) error) error {
	return s.txAs(ctx, nil, f)
}

// moment runs f, which only reads, in one transaction in which all statements see
// the same moment.
func (s *Store) moment(ctx context.Context, f func(*sqlx.Tx) error) error {
	return s.txAs(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, f)
}

func (s *Store) txAs(ctx context.Context, o *sql.TxOptions, f func(*sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, o)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// within is tx or, if that is nil, the database itself.
func (s *Store) within(tx *sqlx.Tx) sqlx.ExtContext {
	if tx != nil {
		return tx
	}
	return s.db
}

// constraint returns the name of the violated constraint and its class of
// violation ("23505" unique, "23503" foreign key), or "".
func constraint(err error) (name, code string) {
	var pe *pq.Error
	if errors.As(err, &pe) && pe.Code.Class() == "23" {
		return pe.Constraint, string(pe.Code)
	}
	return "", ""
}
