package pg

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Unavailable reports whether err means that the database cannot be reached or
// is not ready, so that the same call may succeed later.
func Unavailable(err error) bool {
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) {
		return false
	}
	if errors.Is(err, errReadOnly) {
		return true
	}
	var pe *pq.Error
	if errors.As(err, &pe) {
		switch pe.Code.Class() {
		case "08", "53", "57", "58": // connection, resources, operator intervention, system error
			return true
		}
		return pe.Code == "25006" || pe.Code == "25P03" // read-only; stood still in a transaction for too long
	}
	return !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrStale) && isTransport(err)
}

// Busy reports whether err means that others were changing the same rows:
// nothing was done, and the same call may succeed at once. Locked: another
// session held them for longer than one waits.
func Busy(err error) bool { return Collided(err) || Locked(err) }

// Collided reports whether err is a deadlock or a serialization failure.
func Collided(err error) bool {
	var pe *pq.Error
	return errors.As(err, &pe) && (pe.Code == "40P01" || pe.Code == "40001")
}

// Locked reports whether err means that a lock was waited for in vain.
func Locked(err error) bool {
	var pe *pq.Error
	return errors.As(err, &pe) && pe.Code == "55P03"
}

type waitKey struct{}

// WithLockWait returns a context whose transactions wait for a lock at most that
// long, zero: as long as the session does, and are not repeated: the caller knows
// better what to do meanwhile.
func WithLockWait(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, waitKey{}, d)
}

// LockWait is how long a transaction of ctx waits for a lock; zero: as its session does.
func LockWait(ctx context.Context) time.Duration {
	d, _ := ctx.Value(waitKey{}).(time.Duration)
	return d
}

// Tx runs f in one transaction. It may run more than once: a transaction that
// collided with another, or waited for a lock in vain, is repeated.
func (s *DB) Tx(ctx context.Context, f func(*sqlx.Tx) error) error {
	return s.txAs(ctx, nil, f)
}

// ReadTx runs f, which only reads, in one transaction in which all statements see
// the same moment.
func (s *DB) ReadTx(ctx context.Context, f func(*sqlx.Tx) error) error {
	return s.txAs(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, f)
}

// How often a transaction is tried: one that collided, and one that waited for a
// lock in vain, which is as long as a person waits.
const (
	collidedTries = 3
	lockedTries   = 2
)

func (s *DB) txAs(ctx context.Context, o *sql.TxOptions, f func(*sqlx.Tx) error) error {
	wait, bounded := ctx.Value(waitKey{}).(time.Duration)
	for try := 1; ; try++ {
		err := s.txOnce(ctx, o, wait, f)
		if err == nil || bounded || !Busy(err) || try >= collidedTries || Locked(err) && try >= lockedTries {
			return err
		}
		// Those who collided must not do so again at the same moment.
		t := time.NewTimer(time.Duration(try) * (5*time.Millisecond + rand.N(20*time.Millisecond)))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
}

const boundLockWait = `SELECT set_config('lock_timeout', $1, true)`

func (s *DB) txOnce(ctx context.Context, o *sql.TxOptions, wait time.Duration, f func(*sqlx.Tx) error) error {
	tx, err := s.SQL.BeginTxx(ctx, o)
	if err != nil {
		return err
	}
	if wait > 0 {
		if _, err := tx.ExecContext(ctx, boundLockWait, wait.String()); err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}
