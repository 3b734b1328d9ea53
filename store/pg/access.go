package pg

import (
	"context"
	"sync/atomic"

	"github.com/jmoiron/sqlx"
)

// access tells that somebody's sign-in, token or role ended or became another,
// so that nothing goes on for them that was allowed before.
type access struct {
	version atomic.Uint64
	all     Signal // in this process or elsewhere
	own     Signal // in this process: the others must hear of it
}

// Access wakes after a sign-in, a token or a role changed, as soon as this process
// knows of it.
func (s *DB) Access() *Signal { return &s.access.all }

// AccessVersion is another one after each of these changes. What was read before
// must not be believed any more.
func (s *DB) AccessVersion() uint64 { return s.access.version.Load() }

// AccessChangedElsewhere is for whoever hears NotifyAccess.
func (s *DB) AccessChangedElsewhere() {
	s.access.version.Add(1)
	s.access.all.Wake()
}

// AccessChanged wakes whoever must hear of it, here and elsewhere.
func (s *DB) AccessChanged() {
	s.AccessChangedElsewhere()
	s.access.own.Wake()
}

// AccessTx is Tx for changes of who may do what.
func (s *DB) AccessTx(ctx context.Context, f func(*sqlx.Tx) error) error {
	err := s.Tx(ctx, f)
	if err == nil {
		s.AccessChanged()
	}
	return err
}
