package api_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones, whatever machine tests run on

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const hoursPath = "/v1/operating-hours"

func office() obj {
	return obj{"name": "Office", "time_zone": "Europe/Tallinn", "calendar": obj{
		"events":     []obj{{"weekdays": []string{"mon", "tue", "wed", "thu", "fri"}, "start": "08:00", "end": "17:00"}},
		"exceptions": []obj{{"date": "2026-12-31", "hours": []obj{{"start": "08:00", "end": "12:00"}}, "reason": "New Year's Eve"}},
		"holidays":   []obj{{"date": "2024-12-24", "until": "2024-12-26", "reason": "Christmas", "yearly": true}},
	}}
}

func TestHours_CreateReadChangeDelete_OK(t *testing.T) {
	b := setup(t)
	made := b.post(hoursPath, b.admin, office()).is(201)
	path := hoursPath + "/" + made.str("id")
	require.Equal(t, "New Year's Eve", b.get(path, b.super).is(200).str("calendar.exceptions.0.reason"))
	require.Equal(t, made.str("id"), b.get(hoursPath, b.super).is(200).str("items.0.id"))

	changed := b.patch(path, b.admin, obj{"name": "Desk", "time_zone": "Europe/Helsinki", "calendar": obj{"holidays": []obj{}}}).is(200)
	require.Equal(t, "Europe/Helsinki", changed.str("time_zone"))
	require.Empty(t, changed.get("calendar.holidays"))
	require.Equal(t, made.get("calendar.events"), changed.get("calendar.events"), "what is not given stays")
	require.Equal(t, 2, b.count(`SELECT count(*) FROM audit WHERE object_type = 'operating_hours' AND object_id = $1`, made.str("id")))
	require.Len(t, b.get("/v1/audit?object_type=operating_hours", b.admin).is(200).get("items"), 2)
	b.del(path, b.admin).is(204)
	b.get(path, b.super).problem(404, "not_found")

	plain := b.post(hoursPath, b.admin, obj{"name": "Plain", "time_zone": "UTC"}).is(201)
	require.Equal(t, "17:00", plain.str("calendar.events.0.end"), "there are hours to begin with")
}

// What reading answers makes the same hours again, elsewhere.
func TestHours_MoveToAnotherSite(t *testing.T) {
	b := setup(t)
	path := hoursPath + "/" + b.post(hoursPath, b.admin, office()).is(201).str("id")
	exported := b.get(path, b.super).is(200)
	b.del(path, b.admin).is(204) // the other site never had them
	imported := b.post(hoursPath, b.admin, exported.Body.String()).is(201)
	require.NotEqual(t, exported.str("id"), imported.str("id"))
	for _, field := range []string{"name", "time_zone", "calendar"} {
		require.Equal(t, exported.get(field), imported.get(field))
	}
}

func TestHours_Status(t *testing.T) {
	b := setup(t)
	path := hoursPath + "/" + b.post(hoursPath, b.admin, office()).is(201).str("id") + "/status"
	for moment, want := range map[string]struct {
		open, opens              bool
		why, reason, changes, at string
	}{
		"2026-07-01T10:00:00Z":        {true, false, "working_hours", "", "2026-07-01T17:00:00+03:00", "2026-07-02T08:00:00+03:00"},
		"2026-07-03T14:00:00Z":        {false, true, "closed", "", "2026-07-06T08:00:00+03:00", "2026-07-06T08:00:00+03:00"},
		"2026-12-24T10:00:00%2B02:00": {false, true, "holiday", "Christmas", "2026-12-28T08:00:00+02:00", "2026-12-28T08:00:00+02:00"},
		"2026-12-31T11:59:59%2B02:00": {true, false, "working_hours", "New Year's Eve", "2026-12-31T12:00:00+02:00", "2027-01-01T08:00:00+02:00"},
		"2026-03-27T20:00:00Z":        {false, true, "closed", "", "2026-03-30T08:00:00+03:00", "2026-03-30T08:00:00+03:00"},
	} {
		a := b.get(path+"?at="+moment, b.super).is(200)
		require.Equal(t, want.open, a.get("open"), moment)
		require.Equal(t, want.opens, a.get("opens"), moment)
		for field, text := range map[string]string{"why": want.why, "reason": want.reason, "changes_at": want.changes, "opens_at": want.at} {
			require.Equal(t, text, a.str(field), "%s of %s", field, moment)
		}
	}
	now := b.get(path, b.super).is(200)
	at, err := time.Parse(time.RFC3339, now.str("at"))
	require.NoError(t, err)
	require.WithinDuration(t, b.clock.now(), at, time.Minute)
	for _, bad := range []string{"now", "2026-07-01", "2026-07-01T10:00:00", "1969-12-31T00:00:00Z", "9999-12-31T23:59:59Z"} {
		b.get(path+"?at="+bad, b.super).problem(400, "malformed")
	}
}

// Queues and addresses go by hours; a queue says whether it is open now.
func TestHours_OfQueuesAndAddresses(t *testing.T) {
	b := setup(t)
	all := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	closed := b.post(hoursPath, b.admin, obj{"name": "Closed", "time_zone": "UTC", "calendar": obj{"events": []obj{
		{"weekdays": all, "all_day": true, "from": b.clock.now().UTC().AddDate(0, 0, 2).Format(time.DateOnly)}}}}).is(201).str("id")
	queue := b.post("/v1/queues", b.admin, obj{"name": "Sales"}).is(201)
	require.Nil(t, queue.get("operating_hours_id"))
	require.Equal(t, true, queue.get("open"))
	require.Nil(t, queue.get("changes_at"))
	path := "/v1/queues/" + queue.str("id")

	changed := b.patch(path, b.admin, obj{"operating_hours_id": closed}).is(200)
	require.Equal(t, "Sales", changed.str("name"))
	require.Equal(t, false, changed.get("open"))
	opens, err := time.Parse(time.RFC3339, changed.str("changes_at"))
	require.NoError(t, err)
	require.True(t, opens.After(b.clock.now()))
	b.patch(path, b.admin, obj{"name": "Sales EU"}).is(200)
	require.Equal(t, closed, b.get(path, b.super).is(200).str("operating_hours_id"), "what is not given stays")
	require.Contains(t, b.get("/v1/queues", b.super).is(200).Body.String(), `"open":false`)
	b.put(path+"/members/"+b.agents[0].String(), b.admin, nil).is(204)
	require.Contains(t, b.get("/v1/me", b.agent).is(200).Body.String(), `"open":false`)
	b.clock.forward(72 * time.Hour)
	after := b.get(path, b.super).is(200)
	require.Equal(t, true, after.get("open"))
	require.Nil(t, after.get("changes_at"), "open for ever")
	b.del(hoursPath+"/"+closed, b.admin).problem(409, "conflict")
	require.Equal(t, true, b.patch(path, b.admin, obj{"operating_hours_id": nil}).is(200).get("open"))

	addresses := "/v1/accounts/" + b.site.Account.String() + "/addresses"
	address := b.post(addresses, b.admin, obj{"channel": "line", "address": "@sales", "operating_hours_id": closed}).is(201)
	require.Equal(t, closed, address.str("operating_hours_id"))
	b.del(hoursPath+"/"+closed, b.admin).problem(409, "conflict")
	one := addresses + "/" + address.str("id")
	require.Equal(t, closed, b.patch(one, b.admin, obj{"name": "Sales"}).is(200).str("operating_hours_id"))
	require.Nil(t, b.patch(one, b.admin, obj{"operating_hours_id": nil}).is(200).get("operating_hours_id"))
	b.del(hoursPath+"/"+closed, b.admin).is(204)
	for _, in := range []obj{{"operating_hours_id": closed}, {"operating_hours_id": uuid.NewString()}} {
		b.patch(path, b.admin, in).problem(422, "invalid")
		b.patch(one, b.admin, in).problem(422, "invalid")
	}
	b.post("/v1/queues", b.admin, obj{"name": "New", "operating_hours_id": closed}).problem(422, "invalid")
	b.patch(path, b.admin, obj{"operating_hours_id": "Closed"}).is(400)
}

func TestHours_ErrInput(t *testing.T) {
	b := setup(t)
	path := hoursPath + "/" + b.post(hoursPath, b.admin, office()).is(201).str("id")
	b.post(hoursPath, b.admin, office()).problem(409, "conflict")
	for _, in := range []obj{
		{}, {"name": "x"}, {"name": "x", "time_zone": "Local"}, {"name": "x", "time_zone": "Mars/Base"}, {"name": strings.Repeat("x", 101), "time_zone": "UTC"},
		{"name": "x", "time_zone": "UTC", "calendar": obj{"events": []obj{}}},
		{"name": "x", "time_zone": "UTC", "calendar": obj{"events": []obj{{"weekdays": []string{"mon"}, "start": "9", "end": "17:00"}}}},
		{"name": "x", "time_zone": "UTC", "calendar": obj{"holidays": []obj{{"date": "2026-02-29", "reason": "x"}}}},
	} {
		b.post(hoursPath, b.admin, in).problem(422, "invalid")
	}
	a := b.patch(path, b.admin, obj{"time_zone": "Mars/Base", "calendar": obj{"exceptions": []obj{{"date": "tomorrow"}}}}).problem(422, "invalid")
	for _, field := range []string{"time_zone", "exceptions.0.date", "exceptions.0.hours"} {
		require.Contains(t, a.Body.String(), `"`+field+`"`, "all that is wrong is said at once")
	}
	b.patch(path, b.admin, obj{"calendar": obj{"event": []obj{}}}).problem(400, "malformed")
	b.patch(path, b.admin, obj{"calendar": obj{"events": "always"}}).problem(400, "malformed")
	b.patch(path, b.admin, obj{"id": uuid.NewString()}).problem(400, "malformed")
	b.post(hoursPath, b.super, office()).problem(403, "forbidden")
	b.patch(path, b.super, obj{"name": "Mine"}).problem(403, "forbidden")
	b.del(path, b.super).problem(403, "forbidden")
	b.get(path, b.agent).problem(403, "forbidden")
	for _, p := range []string{hoursPath + "/office", hoursPath + "/" + uuid.NewString(), hoursPath + "/" + uuid.NewString() + "/status"} {
		b.get(p, b.super).problem(404, "not_found")
	}
	require.Equal(t, "Office", b.get(path, b.super).is(200).str("name"))
}

// Agents have working hours too.
func TestHours_OfAgents(t *testing.T) {
	b := setup(t)
	id := b.post("/v1/operating-hours", b.admin, obj{"name": "Shift", "time_zone": "Europe/Tallinn"}).is(201).str("id")
	ann := "/v1/agents/" + b.agents[0].String()
	require.Nil(t, b.get(ann, b.super).is(200).get("operating_hours_id"))
	require.Equal(t, id, b.patch(ann, b.admin, obj{"operating_hours_id": id}).is(200).str("operating_hours_id"))
	b.patch(ann, b.admin, obj{"capacity": 2}).is(200)
	require.Equal(t, id, b.get(ann, b.super).is(200).str("operating_hours_id"), "what is not given stays")
	b.del("/v1/operating-hours/"+id, b.admin).problem(409, "conflict")
	require.Equal(t, "operating_hours_id", b.patch(ann, b.admin, obj{"operating_hours_id": uuid.NewString()}).problem(422, "invalid").get("errors.0.field"))
	b.patch(ann, b.admin, obj{"operating_hours_id": nil}).is(200)
	b.del("/v1/operating-hours/"+id, b.admin).is(204)
	made := b.post("/v1/operating-hours", b.admin, obj{"name": "Shift", "time_zone": "Europe/Tallinn"}).is(201).str("id")
	b.post("/v1/agents", b.admin, obj{"name": "Nora", "email": "nora@example.com", "role": "agent", "operating_hours_id": made}).is(201)
	require.Equal(t, 1, b.count(`SELECT count(*) FROM agent g JOIN agent_status s ON s.agent_id = g.id WHERE g.operating_hours_id = $1 AND s.duty_changes_at IS NOT NULL`, made))
}
