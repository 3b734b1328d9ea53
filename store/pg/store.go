// Package pg is the connection to PostgreSQL that all packages of store share:
// transactions, errors that callers decide on, prepared statements, signals, and
// how Go values become rows.
package pg

import (
	"context"
	"errors"
	"fmt"
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
type Conflict struct {
	Field  string // which field of the request it is about; "": none
	Reason string
}

func (e *Conflict) Error() string { return e.Reason }

// A Sealer encrypts provider credentials at rest. bound ties a secret to its
// owner, so that a ciphertext copied to another row does not open.
type Sealer interface {
	Seal(plain, bound []byte) ([]byte, error)
	Open(sealed, bound []byte) ([]byte, error)
}

// DB is a database, and what of it this process tells itself at once.
type DB struct {
	SQL     *sqlx.DB
	Secrets Sealer
	dsn     string
	events  Signal
	bells   Signal
	access  access
}

// Open returns the database at dsn. It does not connect.
func Open(dsn string, secrets Sealer) (*DB, error) {
	db, err := openDB(dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(40)
	db.SetMaxIdleConns(40)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(30 * time.Minute) // a name may lead to another server meanwhile
	return &DB{SQL: db, dsn: dsn, Secrets: secrets}, nil
}

// Close closes all connections.
func (s *DB) Close() error { return s.SQL.Close() }

// Ping says whether the database answers and takes writes.
func (s *DB) Ping(ctx context.Context) error {
	if err := s.SQL.PingContext(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Migrate brings the schema up to date. Several processes may call it at once.
// It waits for locks as long as it takes.
func (s *DB) Migrate(ctx context.Context) error {
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

// Within is tx or, if that is nil, the database itself.
func (s *DB) Within(tx *sqlx.Tx) sqlx.ExtContext {
	if tx != nil {
		return tx
	}
	return s.SQL
}

// Constraint returns the name of the violated constraint and its class of
// violation ("23505" unique, "23503" foreign key), or "".
func Constraint(err error) (name, code string) {
	var pe *pq.Error
	if errors.As(err, &pe) && pe.Code.Class() == "23" {
		return pe.Constraint, string(pe.Code)
	}
	return "", ""
}
