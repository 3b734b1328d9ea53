package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// Rules that are not saved yet are tried with conversations of the past.
func TestRouting_Compare(t *testing.T) {
	b := setup(t)
	path, night := b.routed()
	id := b.waiting().String() // wrote "Hello?", which the rule Hello takes
	b.db.SQL.MustExec(`UPDATE conversation SET context = '{"tier": "gold"}', created_at = $2 WHERE id = $1`, id, b.clock.now().Add(-60e9))
	b.db.SQL.MustExec(`DELETE FROM routing_decision WHERE conversation_id = $1`, id)
	b.db.SQL.MustExec(`INSERT INTO routing_decision (conversation_id, version, at, decision) VALUES ($1, 1, now(), '{"context": {"tier": "gold"}}')`, id)
	trace := `SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM audit) + (SELECT count(*) FROM routing_decision) + (SELECT version FROM conversation WHERE id = $1)`
	before := b.count(trace, id)

	same := b.post(path+"/routing-rules/compare", b.admin, obj{"rules": b.rules(night)}).is(200)
	require.Equal(t, []any{1.0, 1.0, 0.0, 0.0, false}, []any{same.get("version"), same.get("checked"), same.get("moved"), same.get("reclassified"), same.get("more")})

	draft := b.rules(night)
	draft["route"] = obj{"rules": []obj{
		{"name": "Gold", "when": `context.tier == "gold"`, "queues": []obj{{"queue": b.site.Queue, "percent": 100}}}, // which a rule set then
		{"name": "All", "when": "", "queues": []obj{{"queue": night, "percent": 100}}},
	}}
	moved := b.post(path+"/routing-rules/compare", b.admin, obj{"rules": draft}).is(200)
	require.Equal(t, []any{1.0, true, id}, []any{moved.get("moved"), moved.get("items.0.moved"), moved.str("items.0.conversation_id")})
	require.Equal(t, []any{"Hello", b.site.Queue.String(), "All", night}, []any{moved.str("items.0.saved.rule"), moved.str("items.0.saved.queue"),
		moved.str("items.0.draft.rule"), moved.str("items.0.draft.queue")})
	require.NotContains(t, moved.Body.String(), "Hello?", "no text of a message")

	draft = b.rules(night)
	draft["classification"] = []obj{{"name": "All", "rules": []obj{{"name": "Urgent", "when": "", "set": obj{"priority": 5}}}}}
	urgent := b.post(path+"/routing-rules/compare", b.admin, obj{"rules": draft}).is(200)
	require.Equal(t, []any{0.0, 1.0, 5.0}, []any{urgent.get("moved"), urgent.get("reclassified"), urgent.get("items.0.draft.priority")})
	require.Equal(t, before, b.count(trace, id), "nothing was changed")

	earlier := obj{"rules": draft, "from": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
	require.EqualValues(t, 0, b.post(path+"/routing-rules/compare", b.admin, earlier).is(200).get("checked"))
	for field, in := range map[string]obj{
		"rules":                       {},
		"limit":                       {"rules": draft, "limit": 501},
		"from":                        {"rules": draft, "from": "2020-01-03T00:00:00Z", "until": "2020-01-02T00:00:00Z"},
		"rules.route.rules.0.queues":  {"rules": obj{"route": obj{"rules": []obj{{"name": "A", "when": "", "queues": []obj{}}}}}},
		"rules.route.rules.0.when":    {"rules": obj{"route": obj{"rules": []obj{{"name": "A", "when": "1 +", "queues": []obj{{"queue": night, "percent": 100}}}}}}},
		"rules.classification.0.name": {"rules": obj{"classification": []obj{{"name": ""}}}},
	} {
		a := b.post(path+"/routing-rules/compare", b.admin, in).problem(422, "invalid")
		require.Equal(t, field, a.str("errors.0.field"))
	}
	b.post(path+"/routing-rules/compare", b.super, obj{"rules": draft}).problem(403, "forbidden")
	b.post("/v1/workstreams/"+uuid.NewString()+"/routing-rules/compare", b.admin, obj{"rules": obj{}}).problem(404, "not_found")
}

// Days are whole, holidays have their names, and both changes of the clocks are told.
func TestHours_Calendar(t *testing.T) {
	b := setup(t)
	path := hoursPath + "/" + b.post(hoursPath, b.admin, office()).is(201).str("id") + "/calendar"
	a := b.get(path+"?from=2026-12-24&days=8", b.super).is(200)
	require.Equal(t, "Europe/Tallinn", a.str("time_zone"))
	require.Len(t, a.get("days"), 8)
	require.Equal(t, []any{"2026-12-24", "holiday", "Christmas"}, []any{a.str("days.0.date"), a.str("days.0.why"), a.str("days.0.reason")})
	require.Empty(t, a.get("days.0.open"))
	require.Equal(t, "closed", a.str("days.3.why"), "a Sunday")
	require.Equal(t, []any{"2026-12-28T08:00:00+02:00", "2026-12-28T17:00:00+02:00"}, []any{a.str("days.4.open.0.from"), a.str("days.4.open.0.until")})
	require.Equal(t, []any{"2026-12-31T12:00:00+02:00", "New Year's Eve"}, []any{a.str("days.7.open.0.until"), a.str("days.7.reason")})
	require.Equal(t, []any{"2027-03-28", 60.0, "2027-10-31", -60.0}, []any{a.str("clock_changes.0.day.date"), a.get("clock_changes.0.clock_shift"),
		a.str("clock_changes.1.day.date"), a.get("clock_changes.1.clock_shift")})
	require.Equal(t, 60.0, b.get(path+"?from=2027-03-28&days=1", b.super).is(200).get("days.0.clock_shift"))
	require.Len(t, b.get(path, b.super).is(200).get("days"), 14)

	b.patch(path[:len(path)-len("/calendar")], b.admin, obj{"calendar": obj{"events": []obj{{"weekdays": []string{"sun"}, "start": "22:00", "end": "06:00"}}}}).is(200)
	night := b.get(path+"?from=2027-03-28&days=2", b.super).is(200)
	require.Equal(t, []any{"2027-03-28T22:00:00+03:00", "2027-03-29T00:00:00+03:00"}, []any{night.str("days.0.open.0.from"), night.str("days.0.open.0.until")})
	require.Equal(t, "2027-03-29T06:00:00+03:00", night.str("days.1.open.0.until"))
	for _, bad := range []string{"?from=tomorrow", "?days=0", "?days=63", "?from=1969-12-31"} {
		b.get(path+bad, b.super).problem(400, "malformed")
	}
}
