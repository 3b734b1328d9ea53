package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/domain/routing"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/storetest"
)

// world is a site whose rules, queues and hours are drawn anew for each try.
type world struct {
	*storetest.DB
	site   storetest.Site
	queues []uuid.UUID
	hours  []uuid.NullUUID // always open, closed until the day after tomorrow, never closed
}

func newWorld(t *testing.T) *world {
	w := &world{DB: storetest.New(t)}
	w.site = w.DB.Site(t)
	w.queues = []uuid.UUID{w.site.Queue, queue(t, w.DB), queue(t, w.DB), queue(t, w.DB)}
	w.hours = []uuid.NullUUID{{}, {UUID: hoursAt(t, w.DB, time.Now().AddDate(0, 0, 2), time.Minute), Valid: true}}
	for name, typ := range map[string]routing.Type{"tier": routing.Text, "total": routing.Number} {
		_, err := w.Config.CreateContextVariable(t.Context(), auditdb.Actor{}, configdb.ContextVariable{Workstream: w.site.Workstream, Name: name, Type: typ})
		require.NoError(t, err)
	}
	w.SQL.MustExec(`INSERT INTO contact (name, phone, language) VALUES ('Ada', '+32470000001', 'nl')`)
	return w
}

var conditions = []string{"", "false", `channel.kind == "line"`, `message.text contains "urgent"`, `context.tier == "gold"`, `context.total > 10`,
	`priority < 50`, `skills["dutch"] >= 3`, `capacity_profile == "vip"`, `contact.known and contact.language == "nl"`, `10 % (priority - priority) == 0`,
	`time.hour >= 12`, `time.weekday in ["monday", "friday"]`, `channel.customer_phone startsWith "+32"`, `channel.first_message matches "^h"`}

var outputs = []map[string]routing.Value{
	{"priority": {Literal: 10.0}}, {"priority": {Expr: "priority - 60"}}, {"skill.dutch": {Literal: 4.0}, "context.tier": {Literal: "gold"}},
	{"context.total": {Expr: "context.total + 7"}}, {"capacity_profile": {Literal: "vip"}}, {"context.tier": {Expr: "lower(message.text)"}}, {},
}

func (w *world) drawRules(t *rapid.T) routing.Model {
	var m routing.Model
	when := rapid.SampledFrom(conditions)
	for i := range rapid.IntRange(0, 3).Draw(t, "rulesets") {
		set := routing.Ruleset{Name: fmt.Sprint(i)}
		for j := range rapid.IntRange(0, 4).Draw(t, "rules") {
			set.Rules = append(set.Rules, routing.Rule{Name: fmt.Sprint(j), When: when.Draw(t, "when"), Set: rapid.SampledFrom(outputs).Draw(t, "set")})
		}
		m.Classification = append(m.Classification, set)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "route") {
		r := routing.RouteRule{Name: fmt.Sprint(i), When: when.Draw(t, "when")}
		a, b := rapid.IntRange(0, 3).Draw(t, "a"), rapid.IntRange(0, 3).Draw(t, "b")
		r.Queues = []routing.Share{{Queue: w.queues[a].String(), Percent: 100}}
		if a != b {
			share := rapid.IntRange(1, 99).Draw(t, "percent")
			r.Queues = []routing.Share{{Queue: w.queues[a].String(), Percent: share}, {Queue: w.queues[b].String(), Percent: 100 - share}}
		}
		m.Route.Rules = append(m.Route.Rules, r)
	}
	if rapid.Bool().Draw(t, "fallback") {
		m.Route.Fallback = w.queues[rapid.IntRange(0, 3).Draw(t, "which")].String()
	}
	m.Zone = rapid.SampledFrom([]string{"", "Asia/Tokyo", "America/New_York"}).Draw(t, "zone")
	return m
}

func (w *world) drawOverflow(t *rapid.T, of int) []routing.Overflow {
	var list []routing.Overflow
	once := map[routing.Condition]bool{}
	for range rapid.IntRange(0, 3).Draw(t, "overflow") {
		o := routing.Overflow{When: rapid.SampledFrom(routing.Conditions()).Draw(t, "condition"), Limit: rapid.IntRange(1, 3).Draw(t, "limit"),
			Action: rapid.SampledFrom(routing.Actions()).Draw(t, "action")}
		if once[o.When] || o.Action == routing.Wait && o.When != routing.OutOfHours || o.Action == routing.Assign && o.When == routing.Waited {
			continue
		}
		once[o.When] = true
		switch o.When {
		case routing.OutOfHours:
			o.Limit = 0
		case routing.LongestWait, routing.ExpectedWait, routing.Waited:
			o.Limit *= 600
		case routing.Size:
		}
		switch o.Action {
		case routing.Transfer:
			o.To = w.queues[(of+rapid.IntRange(1, 3).Draw(t, "to"))%4].String()
		case routing.Callback:
			o.After = 900
		case routing.Assign, routing.Wait, routing.End:
		}
		list = append(list, o)
	}
	return list
}

// fill lets queues have a past: who waits, for how long, and who was accepted.
const fill = `
UPDATE conversation SET entered_at = now() - make_interval(mins => $2), state = CASE WHEN $3 THEN 'active' ELSE state END,
  accepted_at = CASE WHEN $3 THEN now() - interval '1 minute' END WHERE id = $1`

func decisionJSON(t require.TestingT, d routing.Decision) string {
	data, err := json.MarshalIndent(d, "", " ")
	require.NoError(t, err)
	return string(data)
}

// What a simulation says is what happens, for any rules, queues, hours and
// customers, and the simulation itself leaves no trace.
func TestSimulate_IsWhatHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	const everything = `SELECT (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM conversation c) || (SELECT count(*) FROM event) || ' ' ||
	  (SELECT count(*) FROM routing_decision) || ' ' || (SELECT count(*) FROM message) || ' ' || (SELECT count(*) FROM audit) || (SELECT md5(string_agg(p::text, '' ORDER BY id)) FROM contact_point p)`
	outcomes := map[routing.Outcome]int{}
	rapid.Check(t, func(t *rapid.T) {
		w.SQL.MustExec(`UPDATE conversation SET state = 'closed', hold = NULL, held_until = NULL WHERE state <> 'closed'`)
		_, _, err := w.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, w.site.Workstream, admindb.RoutingChange{Rules: w.drawRules(t)})
		require.NoError(t, err)
		for i, q := range w.queues {
			_, err := w.Admin.SetOverflow(ctx, auditdb.Actor{}, q, w.drawOverflow(t, i))
			require.NoError(t, err)
			w.SQL.MustExec(`UPDATE queue SET operating_hours_id = $2 WHERE id = $1`, q, rapid.SampledFrom(w.hours).Draw(t, "hours"))
		}
		address := rapid.IntRange(0, 4).Draw(t, "address") == 0
		w.SQL.MustExec(`UPDATE address SET operating_hours_id = CASE WHEN $1 THEN $2::uuid END`, address, w.hours[1])
		w.SQL.MustExec(`UPDATE workstream SET style = $1, queue_id = $2`, rapid.SampledFrom([]string{"messaging", "live"}).Draw(t, "style"),
			rapid.SampledFrom(w.queues).Draw(t, "own"))
		for range rapid.IntRange(1, 4).Draw(t, "conversations") {
			customer := rapid.SampledFrom([]string{"", "+32470000001"}).Draw(t, "customer")
			if customer == "" || countOf(w, `SELECT count(*) FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = $1 AND c.state <> 'closed'`, customer) > 0 {
				customer = uuid.NewString()
			}
			id := w.writes(t, customer, rapid.SampledFrom([]string{"hello", "this is urgent", "GOLD"}).Draw(t, "text"))
			if rapid.Bool().Draw(t, "values") {
				_, err := w.Conversation.SetContext(ctx, id, map[string]any{"tier": "gold", "total": float64(rapid.IntRange(0, 20).Draw(t, "total"))})
				require.NoError(t, err)
			}
			outcomes[w.compare(t, id, everything)]++
			w.SQL.MustExec(fill, id, rapid.IntRange(0, 60).Draw(t, "waited"), rapid.Bool().Draw(t, "accepted"))
		}
	})
	for _, o := range []routing.Outcome{routing.Queued, routing.Held, routing.Ended} { // more than a quarter of all each
		require.NotZero(t, outcomes[o], "no conversation was %s: %v", o, outcomes)
	}
}

// compare simulates a conversation that begins, lets it begin, and holds the
// decision against the simulation of the same moment.
func (w *world) compare(t *rapid.T, id uuid.UUID, everything string) routing.Outcome {
	ctx := context.Background()
	var was, before, after string
	require.NoError(t, w.SQL.Get(&was, `SELECT context FROM conversation WHERE id = $1`, id))
	require.NoError(t, w.SQL.Get(&before, everything))
	first, err := w.Admin.Simulate(ctx, admindb.Simulation{Workstream: w.site.Workstream, Conversation: id})
	require.NoError(t, err)
	require.NoError(t, w.SQL.Get(&after, everything))
	require.Equal(t, before, after, "a simulation changes nothing")

	_, err = w.Conversation.Begin(ctx, id)
	require.NoError(t, err)
	list, err := w.Conversation.Decisions(ctx, id, auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)
	real := list[0]
	// What rules set is there now; without it the facts are those of before.
	w.SQL.MustExec(`UPDATE conversation c SET context = $2 WHERE id = $1`, id, was)
	same, err := w.Admin.Simulate(ctx, admindb.Simulation{Workstream: w.site.Workstream, Conversation: id, At: real.At})
	require.NoError(t, err)
	require.Equal(t, decisionJSON(t, real.Decision), decisionJSON(t, same.Decision))
	if first.Facts.Time == same.Facts.Time { // the minute is the same
		require.Equal(t, []any{real.Decision.Queue, real.Decision.Outcome, real.Decision.Reason},
			[]any{first.Decision.Queue, first.Decision.Outcome, first.Decision.Reason})
	}
	var row struct {
		Queue    string `db:"queue_id"`
		Hold     string `db:"hold"`
		Priority int    `db:"priority"`
	}
	require.NoError(t, w.SQL.Get(&row, `SELECT queue_id, COALESCE(hold, '') AS hold, priority FROM conversation WHERE id = $1`, id))
	hold := map[routing.Outcome]string{routing.Queued: "", routing.Held: "hours", routing.Later: "callback", routing.Ended: "end"}[real.Decision.Outcome]
	require.Equal(t, []any{real.Decision.Queue, hold}, []any{row.Queue, row.Hold})
	if p := real.Decision.Priority; p != nil {
		require.Equal(t, *p, row.Priority)
	}
	return real.Decision.Outcome
}

func (w *world) writes(t *rapid.T, customer, text string) uuid.UUID {
	_, err := w.Message.StoreMessages(context.Background(), []contactdb.Inbound{message(w.site, customer, uuid.NewString(), text)})
	require.NoError(t, err)
	var id uuid.UUID
	require.NoError(t, w.SQL.Get(&id, `SELECT c.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = $1 AND c.state <> 'closed'`, customer))
	return id
}

func countOf(w *world, query string, args ...any) (n int) {
	if err := w.SQL.Get(&n, query, args...); err != nil {
		panic(err)
	}
	return n
}
