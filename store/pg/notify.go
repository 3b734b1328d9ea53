package pg

import (
	"context"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// A Signal wakes those who watch it. Wakes merge: a watcher that is busy sees
// one, however many came.
type Signal struct {
	mu       sync.Mutex
	watchers map[chan struct{}]struct{}
}

// Watch returns a channel that gets a value after every Wake, until stop is called.
func (s *Signal) Watch() (wake <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchers == nil {
		s.watchers = map[chan struct{}]struct{}{}
	}
	s.watchers[ch] = struct{}{}
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, ch)
	}
}

// Wake wakes all watchers and never blocks.
func (s *Signal) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Events wakes after this process committed rows of event; Bells, of bell.
func (s *DB) Events() *Signal { return &s.events }

// Bells wakes after this process committed rows of bell.
func (s *DB) Bells() *Signal { return &s.bells }

// Names of the PostgreSQL notifications that tell other processes of a commit.
const (
	NotifyEvents = "switchboard_event"
	NotifyBells  = "switchboard_bell"
	NotifyAccess = "switchboard_access"
)

// notifyEvery bounds how often other processes are notified.
const notifyEvery = 5 * time.Millisecond

// Notify tells other processes of commits until ctx ends. It is not done within
// the transactions themselves: PostgreSQL commits those that notify one after
// the other, each with its own flush to disk. What a process that dies did not
// announce is found by the others' slow poll.
func (s *DB) Notify(ctx context.Context) error {
	events, stopEvents := s.events.Watch()
	defer stopEvents()
	bells, stopBells := s.bells.Watch()
	defer stopBells()
	changes, stopChanges := s.access.own.Watch()
	defer stopChanges()
	pace := time.NewTicker(notifyEvery)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-events:
			s.notify(ctx, NotifyEvents)
		case <-bells:
			s.notify(ctx, NotifyBells)
		case <-changes:
			s.notify(ctx, NotifyAccess)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pace.C:
		}
	}
}

// notify is best effort: a poll finds what it missed.
func (s *DB) notify(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, _ = s.SQL.ExecContext(ctx, `SELECT pg_notify($1, '')`, name)
}

// BellTx is Tx for changes that people watch and workflows must hear of.
func (s *DB) BellTx(ctx context.Context, f func(*sqlx.Tx) error) error {
	err := s.EventTx(ctx, f)
	if err == nil {
		s.bells.Wake()
	}
	return err
}

// EventTx is Tx for changes that people watch and no workflow must hear of.
func (s *DB) EventTx(ctx context.Context, f func(*sqlx.Tx) error) error {
	err := s.Tx(ctx, f)
	if err == nil {
		s.events.Wake()
	}
	return err
}
