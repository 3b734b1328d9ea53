package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// null for what cannot be null is a mistake that is named, not a field that was
// not given; what can be null is cleared.
func TestSeed_R2_NullIsRefusedWhereItMeansNothing(t *testing.T) {
	b := setup(t)
	queue, ws := "/v1/queues/"+b.site.Queue.String(), "/v1/workstreams/"+b.site.Workstream.String()
	contact := "/v1/contacts/" + b.post("/v1/contacts", b.super, obj{"name": "Cara", "email": "cara@example.com"}).is(201).str("id")
	for _, c := range []struct{ path, field string }{
		{queue, "name"}, {queue, "priority"}, {queue, "buckets"}, {ws, "name"}, {ws, "offer_timeout"}, {ws, "queue_id"}, {ws, "allowed_presences"},
		{contact, "email"}, {contact, "name"}, {"/v1/agents/" + b.agents[0].String(), "capacity"}, {"/v1/agents/" + b.agents[0].String(), "disabled"},
	} {
		a := b.patch(c.path, b.admin, obj{c.field: nil}).problem(422, "invalid")
		require.Equal(t, c.field, a.str("errors.0.field"), c.path)
		require.NotEmpty(t, a.str("errors.0.reason"))
	}
	a := b.put(queue+"/overflow", b.admin, obj{"rules": []obj{{"when": "size", "limit": nil, "action": "end"}}}).problem(422, "invalid")
	require.Equal(t, "rules[0].limit", a.str("errors.0.field"))
	require.Equal(t, "cara@example.com", b.get(contact, b.super).is(200).str("email"))
	b.patch(queue, b.admin, obj{"operating_hours_id": nil}).is(200)
	b.patch(ws, b.admin, obj{"active_timeout": nil}).is(200)
}

// Names are written as they are; a mistake is named as the sender wrote it.
func TestSeed_R2_FieldNamesAreExact(t *testing.T) {
	b := setup(t)
	for body, field := range map[string]string{`{"NAME":"x"}`: "NAME", `{"name":"x","Priority":1}`: "Priority", `{"name":"x","priority":"1"}`: "priority",
		`{"name":"x","buckets":[{"Name":"y"}]}`: "buckets[0].Name"} {
		require.Equal(t, field, b.post("/v1/queues", b.admin, body).problem(400, "malformed").str("errors.0.field"), body)
	}
	require.Zero(t, b.count(`SELECT count(*) FROM queue WHERE name = 'x'`))
}
