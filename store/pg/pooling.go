package pg

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// ErrSharedSessions says that a pooler lies between us and the server which gives
// a session to somebody else after each transaction. Prepared statements, session
// locks and notifications then meet the wrong session.
var ErrSharedSessions = errors.New("the database address leads to a pooler that hands each transaction to another session. " +
	"Switchboard keeps prepared statements, locks and notifications per session: " +
	"let the pooler pool sessions (PgBouncer: pool_mode = session), or connect to PostgreSQL itself")

const backendPID = `SELECT pg_backend_pid()`

// CheckSessions fails with ErrSharedSessions if connections share sessions of the
// server, and with another error if that cannot be found out now.
func (s *DB) CheckSessions(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- s.checkSessions(ctx) }() // the driver goes on waiting for a server that hangs
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("check sessions: %w", ctx.Err())
	}
}

// checkSessions lets others begin transactions while one connection rests: a
// pooler of transactions gives its session to one of them, or it another
// session afterwards.
func (s *DB) checkSessions(ctx context.Context) error {
	db, err := openAs(s.dsn, false)
	if err != nil {
		return fmt.Errorf("check sessions: %w", err)
	}
	defer db.Close()
	first, err := db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("check sessions: %w", err)
	}
	defer first.Close()
	var mine, others, again int
	if err := first.GetContext(ctx, &mine, backendPID); err != nil {
		return fmt.Errorf("check sessions: %w", err)
	}
	for range 3 {
		tx, err := db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
		if errors.Is(err, driver.ErrBadConn) && first.GetContext(ctx, &again, backendPID) == nil {
			return ErrSharedSessions // it ends whoever begins a transaction: it pools statements
		}
		if err != nil {
			return fmt.Errorf("check sessions: %w", err)
		}
		defer tx.Rollback() //nolint:errcheck // it changed nothing
		if err := tx.GetContext(ctx, &others, backendPID); err != nil {
			return fmt.Errorf("check sessions: %w", err)
		}
		if others == mine {
			return ErrSharedSessions
		}
	}
	if err := first.GetContext(ctx, &again, backendPID); err != nil {
		return fmt.Errorf("check sessions: %w", err)
	}
	if again != mine {
		return ErrSharedSessions
	}
	return nil
}
