package agentstream

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/eventlog"
	"switchboard/store/pg"
)

// How soon the log is read again.
const (
	pendingFirst = time.Millisecond      // committed events wait for an older transaction
	pendingMost  = 25 * time.Millisecond // the same, when that one takes long
	restMost     = 5 * time.Millisecond  // after a read, at most half of the time goes into reading
	retryFirst   = 100 * time.Millisecond
	retryMost    = 2 * time.Second
	pruneBatch   = 5000
)

// read follows the log until ctx ends.
func (h *Hub) read(ctx context.Context) {
	committed, stop := h.store.Events().Watch()
	defer stop()
	timer := time.NewTimer(h.opts.Poll)
	defer timer.Stop()
	pending, failed := time.Duration(0), time.Duration(0)
	for ctx.Err() == nil {
		began := time.Now()
		more, waiting, err := h.readOnce(ctx)
		rest := min(time.Since(began), restMost)
		switch {
		case err != nil:
			if failed == 0 && ctx.Err() == nil {
				h.opts.Log.Warn("event log cannot be read; trying again", "error", err)
			}
			failed = min(max(2*failed, retryFirst), retryMost)
			sleep(ctx, failed)
			continue
		case more:
			pending, failed = 0, 0
			continue
		case waiting:
			pending, failed = min(max(2*pending, pendingFirst), pendingMost), 0
			sleep(ctx, pending)
			continue
		}
		pending, failed = 0, 0
		sleep(ctx, rest)
		timer.Reset(h.opts.Poll)
		select {
		case <-ctx.Done():
		case <-committed:
		case <-h.wake:
		case <-timer.C:
		}
	}
}

// readOnce takes a batch. more: the next one is there already; waiting: events
// are committed that may be read in a moment.
func (h *Hub) readOnce(ctx context.Context) (more, waiting bool, err error) {
	pos, wanted := h.position()
	if !wanted {
		return false, false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	page, err := h.store.EventLog.ReadEvents(ctx, eventlog.EventRead{After: pos, Limit: h.opts.Batch})
	if err != nil {
		return false, false, err
	}
	if !page.Known {
		h.opts.Log.Warn("event log was replaced or pruned; readers fetch anew", "cursor", pos.String())
		return true, false, h.restart(ctx)
	}
	h.broadcast(pos, asEvents(page.Events))
	return len(page.Events) == h.opts.Batch, page.Pending, nil
}

// listen hears of other processes' commits. The connection is made anew when it
// is lost; until then the poll serves.
func (h *Hub) listen(ctx context.Context) error {
	if h.opts.DSN == "" {
		<-ctx.Done()
		return nil
	}
	l := pq.NewDialListener(pg.Dialer{}, h.opts.DSN, retryFirst, retryMost, nil)
	defer l.Close()
	go func() { // Listen blocks while the database is away; closing ends that
		<-ctx.Done()
		_ = l.Close()
	}()
	for _, name := range []string{pg.NotifyEvents, pg.NotifyAccess} {
		if !h.listenTo(ctx, l, name) {
			return nil
		}
	}
	check := time.NewTicker(30 * time.Second)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-l.Notify: // nil after a reconnect, when something may have been missed
			if n == nil || n.Channel == pg.NotifyEvents {
				signal(h.wake)
			}
			if n == nil || n.Channel == pg.NotifyAccess {
				h.store.AccessChangedElsewhere()
			}
		case <-check.C:
			_ = l.Ping() // finds a connection that is half open
		}
	}
}

// listenTo begins to hear of a channel; it reports false when ctx has ended. A
// server that refuses it, as a standby does, may be promoted later.
func (h *Hub) listenTo(ctx context.Context, l *pq.Listener, channel string) bool {
	for logged := false; ; logged = true {
		err := l.Listen(channel)
		if err == nil || errors.Is(err, pq.ErrChannelAlreadyOpen) {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if !logged {
			h.opts.Log.Warn("commits of other processes are only polled", "error", err)
		}
		sleep(ctx, retryMost)
	}
}

// refreshPermissions reads what connected agents may see, and whether what they signed in
// with is still good, every few seconds and at once when something of it changed.
func (h *Hub) refreshPermissions(ctx context.Context) {
	changed, stop := h.store.Access().Watch()
	defer stop()
	tick := time.NewTicker(h.opts.Refresh)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-h.refresh:
		case <-changed:
		}
		h.endRevoked(ctx)
		agents := h.agents()
		if len(agents) == 0 {
			continue
		}
		readers, err := h.store.EventLog.EventReaders(ctx, agents)
		if err != nil {
			continue // what they saw so far they may see; the reader reports the outage
		}
		h.apply(agents, readers)
	}
}

// endRevoked ends the subscriptions whose token is no good any more, and moves the
// others to the scope that they have now. While the database is away they stay:
// nobody can be told anything new.
func (h *Hub) endRevoked(ctx context.Context) {
	subs, tokens := h.tokens()
	if len(tokens) == 0 {
		return
	}
	good, err := h.store.Config.IdentifyAll(ctx, tokens)
	if err != nil {
		return
	}
	for _, s := range subs {
		now := ViewerOf(good[string(s.viewer.Token)])
		people, err := h.peopleOf(ctx, now.Limit)
		if err != nil {
			return
		}
		h.mu.Lock()
		if s.viewer.allowed(good) {
			s.setScope(now, people, h.pos)
		} else {
			s.end(ErrRevoked)
			delete(h.subs, s)
		}
		h.mu.Unlock()
	}
}

// peopleOf are the members of a limit's queues; of everywhere nobody asks.
func (h *Hub) peopleOf(ctx context.Context, limit auditdb.Scope) (map[uuid.UUID]struct{}, error) {
	if limit.All() || limit.None() {
		return nil, nil
	}
	ids, err := h.store.EventLog.MembersOf(ctx, limit.Queues())
	return asSet(ids), err
}

// tokens are those of the subscriptions that have one.
func (h *Hub) tokens() (subs []*Subscription, tokens [][]byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		if s.viewer.Token != nil {
			subs, tokens = append(subs, s), append(tokens, s.viewer.Token)
		}
	}
	return subs, tokens
}

// allowed says whether the viewer is still who they were when they came, by the
// tokens that are good.
func (v Viewer) allowed(good map[string]configdb.Identity) bool {
	id, ok := good[string(v.Token)]
	now := ViewerOf(id)
	return ok && now.Agent == v.Agent && now.People == v.People && now.Accounts == v.Accounts && now.Scope.All() == v.Scope.All()
}

func (h *Hub) agents() []uuid.UUID {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []uuid.UUID
	for s := range h.subs {
		if s.viewer.Agent != uuid.Nil {
			ids = append(ids, s.viewer.Agent)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

func (h *Hub) apply(asked []uuid.UUID, readers map[uuid.UUID]eventlog.EventReader) {
	known := asSet(asked)
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		if _, ok := known[s.viewer.Agent]; !ok {
			continue
		}
		r, exists := readers[s.viewer.Agent]
		if !exists || r.Disabled || r.Role != s.agentRole {
			s.end(ErrRevoked)
			delete(h.subs, s)
			continue
		}
		s.setQueues(asSet(r.Queues), h.pos)
	}
}

func (h *Hub) prune(ctx context.Context) {
	tick := time.NewTicker(h.opts.Prune)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for ctx.Err() == nil {
			n, err := h.store.EventLog.PruneEvents(ctx, time.Now().Add(-h.opts.Retention), pruneBatch)
			if err != nil {
				h.opts.Log.Warn("event log was not pruned", "error", err)
			}
			if err != nil || n < pruneBatch-1 { // of a full batch one row stays
				break
			}
			sleep(ctx, 50*time.Millisecond)
		}
	}
}

// retry does f until it succeeds; false: ctx ended first.
func (h *Hub) retry(ctx context.Context, what string, f func(context.Context) error) bool {
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		err := f(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		h.opts.Log.Warn("event stream waits", "for", what, "error", err)
		sleep(ctx, wait)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
