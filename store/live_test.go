package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/domain/metric"
	"switchboard/store/auditdb"
	"switchboard/store/factdb"
	"switchboard/store/livedb"
	"switchboard/store/storetest"
)

// named are the figures by their names.
func named(f livedb.Figures) map[string]int {
	return map[string]int{metric.Ongoing: f.Ongoing, metric.Waiting: f.Waiting, metric.Offered: f.Offered, metric.Held: f.Held, metric.Active: f.Active,
		metric.Unanswered: f.Unanswered, metric.Parked: f.Parked, metric.WrapUp: f.WrapUp}
}

// shaken puts conversations into states of every kind.
const shaken = `
UPDATE conversation SET state = x.state, hold = x.hold, held_until = CASE WHEN x.hold IS NOT NULL THEN now() END, agent_id = x.agent, unanswered_since = x.since, queue_id = x.queue,
  offer_id = CASE WHEN x.offered THEN gen_random_uuid() END, offer_agent_id = CASE WHEN x.offered THEN $2::uuid END,
  waiting_since = CASE WHEN x.state = 'open' THEN now() - interval '1 hour' END
FROM (SELECT id, CASE WHEN n % 6 IN (0, 5) THEN 'open' ELSE (ARRAY['active', 'waiting', 'wrap-up', 'closed'])[n % 6] END AS state,
             CASE WHEN n % 12 = 0 THEN 'hours' END AS hold, CASE WHEN n % 6 NOT IN (0, 5) THEN $2::uuid END AS agent,
             CASE WHEN n % 7 < 3 THEN now() END AS since, n % 12 = 5 AS offered, CASE WHEN n % 5 = 0 THEN NULL WHEN n % 2 = 0 THEN $3::uuid ELSE $4::uuid END AS queue
      FROM (SELECT id, (hashtext(id::text || $1) & 1048575) AS n FROM conversation) k) x
WHERE conversation.id = x.id`

// Each figure has a list that is as long as it says, in every scope, and the states
// make up the whole.
func TestLive_FiguresAreAsLongAsTheirLists(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site, other := db.Site(t), db.Site(t)
	agent := db.Agents(t, &site, 1, 100)[0]
	db.Waiting(t, site, 90)
	rapid.Check(t, func(r *rapid.T) {
		db.SQL.MustExec(shaken, fmt.Sprint(rapid.IntRange(0, 1_000_000).Draw(r, "seed")), agent, site.Queue, other.Queue)
		scope := rapid.SampledFrom([]auditdb.Scope{auditdb.Everywhere(), auditdb.InQueues(site.Queue), auditdb.InQueues(site.Queue, other.Queue), auditdb.InQueues()}).Draw(r, "scope")
		rows, err := db.Live.ByQueue(t.Context(), scope)
		require.NoError(r, err)
		var total livedb.Figures
		name := rapid.SampledFrom(metric.Live()).Draw(r, "figure").Name
		for _, row := range rows {
			requireLength(r, t, db, scope, livedb.Filter{Figure: name, Queue: row.ID, NoQueue: !row.ID.Valid}, named(row.Figures)[name])
			total.Add(row.Figures)
		}
		requireLength(r, t, db, scope, livedb.Filter{Figure: name}, named(total)[name])
		require.Equal(r, total.Ongoing, total.Waiting+total.Held+total.Active+total.Parked+total.WrapUp, "nothing is in two states, or in none")
		byChannel, err := db.Live.ByChannel(t.Context(), scope)
		require.NoError(r, err)
		byStream, err := db.Live.ByWorkstream(t.Context(), scope)
		require.NoError(r, err)
		var channels, streams livedb.Figures
		for _, c := range byChannel {
			channels.Add(c.Figures)
		}
		for _, w := range byStream {
			streams.Add(w.Figures)
		}
		require.Equal(r, named(total), named(channels))
		require.Equal(r, named(total), named(streams))
	})
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', hold = NULL, held_until = NULL, offer_id = NULL, offer_agent_id = NULL, closed_at = now()`)
	rows, err := db.Live.ByQueue(t.Context(), auditdb.InQueues(site.Queue))
	require.NoError(t, err)
	require.Len(t, rows, 1, "a queue is shown although nothing is in it")
	require.Equal(t, 1, rows[0].Available)
}

// requireLength walks a list page by page.
func requireLength(r *rapid.T, t *testing.T, db *storetest.DB, scope auditdb.Scope, f livedb.Filter, want int) {
	f.Order = rapid.SampledFrom([]string{livedb.LongestWait, livedb.Newest, livedb.Oldest, livedb.Idle}).Draw(r, "order")
	seen, p := map[uuid.UUID]bool{}, auditdb.Page{Limit: 37}
	for {
		list, err := db.Live.Conversations(t.Context(), scope, f, p)
		require.NoError(r, err)
		for _, c := range list {
			require.False(r, seen[c.ID], "once")
			seen[c.ID] = true
			require.Equal(r, want, c.Total, f.Figure)
			p.After = auditdb.Cursor{At: c.Place, ID: c.ID}
		}
		if len(list) < p.Limit {
			break
		}
	}
	require.Len(r, seen, want, "%s %s", f.Figure, f.Order)
}

func TestLive_Agents(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site, other := db.Site(t), db.Site(t)
	mia, bo := db.Agents(t, &site, 2, 5)[0], db.Agents(t, &other, 1, 5)[0]
	db.SQL.MustExec(`UPDATE agent SET name = 'Mia' WHERE id = $1`, mia)
	ids := db.Waiting(t, site, 3)
	db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, unanswered_since = now() WHERE id = $1`, ids[0], mia)
	db.SQL.MustExec(`UPDATE conversation SET state = 'waiting', agent_id = $2 WHERE id = $1`, ids[1], mia)
	db.SQL.MustExec(`UPDATE conversation SET offer_id = gen_random_uuid(), offer_agent_id = $2 WHERE id = $1`, ids[2], mia)
	db.SQL.MustExec(`UPDATE agent_status SET presence = 'away' WHERE agent_id = $1`, mia)
	list := func(scope auditdb.Scope, f livedb.AgentFilter) []livedb.Agent {
		t.Helper()
		out, err := db.Live.Agents(t.Context(), scope, f, auditdb.Page{Limit: 100})
		require.NoError(t, err)
		return out
	}
	require.Len(t, list(auditdb.Everywhere(), livedb.AgentFilter{}), 3)
	require.Len(t, list(auditdb.InQueues(site.Queue), livedb.AgentFilter{}), 2)
	require.Empty(t, list(auditdb.InQueues(), livedb.AgentFilter{}))
	require.Equal(t, bo, list(auditdb.Everywhere(), livedb.AgentFilter{Queue: uuid.NullUUID{UUID: other.Queue, Valid: true}})[0].ID)
	found := list(auditdb.Everywhere(), livedb.AgentFilter{Search: "mI", Presences: []string{"away", "offline"}})
	require.Len(t, found, 1)
	a := found[0]
	require.Equal(t, []int{1, 1, 1, 1, 0}, []int{a.Offered, a.Active, a.Unanswered, a.Parked, a.WrapUp})
	require.NotNil(t, a.Since)
	require.WithinDuration(t, time.Now(), *a.Since, time.Minute)
	spans, err := db.Facts.Intervals(t.Context(), mia)
	require.NoError(t, err)
	require.Equal(t, []string{"available", "away"}, []string{spans[0].Presence, spans[1].Presence})
	require.Equal(t, *spans[0].Ended, spans[1].Began.Add(spans[0].Ended.Sub(spans[1].Began)))
	require.Nil(t, spans[1].Ended)
}

// A model of what the rows of a conversation say: where it waits, and what has
// become of each visit of a queue.
type visit struct {
	queue   uuid.UUID
	offers  int
	outcome string
}

type lifeModel struct {
	state   string
	queue   uuid.UUID
	held    bool
	offered bool
	visits  []visit
}

func (m *lifeModel) waits() bool { return m.state == "open" && m.queue != uuid.Nil && !m.held }

// becomes changes the model, and writes down what follows for the visits.
func (m *lifeModel) becomes(change func(*lifeModel)) {
	before := *m
	change(m)
	if m.state != "open" || m.held {
		m.offered = false
	}
	if before.waits() && (!m.waits() || m.queue != before.queue) {
		out := factdb.Abandoned
		switch {
		case m.state == "open" && m.queue != before.queue:
			out = factdb.Moved
		case m.state == "open":
			out = factdb.Held
		case m.state == "active":
			out = factdb.Accepted
		}
		m.visits[len(m.visits)-1].outcome = out
	}
	if m.waits() && (!before.waits() || m.queue != before.queue) {
		m.visits = append(m.visits, visit{queue: m.queue})
		before.offered = false
	}
	if m.waits() && m.offered && !before.offered {
		m.visits[len(m.visits)-1].offers++
	}
}

const becomes = `
UPDATE conversation SET state = $2, queue_id = $3, hold = CASE WHEN $4 THEN 'hours' END, held_until = CASE WHEN $4 THEN now() END, agent_id = CASE WHEN $2 IN ('open', 'closed') THEN NULL ELSE $6::uuid END,
  offer_id = CASE WHEN $5 THEN COALESCE(offer_id, gen_random_uuid()) END, offer_agent_id = CASE WHEN $5 THEN $6::uuid END,
  waiting_since = CASE WHEN $2 = 'open' THEN COALESCE(waiting_since, now()) END, close_reason = CASE WHEN $2 = 'closed' THEN 'test' END
WHERE id = $1`

// Whatever happens to a conversation, the facts that were written on the way are
// those that its states give when they are looked at afterwards.
func TestFacts_VisitsAreWhatTheRowsWereInTurn(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site, other := db.Site(t), db.Site(t)
	agent := db.Agents(t, &site, 1, 100)[0]
	steps := map[string]func(*lifeModel){
		"offer":   func(m *lifeModel) { m.offered = m.state == "open" },
		"lapse":   func(m *lifeModel) { m.offered = false },
		"accept":  func(m *lifeModel) { m.state, m.held = "active", false },
		"park":    func(m *lifeModel) { m.state, m.held = "waiting", false },
		"reopen":  func(m *lifeModel) { m.state = "open" },
		"move":    func(m *lifeModel) { m.queue, m.offered = other.Queue, false },
		"back":    func(m *lifeModel) { m.queue, m.offered = site.Queue, false },
		"hold":    func(m *lifeModel) { m.held = m.state == "open" },
		"release": func(m *lifeModel) { m.held = false },
		"close":   func(m *lifeModel) { m.state, m.held = "closed", false },
	}
	names := []string{"offer", "lapse", "accept", "park", "reopen", "move", "back", "hold", "release", "close"}
	rapid.Check(t, func(r *rapid.T) {
		id := db.Waiting(t, site, 1)[0]
		m := lifeModel{}
		m.becomes(func(m *lifeModel) { m.state, m.queue = "open", site.Queue })
		for i := range rapid.IntRange(1, 12).Draw(r, "steps") {
			step := rapid.SampledFrom(names).Draw(r, fmt.Sprint(i))
			if m.state == "waiting" && step == "accept" || m.state == "open" && step == "park" {
				continue // no such transition
			}
			m.becomes(steps[step])
			db.SQL.MustExec(becomes, id, m.state, m.queue, m.held, m.offered, agent)
			if m.state == "closed" {
				break
			}
		}
		list, err := db.Facts.Segments(t.Context(), id)
		require.NoError(r, err)
		got := []visit{}
		for _, s := range list {
			v := visit{queue: s.Queue, offers: s.Offers}
			if s.Outcome != nil {
				v.outcome = *s.Outcome
			}
			require.Equal(r, s.Offers > 0, s.FirstOffer != nil)
			require.Equal(r, v.outcome == factdb.Accepted, s.Agent.Valid)
			require.Equal(r, v.outcome == factdb.Moved, s.ToQueue.Valid)
			got = append(got, v)
		}
		require.ElementsMatch(r, m.visits, got)
	})
}

// What passes through a queue within one transaction did not wait there.
func TestFacts_PassingThroughIsNoVisit(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site, other := db.Site(t), db.Site(t)
	agent := db.Agents(t, &site, 1, 100)[0]
	id := db.Waiting(t, site, 1)[0]
	db.SQL.MustExec(becomes, id, "active", site.Queue, false, false, agent)
	tx := db.SQL.MustBegin()
	tx.MustExec(becomes, id, "open", site.Queue, false, false, agent)
	tx.MustExec(becomes, id, "open", other.Queue, false, false, agent)
	require.NoError(t, tx.Commit())
	list, err := db.Facts.Segments(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, []uuid.UUID{site.Queue, other.Queue}, []uuid.UUID{list[0].Queue, list[1].Queue})
	require.Nil(t, list[1].Outcome)
}
