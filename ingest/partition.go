package ingest

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/store/contactdb"
)

// maxBatch is how many events share one commit.
const maxBatch = 256

// A partition stores events one batch after the other. What queues up while a commit
// is under way goes with the next: alone nobody waits, under load a batch grows.
type partition struct {
	queue   chan *item
	busy    gauge
	crowded gauge
}

// ack is what a webhook waits on for all its events.
type ack struct {
	left   atomic.Int32
	done   chan struct{}
	waits  sync.Once
	locked chan struct{} // closed when one of them waits for a lock

	mu  sync.Mutex
	err error
}

func newAck(events int) *ack {
	t := &ack{done: make(chan struct{}), locked: make(chan struct{})}
	t.left.Store(int32(events))
	return t
}

func (t *ack) settle(err error) {
	if err != nil {
		t.mu.Lock()
		t.err = err
		t.mu.Unlock()
	}
	if t.left.Add(-1) == 0 {
		close(t.done)
	}
}

func (t *ack) result() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// partitionOf keeps one customer's events in one lane, and so in order.
func (r *Receiver) partitionOf(in *contactdb.Inbound) *partition {
	var h maphash.Hash
	h.SetSeed(r.seed)
	_, _ = h.Write(in.Account[:])
	_, _ = h.WriteString(in.Event.From)
	return r.lanes[h.Sum64()%uint64(len(r.lanes))]
}

// run commits what comes until stop closes.
func (r *Receiver) run(l *partition, stop <-chan struct{}) {
	batch := make([]*item, 0, maxBatch)
	for {
		batch = l.take(batch[:0], stop)
		if len(batch) == 0 {
			return
		}
		l.crowded.set(len(batch) >= saturatedBatch)
		rest := r.waiting.sift(batch)
		r.commit(rest)
		r.settle(rest)
		clear(batch)
	}
}

// settle tells those who wait what became of their events. What is locked waits on.
func (r *Receiver) settle(items []*item) {
	for _, it := range items {
		if errors.Is(it.err, errLocked) {
			r.waiting.add(it)
			r.Counts.Waited.Add(1)
		} else {
			it.ticket.settle(it.err)
		}
	}
}

// take waits for an event and adds what else has queued. Nothing means stop.
func (l *partition) take(batch []*item, stop <-chan struct{}) []*item {
	select {
	case it := <-l.queue:
		batch = append(batch, it)
	default:
		l.busy.set(false)
		l.crowded.set(false)
		select {
		case it := <-l.queue:
			batch = append(batch, it)
		case <-stop:
			return nil
		}
		l.busy.set(true)
	}
	for len(batch) < maxBatch {
		select {
		case it := <-l.queue:
			batch = append(batch, it)
		default:
			return batch
		}
	}
	return batch
}

// commit stores a batch while the database is in use, and gives it up when it
// turns out to be away.
func (r *Receiver) commit(batch []*item) {
	mode, _, epoch := r.gate.now()
	if mode != direct && mode != closed { // of webhooks that turn back already
		fail(batch, errAway)
		return
	}
	if len(batch) == 0 {
		return
	}
	r.committer.commit(epoch, batch)
	for _, it := range batch {
		if isAway(it.err) {
			r.trip(it.err)
			return
		}
	}
}

// push queues an event, and waits where the queue is full.
func (r *Receiver) push(ctx context.Context, epoch context.Context, it *item) error {
	l := r.partitionOf(&it.in)
	select {
	case l.queue <- it:
		return nil
	default:
	}
	t := time.NewTimer(r.cfg.QueueWait)
	defer t.Stop()
	select {
	case l.queue <- it:
		return nil
	case <-epoch.Done():
		return errAway
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		r.Counts.Busy.Add(1)
		return ErrBusy
	}
}
