// Package ingest takes in webhooks: it finds the account, checks the signature,
// turns the body into events and returns when they are in the database, many
// webhooks in one commit. While the database is away they go to a journal on
// disk, and from there to the database in the order of arrival.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"switchboard/channel"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
)

// ErrBusy says that more webhooks came than could be stored in time.
var ErrBusy = errors.New("too many webhooks at once")

// Store is what the receiver needs of the database.
type Store interface {
	Accounts(ctx context.Context) ([]configdb.Account, error)
	WebhookAccount(ctx context.Context, provider, key string) (configdb.Account, error)
	EnsureAddress(ctx context.Context, account uuid.UUID, channel, address string) (uuid.UUID, error)
	StoreMessages(ctx context.Context, batch []contactdb.Inbound) (int, error)
	StoreReports(ctx context.Context, batch []contactdb.Inbound) error
	SettleChanges(ctx context.Context) error
	Ping(ctx context.Context) error
}

// Config is what a receiver needs. Zero durations and numbers mean the defaults.
type Config struct {
	Store     Store
	Registry  *channel.Registry
	Journal   *Journal // nil: a database that is away is 503
	Log       *slog.Logger
	Lanes     int           // committers side by side; 2
	Queue     int           // events that may wait for each; 1024
	QueueWait time.Duration // for a place in the queue, then ErrBusy; 5 s
	Deadline  time.Duration // of a database call; 3 s
	Probe     time.Duration // between looks at a database that is away; 500 ms
	Fresh     time.Duration // how long an account is believed unread; 5 s
	LockWait  time.Duration // of a webhook whose customer's rows are locked, then it is journalled; 5 s
}

func (c *Config) defaults() {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.QueueWait, 5*time.Second)
	set(&c.Deadline, 3*time.Second)
	set(&c.Probe, 500*time.Millisecond)
	set(&c.Fresh, 5*time.Second)
	set(&c.LockWait, 5*time.Second)
	if c.Lanes == 0 {
		c.Lanes = 2
	}
	if c.Queue == 0 {
		c.Queue = 1024
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// Counts are totals since the start, for metrics.
type Counts struct {
	Received   atomic.Int64 // webhooks answered well
	Journaled  atomic.Int64 // of those, by way of the journal
	Stored     atomic.Int64 // messages that were new
	Refused    atomic.Int64 // wrong signatures
	Unknown    atomic.Int64 // addresses that are nobody's
	Malformed  atomic.Int64
	Busy       atomic.Int64 // queue full
	Failed     atomic.Int64 // neither stored nor journalled
	Poisoned   atomic.Int64 // events kept as unknown
	Collided   atomic.Int64 // batches tried again after a deadlock
	Waited     atomic.Int64 // events that waited because another session held their customer's rows
	Trips      atomic.Int64 // times the database was given up
	Replayed   atomic.Int64 // webhooks brought from the journal to the database
	Dropped    atomic.Int64 // journalled webhooks with a wrong signature, or of no account
	PutAside   atomic.Int64 // journalled webhooks that could not be used; their file is kept
	unverified atomic.Int64 // bytes in the journal that nobody checked yet
}

// Receiver takes in webhooks.
type Receiver struct {
	Counts    Counts
	cfg       Config
	log       *slog.Logger
	gate      *gate
	lanes     []*partition
	accounts  *accounts
	addresses *addresses
	committer *committer
	waiting   *waiting
	call      caller
	stuck     atomic.Int64
	seed      maphash.Seed
}

// Result is what became of a webhook that was taken.
type Result struct {
	Provider  channel.Sender
	Events    int
	Journaled bool
}

// New returns a receiver. Webhooks that come before Run wait for it.
func New(cfg Config) *Receiver {
	cfg.defaults()
	r := &Receiver{cfg: cfg, log: cfg.Log, seed: maphash.MakeSeed()}
	r.call = newCaller(cfg.Deadline, &r.stuck)
	r.accounts = newAccounts(cfg.Store, r.call, cfg.Fresh, r.trip)
	r.addresses = &addresses{db: cfg.Store, call: r.call, ids: map[addressName]uuid.UUID{}}
	r.committer = &committer{db: cfg.Store, call: r.call, addresses: r.addresses, log: cfg.Log, counts: &r.Counts}
	r.waiting = newWaiting()
	start := direct
	if cfg.Journal != nil && !cfg.Journal.empty() {
		start = journaled // leftovers first
	}
	r.gate = newGate(start, r.spillToJournal)
	for range cfg.Lanes {
		r.lanes = append(r.lanes, &partition{queue: make(chan *item, cfg.Queue)})
	}
	return r
}

// stopWait is how long webhooks that are under way may take once Run shall end.
const stopWait = 10 * time.Second

// Run commits and replays until ctx ends. Then new webhooks are turned away and
// those under way are finished.
func (r *Receiver) Run(ctx context.Context) error {
	stop := make(chan struct{})
	var lanes, replay sync.WaitGroup
	for _, l := range r.lanes {
		lanes.Go(func() { r.run(l, stop) })
	}
	lanes.Go(func() { r.retryLocked(stop) })
	replay.Go(func() { r.replay(ctx) })
	replay.Go(func() { r.compareChanges(ctx) })
	if err := r.accounts.warm(ctx); err != nil {
		r.log.Warn("accounts are read one by one", "error", err)
	}
	<-ctx.Done()
	replay.Wait()
	r.gate.close()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWait)
	defer cancel()
	if !r.gate.waitEmpty(last) {
		r.log.Warn("webhooks were cut off")
	}
	close(stop)
	lanes.Wait()
	return nil
}

// Receive takes in one webhook and returns once it is durable. The error is
// ErrUnknownAccount, channel.ErrSignature, channel.ErrMalformed, ErrBusy,
// ErrUnavailable, or something that the provider should meet by sending again.
func (r *Receiver) Receive(ctx context.Context, provider, key string, req channel.Request) (Result, error) {
	res, err := r.receive(ctx, provider, key, req)
	c := &r.Counts
	switch {
	case err == nil:
		c.Received.Add(1)
		if res.Journaled {
			c.Journaled.Add(1)
		}
	case errors.Is(err, ErrUnknownAccount):
		c.Unknown.Add(1)
	case errors.Is(err, channel.ErrSignature):
		c.Refused.Add(1)
	case errors.Is(err, channel.ErrMalformed):
		c.Malformed.Add(1)
	case !errors.Is(err, ErrBusy):
		c.Failed.Add(1)
	}
	return res, err
}

func (r *Receiver) receive(ctx context.Context, provider, key string, req channel.Request) (Result, error) {
	p, err := r.cfg.Registry.Get(provider)
	if err != nil {
		return Result{}, ErrUnknownAccount
	}
	hook, ok := p.(channel.Webhook)
	if !ok {
		return Result{}, ErrUnknownAccount
	}
	res := Result{Provider: p}
	acc, err := r.account(ctx, provider, key)
	for isAway(err) {
		err = r.keepUnverified(ctx, newEntry(provider, key, false, time.Now(), req))
		if !errors.Is(err, errBack) {
			res.Journaled = err == nil
			return res, err
		}
		acc, err = r.account(ctx, provider, key)
	}
	if err != nil {
		return Result{}, err
	}
	if acc, err = r.verify(ctx, provider, hook, acc, req); err != nil {
		return Result{}, err
	}
	events, err := parse(provider, hook, acc.channel, req)
	if err != nil {
		return Result{}, err
	}
	res.Events = len(events)
	if len(events) == 0 { // a test from the provider's console
		return res, nil
	}
	now := time.Now()
	for i := range events {
		normalise(&events[i], now)
	}
	shared := func() ([]addressed, error) { return r.dispatch(ctx, hook, acc, req, events) }
	res.Journaled, err = r.take(ctx, shared, func() *entry { return newEntry(provider, key, true, now, req) })
	return res, err
}

// take sends events the way that is open.
func (r *Receiver) take(ctx context.Context, events func() ([]addressed, error), entry func() *entry) (journaled bool, err error) {
	pass, err := r.gate.enter(ctx)
	if err != nil {
		return false, err
	}
	if pass.mode == direct {
		err := r.direct(ctx, pass, events)
		if errors.Is(err, errLocked) {
			defer r.gate.leave()
			return true, r.keepLocked(ctx, entry())
		}
		if !isAway(err) {
			r.gate.leave()
			return false, err
		}
		r.trip(err)
		frame, err := r.frame(entry())
		if err != nil {
			r.gate.leave()
			return false, err
		}
		return true, r.gate.divert(pass, frame)
	}
	defer r.gate.leave()
	frame, err := r.frame(entry())
	if err != nil {
		return false, err
	}
	return true, r.keep(ctx, frame)
}

// direct brings events to the database and waits for all of them.
func (r *Receiver) direct(ctx context.Context, p pass, dispatched func() ([]addressed, error)) error {
	events, err := dispatched()
	if err != nil {
		return err
	}
	t := newAck(len(events))
	items := make([]item, len(events))
	for i := range events {
		in, err := r.inbound(ctx, events[i].to, events[i].event)
		if err != nil {
			return err
		}
		items[i] = item{in: in, ticket: t}
	}
	for i := range items {
		if err := r.push(ctx, p.epoch, &items[i]); err != nil {
			return err
		}
	}
	select {
	case <-t.done:
		return t.result()
	case <-ctx.Done():
		return ctx.Err()
	case <-t.locked:
	}
	patience := time.NewTimer(r.cfg.LockWait)
	defer patience.Stop()
	select {
	case <-t.done:
		return t.result()
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return errLocked
	}
}

// inbound addresses an event.
func (r *Receiver) inbound(ctx context.Context, acc account, e channel.Event) (contactdb.Inbound, error) {
	in := contactdb.Inbound{Account: acc.id, Event: e}
	if e.Kind != channel.KindMessage && e.Kind != channel.KindEcho {
		return in, nil
	}
	var err error
	// The caller's going away must not look as if the database were.
	in.Address, err = r.addresses.id(context.WithoutCancel(ctx), addressName{acc.id, e.Channel, e.Address})
	if errors.Is(err, errLocked) { // of an account that is being changed
		return in, fmt.Errorf("find address: %w", errAway)
	}
	if err != nil {
		return in, fmt.Errorf("find address: %w", err)
	}
	return in, nil
}

func isAway(err error) bool { return errors.Is(err, errAway) }
