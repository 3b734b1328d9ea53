package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"switchboard/store/contactdb"
)

// customer is whose events keep their order: of reports that name nobody, those
// about one message.
type customer struct {
	account  uuid.UUID
	from     string
	unnamed  bool
	provider string
}

func customerOf(in *contactdb.Inbound) customer {
	if in.Event.From != "" {
		return customer{account: in.Account, from: in.Event.From}
	}
	c := customer{account: in.Account, from: in.Event.Ref, unnamed: true, provider: in.Event.MessageID}
	if c.from == "" && c.provider == "" {
		c.provider = in.Event.ID
	}
	return c
}

// waiting holds the events of customers whose rows another session keeps locked,
// in order, and so keeps all others from waiting for the same lock. Each customer
// is in one lane, so that nothing of theirs gets past what waits here.
type waiting struct {
	mu      sync.Mutex
	events  map[customer][]*item
	order   []customer    // who waits, the longest first
	more    chan struct{} // told when somebody begins to wait
	writing int           // webhooks on their way to the journal
	kept    position      // behind the last that was journalled
	logged  time.Time
}

func newWaiting() *waiting {
	return &waiting{events: map[customer][]*item{}, more: make(chan struct{}, 1)}
}

// sift puts aside the events of those who wait already, and returns the others.
func (w *waiting) sift(batch []*item) []*item {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) == 0 {
		return batch
	}
	var rest []*item
	for _, it := range batch {
		if c := customerOf(&it.in); w.events[c] != nil {
			w.put(c, it)
		} else {
			rest = append(rest, it)
		}
	}
	return rest
}

// add lets an event wait whose rows are locked.
func (w *waiting) add(it *item) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := customerOf(&it.in)
	if w.events[c] == nil {
		w.order = append(w.order, c)
	}
	w.put(c, it)
	select {
	case w.more <- struct{}{}:
	default:
	}
}

func (w *waiting) put(c customer, it *item) {
	w.events[c] = append(w.events[c], it)
	it.ticket.waits.Do(func() { close(it.ticket.locked) })
}

// oldest returns what has waited longest, as much as fits into a commit.
func (w *waiting) oldest() []*item {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []*item
	for _, c := range w.order {
		own := w.events[c]
		list = append(list, own[:min(len(own), maxBatch-len(list))]...)
		if len(list) == maxBatch {
			break
		}
	}
	return list
}

// done settles what was tried; what is still locked stays, and its customers are
// tried after all others. It returns how many wait.
func (w *waiting) done(tried []*item) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	tell := map[customer]bool{}
	for _, it := range tried {
		c := customerOf(&it.in)
		tell[c] = true
		if errors.Is(it.err, errLocked) {
			continue
		}
		w.events[c] = w.events[c][1:] // those before it were stored too
		it.ticket.settle(it.err)
	}
	var first, last []customer
	for _, c := range w.order {
		switch {
		case len(w.events[c]) == 0:
			delete(w.events, c)
		case tell[c]:
			last = append(last, c)
		default:
			first = append(first, c)
		}
	}
	w.order = append(first, last...)
	return len(w.order)
}

// giveUp ends all waiting with an error.
func (w *waiting) giveUp(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.order {
		for _, it := range w.events[c] {
			it.ticket.settle(err)
		}
	}
	clear(w.events)
	w.order = nil
	w.kept = position{} // what is in the journal is replayed
}

// retryEvery is how often locked rows are looked at.
const retryEvery = 200 * time.Millisecond

// retryLocked stores what waits once the locks are gone, until stop closes.
func (r *Receiver) retryLocked(stop <-chan struct{}) {
	for {
		select {
		case <-r.waiting.more:
		case <-stop:
			return
		}
		for left := 1; left > 0; {
			mode, changed, epoch := r.gate.now()
			tick := time.NewTimer(retryEvery)
			select {
			case <-tick.C:
			case <-changed:
			case <-stop:
				tick.Stop()
				return
			}
			tick.Stop()
			if mode != direct && mode != closed { // they turn back, with all others
				r.waiting.giveUp(errAway)
				break
			}
			left = r.retryOldest(epoch)
		}
	}
}

// retryOldest tries what has waited longest and returns how many customers wait.
func (r *Receiver) retryOldest(epoch context.Context) int {
	list := r.waiting.oldest()
	r.committer.commit(epoch, list)
	for _, it := range list {
		if isAway(it.err) {
			r.trip(it.err)
			r.waiting.giveUp(it.err)
			return 0
		}
	}
	left := r.waiting.done(list)
	if left == 0 {
		r.releaseKept()
		return 0
	}
	if r.waiting.mayLog() {
		r.log.Warn("customers wait because another session of the database keeps their rows locked; others are served", "customers", left)
	}
	return left
}

func (w *waiting) mayLog() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.logged) < repeatLog {
		return false
	}
	w.logged = time.Now()
	return true
}

// keepLocked journals a webhook that waited for long enough, so that it can be
// answered. It goes on waiting; a crash before it is stored lets it be replayed.
// The caller is inside the gate: what others write to the journal comes later.
func (r *Receiver) keepLocked(ctx context.Context, e *entry) error {
	frame, err := r.frame(e)
	if err != nil {
		return err
	}
	w := r.waiting
	w.mu.Lock()
	w.writing++
	w.mu.Unlock()
	err = r.keep(ctx, frame)
	w.mu.Lock()
	w.writing--
	if err == nil {
		w.kept = r.cfg.Journal.written()
	}
	idle := len(w.order) == 0
	w.mu.Unlock()
	if idle {
		r.releaseKept()
	}
	return err
}

// releaseKept empties the journal of what is stored by now.
func (r *Receiver) releaseKept() {
	w := r.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.order) > 0 || w.writing > 0 || w.kept == (position{}) {
		return
	}
	if mode, _, _ := r.gate.now(); mode != direct {
		return // replay finds it
	}
	if err := r.cfg.Journal.releaseTo(w.kept); err != nil {
		r.log.Error("journal", "error", err)
	}
	w.kept = position{}
}
