package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"switchboard/store/pg"
)

var (
	// errAway says that the database cannot be used now, so that the same call may
	// succeed later.
	errAway = errors.New("the database is away")
	// errSlow is an errAway of a database that answered, but took too long.
	errSlow = errors.New("the database is slow")
	// errLocked says that the database is there, and another session keeps what
	// the call wants to change.
	errLocked = errors.New("rows are locked by another session")
)

// A caller runs one database call under a deadline. Errors that are not the
// call's own fault become errAway.
type caller func(ctx context.Context, f func(context.Context) error) error

// newCaller returns a caller that does not wait for the driver beyond the
// deadline: lib/pq goes on reading from a server that hangs. stuck counts the
// calls left behind; they end when the server answers or the connection dies.
func newCaller(deadline time.Duration, stuck *atomic.Int64) caller {
	return func(ctx context.Context, f func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(ctx, deadline)
		done := make(chan error, 1)
		stuck.Add(1)
		go func() {
			defer cancel()
			err := f(ctx)
			stuck.Add(-1)
			done <- err
		}()
		select {
		case err := <-done:
			return judge(err)
		case <-ctx.Done():
		}
		// The statement is being cancelled: a server that is there says so.
		answer := time.NewTimer(answerWait)
		defer answer.Stop()
		select {
		case err := <-done:
			if errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("%w: %w: %w", errAway, errSlow, err)
			}
			return judge(err)
		case <-answer.C:
			return fmt.Errorf("%w: %w", errAway, ctx.Err())
		}
	}
}

// answerWait is how long a cancelled statement may take to end.
const answerWait = 300 * time.Millisecond

// judge tells trouble of the database from trouble with what was asked.
func judge(err error) error {
	if err == nil {
		return nil
	}
	if pg.Locked(err) {
		return fmt.Errorf("%w: %w", errLocked, err)
	}
	if cancelled(err) {
		return fmt.Errorf("%w: %w: %w", errAway, errSlow, err)
	}
	if pg.Unavailable(err) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	var pe *pq.Error
	if errors.As(err, &pe) {
		switch pe.Code.Class() {
		// A server that is being set up, migrated or restored: nobody's event is to blame.
		case "0A", "25", "26", "28", "3D", "3F", "42", "55":
			return fmt.Errorf("%w: %w", errAway, err)
		}
	}
	return err
}

// cancelled reports whether the server ended a statement that took too long.
func cancelled(err error) bool {
	var pe *pq.Error
	return errors.As(err, &pe) && pe.Code == "57014"
}

// vanished reports whether a row that the event refers to is gone.
func vanished(err error) bool {
	var pe *pq.Error
	return errors.As(err, &pe) && (pe.Code == "23502" || pe.Code == "23503")
}

// errorClass names an error without quoting what caused it.
func errorClass(err error) string {
	var pe *pq.Error
	if errors.As(err, &pe) {
		return string(pe.Code) + " " + pe.Code.Name()
	}
	return fmt.Sprintf("%T", errors.Unwrap(err))
}
