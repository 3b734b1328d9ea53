package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// stranger is an agent who is in no queue.
func (b *bench) stranger() string {
	b.Helper()
	return b.token(uuid.MustParse(b.newPerson("agent").str("id")))
}

func (b *bench) contact(in obj) string {
	b.Helper()
	return b.post("/v1/contacts", b.agent, in).is(201).str("id")
}

func TestContacts_CreateSearchChange_OK(t *testing.T) {
	b := setup(t)
	made := b.post("/v1/contacts", b.super, obj{"first_name": "Ann", "last_name": "Lee", "phone": "+1 (425) 123-4567"}).is(201)
	require.Equal(t, "Ann Lee", made.get("name"))
	require.Equal(t, "+14251234567", made.get("phone"))
	path := "/v1/contacts/" + made.str("id")
	b.contact(obj{"name": "Bob"})
	require.Len(t, b.get("/v1/contacts", b.super).is(200).get("items"), 2)
	require.Equal(t, "Ann Lee", b.get("/v1/contacts?q=lee", b.super).is(200).str("items.0.name"))
	require.Empty(t, b.get("/v1/contacts?q=nobody", b.super).is(200).get("items"))
	b.patch(path, b.super, obj{"email": "ann@example.com", "phone": ""}).is(200)
	read := b.get(path, b.super).is(200)
	require.Equal(t, []any{"ann@example.com", "", "Ann Lee"}, []any{read.get("email"), read.get("phone"), read.get("name")})
	require.Empty(t, read.get("contact_points"))
	b.get("/v1/audit?object_type=contact&object_id="+made.str("id"), b.admin).is(200)
	require.NotContains(t, b.log.String(), "4251234567")
	require.NotContains(t, b.log.String(), "ann@example.com")

	first := b.get("/v1/contacts?limit=1", b.super).is(200)
	second := b.get("/v1/contacts?limit=1&cursor="+first.str("next"), b.super).is(200)
	require.Equal(t, []any{"Ann Lee", "Bob", nil}, []any{first.get("items.0.name"), second.get("items.0.name"), second.get("next")})
}

func TestContacts_ErrInput(t *testing.T) {
	b := setup(t)
	path := "/v1/contacts/" + b.contact(obj{"name": "Ann"})
	for _, in := range []obj{{"phone": "0425 1234567"}, {"phone": "+1425CALL"}, {"email": "nobody"}, {"name": strings.Repeat("x", 201)}, {"name": "a\nb"},
		{"language": strings.Repeat("x", 36)}} {
		b.patch(path, b.super, in).problem(422, "invalid")
		in["external_id"] = "7"
		a := b.post("/v1/contacts", b.super, in).problem(422, "invalid")
		require.NotContains(t, a.Body.String(), "0425")
	}
	b.post("/v1/contacts", b.super, obj{}).problem(422, "invalid")
	b.patch(path, b.super, obj{"name": ""}).problem(422, "invalid")
	b.patch(path, b.super, obj{"merged_into": uuid.NewString()}).problem(400, "malformed")
	b.patch(path, b.super, obj{"conversation_id": uuid.NewString()}).problem(422, "invalid")
	b.post("/v1/contacts", b.super, obj{"name": "Bob", "conversation_id": uuid.NewString()}).problem(404, "not_found")
	b.post("/v1/contacts/identify", b.super, obj{"phone": "x"}).problem(422, "invalid")
	for _, q := range []string{"q=" + strings.Repeat("x", 101), "q=a%00b", "cursor=AAAA", "limit=0"} {
		b.get("/v1/contacts?"+q, b.super).problem(400, "malformed")
	}
	b.get("/v1/contacts?q=%ff%fe", b.super).problem(400, "malformed")
	for _, missing := range []string{"/v1/contacts/" + uuid.NewString(), "/v1/contacts/x"} {
		b.get(missing, b.super).problem(404, "not_found")
		b.get(missing+"/conversations", b.super).problem(404, "not_found")
		b.get(missing+"/merges", b.super).problem(404, "not_found")
		b.patch(missing, b.super, obj{"name": "x"}).problem(404, "not_found")
	}
	require.Equal(t, 1, b.count(`SELECT count(*) FROM contact`))
}

func TestContacts_Identify(t *testing.T) {
	b := setup(t)
	ann := b.contact(obj{"name": "Ann", "phone": "+14251234567", "email": "ann@example.com"})
	b.contact(obj{"name": "Ann", "phone": "+37251234567"})
	ask := func(in obj) answer { return b.post("/v1/contacts/identify", b.super, in).is(200) }
	require.Equal(t, ann, ask(obj{"phone": "+1 425 123 4567", "name": "Ann"}).str("contact.id"))
	several := ask(obj{"name": "Ann"})
	require.Equal(t, []any{nil, 2.0}, []any{several.get("contact"), several.get("matches")})
	for _, in := range []obj{{}, {"phone": ""}, {"phone": "+14251234567", "email": "bob@example.com"}} {
		none := ask(in)
		require.Equal(t, []any{nil, 0.0}, []any{none.get("contact"), none.get("matches")})
	}
}

func TestContacts_LinkAndTimeline(t *testing.T) {
	b := setup(t)
	id, stranger := b.waiting(), b.stranger()
	conv := "/v1/conversations/" + id.String()
	require.Nil(t, b.get(conv, b.agent).is(200).get("contact"))
	ann, bob := b.contact(obj{"name": "Ann"}), b.contact(obj{"name": "Bob"})
	linked := b.put(conv+"/contact", b.agent, obj{"contact_id": ann}).is(200)
	require.Equal(t, []any{ann, "Ann", ann, "Ann"}, []any{linked.get("contact.id"), linked.get("contact.name"), linked.get("customer.contact_id"), linked.get("customer.name")})
	require.Equal(t, id.String(), b.get("/v1/contacts/"+ann+"/conversations", b.agent).is(200).str("items.0.id"))
	require.Equal(t, "line", b.get("/v1/contacts/"+ann, b.agent).is(200).str("contact_points.0.channel"))
	require.Equal(t, "Bob", b.put(conv+"/contact", b.agent, obj{"contact_id": bob}).is(200).str("contact.name"))
	b.db.SQL.MustExec(`UPDATE contact_point SET name = 'Bobby', picture_url = 'https://example.com/b.jpg', language = 'en'`)
	shown := b.get(conv, b.agent).is(200)
	require.Equal(t, []any{"Bob", "Bobby", "https://example.com/b.jpg"}, []any{shown.get("customer.name"), shown.get("customer.profile_name"), shown.get("customer.picture_url")})

	// Whoever may not see a conversation neither links it nor finds it at the contact.
	b.get("/v1/contacts/"+bob+"/conversations", stranger).problem(404, "not_found")
	b.put(conv+"/contact", stranger, obj{"contact_id": ann}).problem(404, "not_found")
	b.del(conv+"/contact", stranger).problem(404, "not_found")
	b.post("/v1/contacts", stranger, obj{"name": "Carl", "conversation_id": id}).problem(404, "not_found")

	b.put(conv+"/contact", b.agent, obj{}).problem(422, "invalid")
	b.put(conv+"/contact", b.agent, obj{"contact_id": uuid.NewString()}).problem(422, "invalid")
	b.put(conv+"/contact", b.agent, obj{"contact_id": "x"}).problem(400, "malformed")
	require.Nil(t, b.del(conv+"/contact", b.agent).is(200).get("contact"))
	b.del(conv+"/contact", b.agent).is(200)
	made := b.post("/v1/contacts", b.agent, obj{"name": "Carl", "conversation_id": id}).is(201)
	require.Len(t, made.get("contact_points"), 1)
	require.Equal(t, "Carl", b.get(conv, b.agent).is(200).str("contact.name"))
	require.Equal(t, 3, b.count(`SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = 'contact_linked'`, id))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = 'contact_unlinked'`, id))
}

func TestContacts_MergeAndRevert(t *testing.T) {
	b := setup(t)
	ann, twin := b.contact(obj{"name": "Ann"}), b.contact(obj{"name": "Ann L.", "phone": "+14251234567"})
	conv := "/v1/conversations/" + b.waiting().String()
	b.put(conv+"/contact", b.agent, obj{"contact_id": twin}).is(200)
	path := "/v1/contacts/" + ann
	b.post(path+"/merge", b.agent, obj{"from": twin}).problem(403, "forbidden")
	m := b.post(path+"/merge", b.super, obj{"from": twin}).is(201)
	require.Equal(t, 1.0, m.get("contact_points"))
	require.Equal(t, b.superID.String(), m.str("merged_by"))
	require.Equal(t, ann, b.get("/v1/contacts/"+twin, b.agent).is(200).str("merged_into"))
	require.Equal(t, "+14251234567", b.get(path, b.agent).is(200).str("phone"))
	require.Equal(t, ann, b.get(conv, b.agent).is(200).str("contact.id"))
	require.Equal(t, m.str("id"), b.get("/v1/contacts/"+twin+"/merges", b.agent).is(200).str("items.0.id"))

	b.post(path+"/merge", b.super, obj{"from": ann}).problem(422, "invalid")
	b.post(path+"/merge", b.super, obj{"from": uuid.NewString()}).problem(422, "invalid")
	b.post(path+"/merge", b.super, obj{}).problem(422, "invalid")
	b.post("/v1/contacts/"+uuid.NewString()+"/merge", b.super, obj{"from": ann}).problem(404, "not_found")
	b.post(path+"/merge", b.super, obj{"from": twin}).problem(409, "conflict")
	b.put(conv+"/contact", b.agent, obj{"contact_id": twin}).problem(409, "conflict")
	b.patch("/v1/contacts/"+twin, b.agent, obj{"name": "x"}).problem(409, "conflict")

	revert := "/v1/contact-merges/" + m.str("id") + "/revert"
	b.post(revert, b.agent, nil).problem(403, "forbidden")
	require.Equal(t, b.superID.String(), b.post(revert, b.super, nil).is(200).str("reverted_by"))
	b.post(revert, b.super, nil).problem(409, "conflict")
	b.post("/v1/contact-merges/"+uuid.NewString()+"/revert", b.super, nil).problem(404, "not_found")
	require.Equal(t, twin, b.get(conv, b.agent).is(200).str("contact.id"))
	require.Nil(t, b.get("/v1/contacts/"+twin, b.agent).is(200).get("merged_into"))
	require.Empty(t, b.get(path, b.super).is(200).get("phone"))
	b.get(path, b.agent).problem(404, "not_found") // its customer is the other one again
}

// An external id is one contact's: who signs in under it must be somebody.
func TestSeed_D21_AnExternalIDIsOneContacts(t *testing.T) {
	b := setup(t)
	ann := b.contact(obj{"name": "Ann", "external_id": "crm-7"})
	taken := b.post("/v1/contacts", b.agent, obj{"name": "Ann again", "external_id": "crm-7"}).problem(422, "invalid")
	require.Equal(t, "external_id", taken.str("errors.0.field"))
	bob := b.contact(obj{"name": "Bob"})
	b.patch("/v1/contacts/"+bob, b.super, obj{"external_id": "crm-7"}).problem(422, "invalid")
	b.patch("/v1/contacts/"+ann, b.super, obj{"external_id": "crm-7", "name": "Ann Lee"}).is(200)
	b.patch("/v1/contacts/"+ann, b.super, obj{"external_id": "crm-8"}).is(200)
	b.patch("/v1/contacts/"+bob, b.super, obj{"external_id": "crm-7"}).is(200)
	codes := make(chan int, 4)
	for range 4 {
		go func() {
			r := b.request("POST", "/v1/contacts", b.agent, obj{"name": "Eve", "external_id": "crm-9"})
			codes <- b.send(r).Code
		}()
	}
	require.ElementsMatch(t, []int{201, 422, 422, 422}, []int{<-codes, <-codes, <-codes, <-codes})
}
