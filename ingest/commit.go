package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
)

// errLost says that neither an event nor its stand-in could be stored.
var errLost = errors.New("event cannot be stored")

// item is one event on its way to the database.
type item struct {
	in     contactdb.Inbound
	err    error
	ticket *ack // of the webhook that waits; nil in a replay
}

// committer stores batches of events so that one that cannot be stored does not
// cost its neighbours.
type committer struct {
	db        Store
	call      caller
	addresses *addresses
	log       *slog.Logger
	counts    *Counts
	careful   atomic.Int64 // until when a lock is not waited for long, in Unix nanoseconds
}

type writer func(context.Context, []contactdb.Inbound) error

// commit stores a batch and leaves in each item what became of it: nil, errAway,
// errLocked or errLost. Where one of a customer's is locked, so are those after it.
func (c *committer) commit(ctx context.Context, items []*item) {
	var messages, reports []*item
	for _, it := range items {
		it.err = nil
		if it.in.Event.Kind == channel.KindMessage {
			messages = append(messages, it)
		} else {
			reports = append(reports, it)
		}
	}
	r := &round{locked: map[customer]bool{}}
	c.store(ctx, r, messages, c.messages)
	c.store(ctx, r, reports, c.db.StoreReports)
}

// round is what one commit has met so far.
type round struct {
	locked map[customer]bool
	stored int
}

func (c *committer) messages(ctx context.Context, batch []contactdb.Inbound) error {
	n, err := c.db.StoreMessages(ctx, batch)
	c.counts.Stored.Add(int64(n))
	return err
}

// store writes items together, or in ever smaller parts until the one that
// cannot be stored is alone, and the customers whose rows are locked are apart.
func (c *committer) store(ctx context.Context, r *round, items []*item, write writer) {
	items = r.free(items)
	if len(items) == 0 {
		return
	}
	careful := c.isCareful()
	err := c.try(ctx, items, write)
	switch {
	case err == nil:
		r.stored += len(items)
	case !careful && (errors.Is(err, errLocked) || errors.Is(err, errSlow)):
		c.careful.Store(time.Now().Add(carefulFor).UnixNano())
		c.store(ctx, r, items, write)
	case errors.Is(err, errLocked) && r.stored == 0 && len(r.locked) >= lockedAlike: // not some rows, but a whole table
		fail(items, fmt.Errorf("%w: %w", errAway, err))
	case errors.Is(err, errLocked) && ofOne(items):
		r.locked[customerOf(&items[0].in)] = true
		fail(items, err)
	case errors.Is(err, errAway):
		fail(items, err)
	case len(items) == 1:
		items[0].err = c.poisoned(ctx, items[0], write, err)
	default:
		half := len(items) / 2
		c.store(ctx, r, items[:half], write)
		if last := items[half-1].err; errors.Is(last, errAway) {
			fail(items[half:], last)
			return
		}
		c.store(ctx, r, items[half:], write)
	}
}

// Once somebody holds a lock, others of the same kind are likely to be met:
// for a while they are waited for only briefly.
const (
	carefulFor  = 30 * time.Second
	carefulWait = 100 * time.Millisecond
	lockedAlike = 8 // customers in a row, and nobody else's event could be stored
)

func (c *committer) isCareful() bool { return time.Now().UnixNano() < c.careful.Load() }

// free returns the items of customers who need not wait.
func (r *round) free(items []*item) []*item {
	if len(r.locked) == 0 {
		return items
	}
	free := make([]*item, 0, len(items))
	for _, it := range items {
		if r.locked[customerOf(&it.in)] {
			it.err = errLocked
		} else {
			free = append(free, it)
		}
	}
	return free
}

func ofOne(items []*item) bool {
	first := customerOf(&items[0].in)
	return !slices.ContainsFunc(items, func(it *item) bool { return customerOf(&it.in) != first })
}

func fail(items []*item, err error) {
	for _, it := range items {
		it.err = err
	}
}

// tries is how often a batch is repeated that lost to another transaction.
const tries = 5

func (c *committer) try(ctx context.Context, items []*item, write writer) error {
	var err error
	wait := time.Duration(0)
	if c.isCareful() {
		wait = carefulWait
	}
	for range tries {
		batch := make([]contactdb.Inbound, len(items)) // a call left behind may still read it
		for i, it := range items {
			batch[i] = it.in
		}
		err = c.call(ctx, func(ctx context.Context) error { return write(pg.WithLockWait(ctx, wait), batch) })
		if !pg.Collided(err) {
			return err
		}
		c.counts.Collided.Add(1)
	}
	return fmt.Errorf("%w: %w", errLocked, err)
}

// poisoned deals with an event that the database does not take: it is kept as
// an unknown event with what is storable of it, and a message also appears in
// its thread without its extras.
func (c *committer) poisoned(ctx context.Context, it *item, write writer, cause error) error {
	e := it.in.Event
	if vanished(cause) { // our address was removed while we knew its id
		name := addressName{it.in.Account, e.Channel, e.Address}
		c.addresses.forget(name)
		id, err := c.addresses.id(ctx, name)
		if passing(err) {
			return err
		}
		if err == nil {
			it.in.Address = id
			if cause = c.try(ctx, []*item{it}, write); cause == nil || passing(cause) {
				return cause
			}
		}
	}
	standIn := &item{in: it.in}
	standIn.in.Event = channel.Event{Kind: channel.KindUnknown, ID: key("poison:" + e.ID), Type: e.Type, Channel: e.Channel,
		From: e.From, At: e.At, Data: remains(e, cause)}
	c.counts.Poisoned.Add(1)
	c.log.Error("event cannot be stored; kept as unknown", "account_id", it.in.Account, "event_type", e.Type, "error_class", errorClass(cause),
		"sha256", standIn.in.Event.Data["sha256"])
	if err := c.try(ctx, []*item{standIn}, c.db.StoreReports); err != nil {
		if passing(err) {
			return err
		}
		return fmt.Errorf("%w: %w", errLost, err)
	}
	if e.Kind != channel.KindMessage {
		return nil
	}
	bare := &item{in: it.in}
	bare.in.Event.Data, bare.in.Event.Media, bare.in.Event.Reply = map[string]any{"incomplete": true}, nil, nil
	if err := c.try(ctx, []*item{bare}, write); passing(err) {
		return err
	}
	return nil
}

// passing reports whether an error is no fault of the event.
func passing(err error) bool { return errors.Is(err, errAway) || errors.Is(err, errLocked) }

// remains describes an event that cannot be stored. Its JSON goes in as a
// string, which PostgreSQL always takes.
func remains(e channel.Event, cause error) map[string]any {
	raw, err := json.Marshal(e)
	data := map[string]any{"error_class": errorClass(cause)}
	if err != nil {
		data["sha256"] = digest(fmt.Sprint(e))
		return data
	}
	data["sha256"] = digest(string(raw))
	if len(raw) <= maxText {
		data["raw"] = clean(string(raw))
	}
	return data
}
