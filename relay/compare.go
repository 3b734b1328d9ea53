package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"switchboard/store/pg"
)

// Comparison holds every conversation that is not closed against its workflow and
// its bell, all the time, and mends what differs.
//
// A row and its workflow part in few ways: an update was lost after it had written
// the row, somebody terminated the workflow, one of the two databases was restored
// or emptied. None of them leaves a trace that could be waited for, so both sides
// are listed and compared. It costs workflows nothing, however many are parked:
//
//   - Temporal lists running workflows a thousand a call, with the state and the
//     row's version that each shows as search attributes (OcState, OcVersion);
//     twenty calls for 20,000, two a second, of the ten a second that it grants.
//   - The same rows are read by their ids, a thousand at a time, and compared. A
//     closed row whose workflow runs differs, and a workflow without a row.
//   - Rows that are not closed are walked along their unique index. One that
//     Temporal did not list has no workflow.
//
// These lists may be late, so what they say is only suspected. Each suspicion is
// looked at once more, a while later, with DescribeWorkflowExecution, which is not
// late: between two equal readings of the row the workflow shows another version,
// has nothing to do that would change that, and no bell waits to be rung. Only
// that is a difference. The workflow is told to read its row, or is started from
// it, and the next round proves it mended. One that stays is tried less and less
// often and logged as an error.
//
// Of all processes one does it at a time.
type Comparison struct {
	Relay  *Relay
	Node   string        // names this process
	Every  time.Duration // pause between two rounds; DefaultCompareEvery if 0
	Counts Counts

	tried map[uuid.UUID]tries
	stuck map[string]tries // by workflow ID
}

// Difference is how a row and its workflow differ.
type Difference string

// Differences.
const (
	Version   Difference = "version"     // the workflow knows another version of its row
	Missing   Difference = "no_workflow" // the row is not closed and nothing runs
	Lingering Difference = "closed"      // the row is closed and its workflow goes on
	Unsent    Difference = "unsent"      // the row is closed, something is to be sent, and nothing runs
	Orphan    Difference = "no_row"      // a workflow runs for a row that is not there
)

// Differences lists all.
func Differences() []Difference { return []Difference{Version, Missing, Lingering, Unsent, Orphan} }

// Counts tell what was found, since the process began or in the last round.
type Counts struct {
	Found, Mended [5]atomic.Int64 // by the index in Differences
	Compared      atomic.Int64    // conversations and workflows in the last round
	Standing      atomic.Int64    // differences in the last round
	Stuck         atomic.Int64    // workflows that were ended because their task kept failing
	Rounds        atomic.Int64
	LastRound     atomic.Int64 // when it ended, in Unix seconds
}

const (
	// DefaultCompareEvery is the pause between two comparisons of everything.
	DefaultCompareEvery = 15 * time.Second

	comparePage  = 1000                   // as many as Temporal lists in one call
	pagePause    = 500 * time.Millisecond // between calls
	settleFor    = 2 * time.Second        // for what is under way when it is first seen
	mendPause    = 20 * time.Millisecond  // between repairs: 50 a second
	turnName     = "comparison"
	turnLasts    = 20 * time.Second // without a word; who dies or freezes keeps nobody from it for longer
	turnEvery    = 5 * time.Second
	stubborn     = 3 // repairs after which a difference is an error
	longestPause = 10 * time.Minute
	unsentFor    = 30 * time.Second
	toldEach     = 10 // differences of a round that are logged one by one
)

// tries are the repairs of one conversation that did not last.
type tries struct {
	n    int
	next time.Time
}

// Run compares until ctx ends.
func (c *Comparison) Run(ctx context.Context) error {
	if c.Every <= 0 {
		c.Every = DefaultCompareEvery
	}
	c.tried = map[uuid.UUID]tries{}
	for said := false; ; {
		err := c.round(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !said {
			c.log().Warn("conversations were not compared with their workflows", "error", err)
		}
		said = err != nil
		if !sleep(ctx, c.Every) {
			return nil
		}
	}
}

func (c *Comparison) log() *slog.Logger { return c.Relay.Log }

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// turn is this process's right to compare, which it must prolong.
type turn struct {
	c     *Comparison
	until time.Time
}

var errTurn = errors.New("another process compares now")

func (t *turn) keep(ctx context.Context) error {
	if time.Now().Before(t.until) {
		return nil
	}
	mine, err := t.c.Relay.Store.TakeTurn(ctx, turnName, t.c.Node, turnLasts)
	if err != nil {
		return err
	}
	if !mine {
		return errTurn
	}
	t.until = time.Now().Add(turnEvery)
	return nil
}

// round compares everything once.
func (c *Comparison) round(ctx context.Context) error {
	began, t := time.Now(), &turn{c: c}
	if err := t.keep(ctx); errors.Is(err, errTurn) {
		return nil
	} else if err != nil {
		return err
	}
	ended, err := c.endStuck(ctx)
	c.Counts.Stuck.Add(int64(ended))
	if err != nil {
		return err
	}
	running, suspects, err := c.compareRunning(ctx, t)
	if err != nil {
		return err
	}
	missing, rows, err := c.compareRows(ctx, t, running, began)
	if err != nil {
		return err
	}
	standing, err := c.settle(ctx, t, append(suspects, missing...))
	if err != nil {
		return err
	}
	c.Counts.Compared.Store(int64(max(rows, len(running))))
	c.Counts.Standing.Store(int64(standing))
	c.Counts.LastRound.Store(time.Now().Unix())
	c.Counts.Rounds.Add(1)
	_, err = c.Relay.Store.TakeTurn(ctx, turnName, c.Node, c.Every) // nobody begins before
	return err
}

// compareRunning lists all that runs and returns it, and what is not as its row.
func (c *Comparison) compareRunning(ctx context.Context, t *turn) (map[uuid.UUID]bool, []uuid.UUID, error) {
	running := map[uuid.UUID]bool{}
	var suspects []uuid.UUID
	for token := []byte(nil); ; {
		page, next, err := c.Relay.listRunning(ctx, token)
		if err != nil {
			return nil, nil, err
		}
		ids := make([]uuid.UUID, len(page))
		for i, w := range page {
			ids[i], running[w.id] = w.id, true
		}
		rows, err := c.Relay.Store.Standings(ctx, ids)
		if err != nil {
			return nil, nil, err
		}
		for _, w := range page {
			if row, there := rows[w.id]; !there || w.differs(row.State, row.Version) {
				suspects = append(suspects, w.id)
			}
		}
		if token = next; len(token) == 0 {
			return running, suspects, nil
		}
		if !sleep(ctx, pagePause) {
			return nil, nil, ctx.Err()
		}
		if err := t.keep(ctx); err != nil {
			return nil, nil, err
		}
	}
}

// compareRows walks all rows that were there when the round began and returns
// those of which nothing runs.
func (c *Comparison) compareRows(ctx context.Context, t *turn, running map[uuid.UUID]bool, began time.Time) ([]uuid.UUID, int, error) {
	unsent, err := c.Relay.Store.ClosedUnsent(ctx, unsentFor, comparePage)
	if err != nil {
		return nil, 0, err
	}
	suspects := slices.DeleteFunc(unsent, func(id uuid.UUID) bool { return running[id] })
	rows := 0
	for last := (pg.Living{}); ; {
		page, err := c.Relay.Store.LivingAfter(ctx, last, time.Since(began), comparePage)
		if err != nil {
			return nil, 0, err
		}
		rows += len(page)
		for _, l := range page {
			if !running[l.ID] {
				suspects = append(suspects, l.ID)
			}
		}
		if len(page) < comparePage {
			return suspects, rows, nil
		}
		last = page[len(page)-1]
		if err := t.keep(ctx); err != nil {
			return nil, 0, err
		}
	}
}

// settle looks at what was suspected once more and mends what differs. It returns
// how many did.
func (c *Comparison) settle(ctx context.Context, t *turn, suspects []uuid.UUID) (int, error) {
	before := c.tried
	c.tried = map[uuid.UUID]tries{}
	if len(suspects) == 0 {
		return 0, nil
	}
	if !sleep(ctx, settleFor) {
		return 0, ctx.Err()
	}
	found, mended := 0, 0
	for _, id := range suspects {
		if err := t.keep(ctx); err != nil {
			return 0, err
		}
		d, err := c.Relay.lookAt(ctx, id)
		if err != nil {
			return 0, err
		}
		if d == nil {
			continue
		}
		found++
		if c.mend(ctx, d, before[id], found <= toldEach) {
			mended++
		}
		if !sleep(ctx, mendPause) {
			return 0, ctx.Err()
		}
	}
	if found > toldEach {
		c.log().Warn("conversations and workflows differed", "found", found, "mended", mended)
	}
	return found, nil
}

// mend tells a workflow to read its row, or starts it.
func (c *Comparison) mend(ctx context.Context, d *different, tried tries, tell bool) bool {
	at := slices.Index(Differences(), d.kind)
	c.Counts.Found[at].Add(1)
	now := time.Now()
	if now.Before(tried.next) {
		c.tried[d.id] = tried
		return false
	}
	pause := min(c.Every<<tried.n, longestPause)
	c.tried[d.id] = tries{n: min(tried.n+1, 10), next: now.Add(pause)}
	log := c.log().With("conversation_id", d.id, "difference", d.kind, "row", d.row, "workflow", d.workflow)
	err := c.Relay.tell(ctx, d)
	switch {
	case err != nil:
		log.Warn("conversation and workflow differ and were not mended", "error", err)
		return false
	case tried.n >= stubborn:
		log.Error("conversation and workflow still differ", "times", tried.n)
	case tell:
		log.Warn("conversation and workflow differed; the workflow reads its row")
	}
	c.Counts.Mended[at].Add(1)
	return true
}

// point is where a row or a workflow stands, for the log.
func point(state string, version int64) string { return fmt.Sprintf("%s v%d", state, version) }
