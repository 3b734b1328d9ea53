package ingest

import (
	"context"
	"errors"
	"time"

	"switchboard/channel"
)

const (
	replayBytes = 4 << 20 // of journal read at once
	lastBytes   = 1 << 20 // of journal left: new webhooks wait until it is empty
	maxStuck    = 8       // calls that a hanging database may swallow
	repeatLog   = 30 * time.Second
)

// replay watches for webhooks in the journal and brings them to the database
// once it is back.
func (r *Receiver) replay(ctx context.Context) {
	var logged time.Time
	for ctx.Err() == nil {
		m, changed, _ := r.gate.now()
		if m != journaled {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		err := r.probe(ctx)
		if err == nil {
			err = r.drain(ctx)
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		if time.Since(logged) > repeatLog {
			logged = time.Now()
			r.log.Warn("the journal waits", "bytes", r.backlog(), "error", err)
		}
		pause(ctx, r.cfg.Probe)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// probe asks the database whether it is there. A database that hangs keeps the
// connection of each probe, so there is an end to them.
func (r *Receiver) probe(ctx context.Context) error {
	if r.stuck.Load() >= maxStuck {
		return errAway
	}
	return r.call(ctx, r.cfg.Store.Ping)
}

func (r *Receiver) backlog() int64 {
	if r.cfg.Journal == nil {
		return 0
	}
	return r.cfg.Journal.backlog()
}

// drain brings the journal to the database, in order, and opens the direct way
// again. For the last of it new webhooks wait, so that none overtakes.
func (r *Receiver) drain(ctx context.Context) (err error) {
	held := false
	defer func() {
		if held && err != nil {
			r.gate.reopen(journaled)
		}
	}()
	began, before := time.Now(), r.Counts.Replayed.Load()
	for {
		if !held && r.backlog() <= lastBytes {
			held = true
			if !r.gate.holdBack(ctx) {
				return errors.New("interrupted")
			}
		}
		more, err := r.drainSome(ctx)
		if err != nil {
			return err
		}
		if held && !more {
			break
		}
	}
	r.Counts.unverified.Store(0)
	r.gate.reopen(direct)
	r.log.Info("webhooks go to the database again", "replayed", r.Counts.Replayed.Load()-before, "took", time.Since(began))
	return nil
}

// drainSome stores the oldest records and reports whether there are more.
func (r *Receiver) drainSome(ctx context.Context) (more bool, err error) {
	if r.cfg.Journal == nil {
		return false, nil
	}
	batch, end, more, err := r.cfg.Journal.peek(maxBatch, replayBytes)
	if err != nil {
		return false, err
	}
	if err := r.restore(ctx, batch); err != nil {
		return false, err
	}
	return more, r.cfg.Journal.release(end)
}

// restore stores journalled webhooks. An error means that the database is away;
// a webhook that cannot be used never holds up those behind it.
func (r *Receiver) restore(ctx context.Context, batch []record) error {
	var items []*revived
	for _, rec := range batch {
		events, err := r.revive(ctx, rec)
		if err != nil {
			return err
		}
		for i := range events {
			events[i].seg = rec.seg
			items = append(items, &events[i])
		}
	}
	for len(items) > 0 {
		n := min(len(items), maxBatch)
		if err := r.restoreItems(ctx, items[:n]); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// revived is an event from the journal.
type revived struct {
	item
	seg *segment
}

// revive turns a journalled webhook into events again. It checks the signature
// of one that was accepted unseen.
func (r *Receiver) revive(ctx context.Context, rec record) ([]revived, error) {
	if rec.err != nil {
		r.putAside(rec.seg, "unreadable", rec.err)
		return nil, nil
	}
	e := rec.entry
	p, err := r.cfg.Registry.Get(e.Provider)
	if err != nil {
		r.putAside(rec.seg, "its provider is not served", err)
		return nil, nil
	}
	hook, ok := p.(channel.Webhook)
	if !ok {
		r.putAside(rec.seg, "its provider has no webhooks", nil)
		return nil, nil
	}
	acc, err := r.accounts.get(ctx, e.Provider, e.Key, false)
	switch {
	case errors.Is(err, ErrUnknownAccount):
		r.drop(e, "no such account")
		return nil, nil
	case passing(err):
		return nil, err
	case err != nil:
		r.putAside(rec.seg, "its account cannot be read", err)
		return nil, nil
	}
	req, err := e.request()
	if err == nil && !e.Verified && hook.Verify(acc.channel, req) != nil {
		r.Counts.Refused.Add(1)
		r.drop(e, "signature does not match")
		return nil, nil
	}
	var events []channel.Event
	if err == nil {
		events, err = parse(e.Provider, hook, acc.channel, req)
	}
	if err != nil {
		r.putAside(rec.seg, "it does not parse", nil)
		return nil, nil
	}
	list, err := r.dispatch(ctx, hook, acc, req, events)
	if err != nil {
		return nil, err
	}
	r.Counts.Replayed.Add(1)
	return r.address(ctx, e, list)
}

// address prepares a journalled webhook's events for the database. Where the
// provider gives no time, that of arrival stands: the reply window runs from it.
func (r *Receiver) address(ctx context.Context, e *entry, events []addressed) ([]revived, error) {
	list := make([]revived, 0, len(events))
	for _, x := range events {
		ev := x.event
		normalise(&ev, e.ReceivedAt)
		if ev.At.IsZero() && ev.Kind == channel.KindMessage {
			ev.At = e.ReceivedAt
		}
		in, err := r.inbound(ctx, x.to, ev)
		if passing(err) {
			return nil, err
		}
		if err != nil { // the account is gone for good
			r.drop(e, "no such account")
			return nil, nil
		}
		in.Arrived = e.ReceivedAt
		list = append(list, revived{item: item{in: in}})
	}
	return list, nil
}

func (r *Receiver) restoreItems(ctx context.Context, part []*revived) error {
	items := make([]*item, len(part))
	for i := range part {
		items[i] = &part[i].item
	}
	r.committer.commit(ctx, items)
	for i, it := range items {
		switch {
		case passing(it.err):
			return it.err
		case it.err != nil:
			r.putAside(part[i].seg, "it cannot be stored", nil)
		}
	}
	return nil
}

func (r *Receiver) drop(e *entry, why string) {
	r.Counts.Dropped.Add(1)
	r.log.Warn("journalled webhook dropped", "provider", e.Provider, "verified", e.Verified, "received_at", e.ReceivedAt, "reason", why)
}

// putAside keeps the file of a webhook that was acknowledged and cannot be used.
func (r *Receiver) putAside(s *segment, why string, err error) {
	s.keep = true
	r.Counts.PutAside.Add(1)
	r.log.Error("journalled webhook cannot be used; its file is kept", "segment", s.id, "reason", why, "error", err)
}
