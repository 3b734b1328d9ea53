// Package store is the only place with SQL: one file per aggregate, each
// statement a constant beside its only function.
package store

import (
	"context"
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
	dsn     string
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
	db.SetConnMaxLifetime(30 * time.Minute) // a name may lead to another server meanwhile
	return &Store{db: db, dsn: dsn, secrets: secrets}, nil
}

// Close closes all connections.
func (s *Store) Close() error { return s.db.Close() }

// Ping says whether the database answers and takes writes.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Migrate brings the schema up to date. Several processes may call it at once.
// It waits for locks as long as it takes.
func (s *Store) Migrate(ctx context.Context) error {
	db, err := openAs(s.dsn, true)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Close()
	const lock = 7305301 // any number that nothing else here locks
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lock); err != nil {
		return fmt.Errorf("migrate: lock: %w", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lock) //nolint:errcheck // the connection's end frees it too
	p, err := goose.NewProvider(goose.DialectPostgres, db.DB, schema.Migrations)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
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
