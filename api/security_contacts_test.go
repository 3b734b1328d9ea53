package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// contactOf gives the customer of a conversation a contact.
func (b *bench) contactOf(conv uuid.UUID, in obj) (contact, point string) {
	b.Helper()
	contact = b.post("/v1/contacts", b.super, in).is(201).str("id")
	require.NoError(b, b.db.SQL.Get(&point, `UPDATE contact_point SET contact_id = $2
		WHERE id = (SELECT contact_point_id FROM conversation WHERE id = $1) RETURNING id`, conv, contact))
	return contact, point
}

// An agent of another queue does not read, list, change or give consent for a
// contact whose conversations they do not see.
func TestSecurity_M7_ContactsFollowConversations(t *testing.T) {
	b := setup(t)
	s := b.scopeSite()
	ours, ourPoint := b.contactOf(s.convs["A"][2], obj{"name": "Ann Lee", "phone": "+14155550101", "email": "ann@example.com", "external_id": "shop-1"})
	theirs, theirPoint := b.contactOf(s.convs["B"][0], obj{"name": "Bob Lee", "phone": "+14155550102", "email": "bob@example.com", "external_id": "shop-2"})

	require.Equal(t, []string{ours}, b.get("/v1/contacts?limit=200", b.agent).is(200).ids())
	b.get("/v1/contacts/"+ours, b.agent).is(200)
	at := "/v1/contacts/" + theirs
	for _, path := range []string{"", "/conversations", "/preferred-agents", "/merges", "/outbound-messages"} {
		b.get(at+path, b.agent).problem(404, "not_found")
		b.get("/v1/contacts/"+ours+path, b.agent).is(200)
		b.get(at+path, b.super).is(200)
	}
	for _, change := range []obj{{"name": "Mallory"}, {"external_id": "shop-1"}, {"phone": "+14155550199"}, {"email": "mallory@example.com"}} {
		b.patch(at, b.agent, change).problem(404, "not_found")
	}
	b.put("/v1/contact-points/"+theirPoint+"/consent", b.agent, obj{"opted_in": true, "source": "they said so"}).problem(404, "not_found")
	b.put("/v1/contact-points/"+ourPoint+"/consent", b.agent, obj{"opted_in": true, "source": "they said so"}).is(204)
	b.post("/v1/contacts/"+ours+"/merge", b.agent, obj{"from": theirs}).problem(403, "forbidden")
	require.Zero(t, b.count(`SELECT count(*) FROM audit WHERE object_type IN ('contact', 'consent') AND agent_id = $1 AND object_id IN ($2, $3)`,
		b.agents[0], theirs, theirPoint))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit WHERE object_type = 'consent' AND agent_id = $1`, b.agents[0]))

	// Their own conversation shows them the contact, and so does one that was theirs.
	b.db.SQL.MustExec(`UPDATE conversation SET agent_id = $2 WHERE id = $1`, s.convs["B"][0], b.agents[0])
	b.get(at, b.agent).is(200)
	b.patch(at, b.agent, obj{"external_id": "shop-3"}).is(200)
}

// What is known as a whole finds whose it is; a part of it, or a name, does not.
func TestSecurity_M7_OthersAreFoundByExactMatchOnly(t *testing.T) {
	b := setup(t)
	s := b.scopeSite()
	theirs, _ := b.contactOf(s.convs["B"][0], obj{"name": "Bob Lee", "phone": "+14155550102", "email": "bob@example.com", "external_id": "shop-2"})
	for _, q := range []string{"%2B14155550102", "bob@example.com", "BOB@example.com", "shop-2"} {
		require.Equal(t, []string{theirs}, b.get("/v1/contacts?q="+q, b.agent).is(200).ids(), q)
	}
	for _, q := range []string{"Bob", "Lee", "bob@", "%2B1415555", "4155550102", "shop", "bob@example.co", "_ob@example.com", ""} {
		require.Empty(t, b.get("/v1/contacts?q="+q, b.agent).is(200).ids(), q)
		if q != "shop" && q != "_ob@example.com" && q != "4155550102" {
			require.Equal(t, []string{theirs}, b.get("/v1/contacts?q="+q, b.super).is(200).ids(), q)
		}
	}
	found := func(in obj) any { return b.post("/v1/contacts/identify", b.agent, in).is(200).get("contact") }
	require.Nil(t, found(obj{"name": "Bob Lee"}))
	require.NotNil(t, found(obj{"phone": "+14155550102"}))
	require.NotNil(t, b.post("/v1/contacts/identify", b.super, obj{"name": "Bob Lee"}).is(200).get("contact"))

	// A supervisor of one queue has the same rule.
	_, ofA := b.limited(s.queues["A"])
	_, ofB := b.limited(s.queues["B"])
	b.get("/v1/contacts/"+theirs, ofA).problem(404, "not_found")
	require.Equal(t, []string{theirs}, b.get("/v1/contacts", ofB).is(200).ids())
	b.post("/v1/contacts/"+theirs+"/merge", ofB, obj{"from": uuid.NewString()}).problem(403, "forbidden")
}
