package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"switchboard/domain/contact"
	"switchboard/store/auditdb"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

func newContact(t *testing.T, db *storetest.DB, d contact.Details) contactdb.Contact {
	t.Helper()
	c, err := db.Contact.CreateContact(t.Context(), auditdb.Actor{}, d, uuid.NullUUID{})
	require.NoError(t, err)
	return c
}

// wrote is the conversation that a message of a customer opens.
func wrote(t *testing.T, db *storetest.DB, in contactdb.Inbound) uuid.UUID {
	t.Helper()
	_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{in})
	require.NoError(t, err)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT conversation_id FROM message WHERE provider_event_id = $1`, in.Event.ID))
	return id
}

// customer is whom a conversation's contact point is linked to.
func customer(t *testing.T, db *storetest.DB, conversation uuid.UUID) uuid.UUID {
	t.Helper()
	var id uuid.NullUUID
	require.NoError(t, db.SQL.Get(&id, `SELECT p.contact_id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE c.id = $1`, conversation))
	return id.UUID
}

// changes are what people were told of a conversation.
func changes(t *testing.T, db *storetest.DB, conversation uuid.UUID) []string {
	t.Helper()
	list := []string{}
	require.NoError(t, db.SQL.Select(&list, `SELECT data->>'change' FROM event WHERE kind = 'conversation.updated' AND conversation_id = $1 ORDER BY xid, id`, conversation))
	return list
}

func TestContacts_CreateChange(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	c := newContact(t, db, contact.Details{FirstName: "Ann", LastName: "Lee", Phone: "+1 (425) 123-4567"})
	require.Equal(t, "Ann Lee", c.Name)
	require.Equal(t, "+14251234567", c.Phone)
	c, err := db.Contact.ChangeContact(ctx, auditdb.Actor{}, c.ID, func(d *contact.Details) { d.Phone, d.Email = "", "ann@example.com" })
	require.NoError(t, err)
	read, err := db.Contact.ContactByID(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, contact.Details{Name: "Ann Lee", FirstName: "Ann", LastName: "Lee", Email: "ann@example.com"}, read.Details)

	_, err = db.Contact.ChangeContact(ctx, auditdb.Actor{}, c.ID, func(d *contact.Details) {})
	require.NoError(t, err)
	log, err := db.Audit.Audit(ctx, auditdb.AuditFilter{ObjectType: auditdb.AuditContact, ObjectID: c.ID.String(), Limit: 10})
	require.NoError(t, err)
	require.Len(t, log, 2, "what changes nothing is no change")
	require.JSONEq(t, `{"phone": {"changed": true}, "email": {"changed": true}}`, string(log[0].Changes))
	require.NotContains(t, string(log[1].Changes), "Ann")

	var wrong *pg.Invalid
	_, err = db.Contact.CreateContact(ctx, auditdb.Actor{}, contact.Details{Phone: "0425 1234567"}, uuid.NullUUID{})
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "phone", wrong.Field)
	require.NotContains(t, err.Error(), "0425")
	_, err = db.Contact.CreateContact(ctx, auditdb.Actor{}, contact.Details{Language: "en"}, uuid.NullUUID{})
	require.ErrorAs(t, err, &wrong)
	_, err = db.Contact.ChangeContact(ctx, auditdb.Actor{}, uuid.New(), func(*contact.Details) {})
	require.ErrorIs(t, err, pg.ErrNotFound)
	_, err = db.Contact.ContactByID(ctx, uuid.New())
	require.ErrorIs(t, err, pg.ErrNotFound)
}

func TestContacts_Search(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	ann := newContact(t, db, contact.Details{Name: "Anne-Marie O'Brien", Email: "ann_1@example.com", Phone: "+14251234567", ExternalID: "U 77"})
	bob := newContact(t, db, contact.Details{Name: "Bob", LastName: "Brown", Email: "annx1@example.com", Phone: "+37251234567"})
	thai := newContact(t, db, contact.Details{Name: "สมชาย ใจดี"})
	for text, want := range map[string][]uuid.UUID{
		"":                {ann.ID, bob.ID, thai.ID},
		"ann":             {ann.ID, bob.ID},
		"MARIE":           {ann.ID},
		"o'brien anne":    {ann.ID},
		"anne bob":        {},
		"rie":             {},
		"br":              {ann.ID, bob.ID},
		"ann_1@":          {ann.ID},
		"ANNX1@example.c": {bob.ID},
		"+1 (425) 123":    {ann.ID},
		"372":             {bob.ID},
		"U 77":            {ann.ID},
		"ใจ":              {thai.ID},
		"U 7":             {},
		"%":               {},
		`\`:               {},
		"'":               {},
		"!&|:*<->()":      {},
		"'':*":            {},
	} {
		list, err := db.Contact.Contacts(ctx, text, auditdb.Page{Limit: 10})
		require.NoError(t, err, text)
		got := []uuid.UUID{}
		for _, c := range list {
			got = append(got, c.ID)
		}
		require.Equal(t, want, got, text)
	}
	first, err := db.Contact.Contacts(ctx, "br", auditdb.Page{Limit: 1})
	require.NoError(t, err)
	rest, err := db.Contact.Contacts(ctx, "br", auditdb.Page{Limit: 1, After: auditdb.Cursor{At: first[0].CreatedAt, ID: first[0].ID}})
	require.NoError(t, err)
	require.Equal(t, bob.ID, rest[0].ID)
}

// The statement decides as the pure rule does, whatever is asked of whomever.
func TestIdentify_AllGivenKeysMatchExactlyOne(t *testing.T) {
	t.Parallel()
	db, ctx, r := storetest.New(t), t.Context(), rand.New(rand.NewPCG(5, 6))
	some := func(values ...string) string { return append(values, "")[r.IntN(len(values)+1)] }
	var people []contactdb.Contact
	for i := range 25 {
		d := contact.Details{Phone: some("+14251234567", "+37251234567"), Email: some("a@example.com", "B@example.com"),
			Name: some("Ann", "Bob", "ann"), ExternalID: map[int]string{4: "1", 9: "2"}[i]} // which is one contact's
		if !d.Empty() {
			people = append(people, newContact(t, db, d))
		}
	}
	merged := newContact(t, db, contact.Details{Name: "Ann", ExternalID: "3"})
	_, err := db.Contact.MergeContacts(ctx, auditdb.Actor{}, people[0].ID, merged.ID)
	require.NoError(t, err)
	people[0], err = db.Contact.ContactByID(ctx, people[0].ID)
	require.NoError(t, err)
	ones := 0
	for range 300 {
		k := contact.Keys{Phone: some("+1 425 123-4567", "+37251234567", "+4912345678"), Email: some("A@example.com", "b@example.com"),
			Name: some("Ann", " Bob ", "Carl"), ExternalID: some("1", "2", "3")}
		clean, err := k.Clean()
		require.NoError(t, err)
		var want []contactdb.Contact
		for _, p := range people {
			if clean.Match(p.Details) {
				want = append(want, p)
			}
		}
		got, err := db.Contact.IdentifyContact(ctx, k)
		require.NoError(t, err)
		require.Equal(t, min(len(want), contactdb.MostMatches), got.Matches, "%+v", k)
		require.Equal(t, len(want) == 1, got.Contact != nil, "%+v", k)
		if len(want) == 1 {
			require.Equal(t, want[0].ID, got.Contact.ID)
			ones++
		}
	}
	require.Positive(t, ones, "some were identified")
	var wrong *pg.Invalid
	_, err = db.Contact.IdentifyContact(ctx, contact.Keys{Phone: "none"})
	require.ErrorAs(t, err, &wrong)
}

// A number finds its contact when a conversation begins, and stays linked.
func TestBegin_IdentifiesByPhone(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := newContact(t, db, contact.Details{Name: "Ann", Phone: "+14251234567"})
	for range 2 {
		newContact(t, db, contact.Details{Name: "Twin", Phone: "+37251234567"})
	}
	begun := func(from string) uuid.UUID {
		id := wrote(t, db, message(site, from, uuid.NewString(), "hi"))
		_, err := db.Conversation.Begin(ctx, id)
		require.NoError(t, err)
		return id
	}
	first := begun("+14251234567")
	require.Equal(t, ann.ID, customer(t, db, first))
	require.Equal(t, []string{"created"}, changes(t, db, first), "that it begins is told anyhow")
	require.Equal(t, uuid.Nil, customer(t, db, begun("+37251234567")), "two have this number")
	require.Equal(t, uuid.Nil, customer(t, db, begun("+4912345678")), "nobody has")
	require.Equal(t, uuid.Nil, customer(t, db, begun("14251234567")), "no number")

	// Later conversations are linked by themselves, also when the number is no more the contact's.
	_, err := db.Contact.ChangeContact(ctx, auditdb.Actor{}, ann.ID, func(d *contact.Details) { d.Phone = "" })
	require.NoError(t, err)
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE id = $1`, first)
	second := begun("+14251234567")
	require.NotEqual(t, first, second)
	require.Equal(t, ann.ID, customer(t, db, second))

	// Who was taken away by hand is not given back until a new conversation; who was given by hand stays.
	bob := newContact(t, db, contact.Details{Name: "Bob", Phone: "+4912345678"})
	require.NoError(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, second, bob.ID))
	_, err = db.Conversation.Begin(ctx, second)
	require.NoError(t, err)
	require.Equal(t, bob.ID, customer(t, db, second))
}

// WhatsApp tells a scoped id, and sometimes the phone beside it.
func TestBegin_IdentifiesAScopedIDByItsPhone(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := newContact(t, db, contact.Details{Name: "Ann", Phone: "+66812345678"})
	alone := wrote(t, db, message(site, "US.999", "other", "nobody knows my phone"))
	_, err := db.Conversation.Begin(ctx, alone)
	require.NoError(t, err)
	require.Equal(t, uuid.Nil, customer(t, db, alone))

	in := message(site, "US.1234", "a", "with the phone beside")
	in.Event.Aliases = []string{"+66812345678"}
	known := wrote(t, db, in)
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE id = $1`, known)
	again := wrote(t, db, message(site, "US.1234", "b", "by the scoped id alone"))
	_, err = db.Conversation.Begin(ctx, again)
	require.NoError(t, err)
	require.Equal(t, ann.ID, customer(t, db, again))
	require.Equal(t, ann.ID, customer(t, db, known), "it is the same contact point")
}

// The contact point may be in the hands of a message that waits for this
// conversation: beginning does not wait in turn.
func TestBegin_DoesNotWaitForTheContactPoint(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann := newContact(t, db, contact.Details{Name: "Ann", Phone: "+14251234567"})
	id := wrote(t, db, message(site, "+14251234567", "a", "hi"))
	tx := db.SQL.MustBegin()
	tx.MustExec(`UPDATE contact_point SET name = 'renamed'`)
	_, err := db.Conversation.Begin(ctx, id)
	var refused *pq.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "lock_not_available", refused.Code.Name(), "asked for, not waited for")
	require.NoError(t, tx.Commit())
	_, err = db.Conversation.Begin(ctx, id)
	require.NoError(t, err)
	require.Equal(t, ann.ID, customer(t, db, id))
}

func TestTimeline_AllChannelsNewestFirst(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site, other := db.Site(t), db.Site(t)
	agent := db.Agents(t, &site, 1, 3)[0]
	ann := newContact(t, db, contact.Details{Name: "Ann"})
	var want []uuid.UUID
	for i := range 7 {
		at := site
		if i%2 == 1 {
			at = other
		}
		id := wrote(t, db, message(at, fmt.Sprint("U", i%3), fmt.Sprint(i), "hi"))
		require.NoError(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, id, ann.ID))
		db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now(), queue_id = $2 WHERE id = $1`, id, at.Queue)
		want = append([]uuid.UUID{id}, want...)
	}
	page := func(v auditdb.Viewer) []uuid.UUID {
		got, after := []uuid.UUID{}, auditdb.Cursor{}
		for {
			list, err := db.Message.Timeline(ctx, v, ann.ID, auditdb.Page{After: after, Limit: 2})
			require.NoError(t, err)
			for _, c := range list {
				got, after = append(got, c.ID), auditdb.Cursor{At: c.CreatedAt, ID: c.ID}
				require.Equal(t, "Ann", *c.ContactName)
			}
			if len(list) < 2 {
				return got
			}
		}
	}
	require.Equal(t, want, page(auditdb.Viewer{Scope: auditdb.Everywhere()}))
	require.Equal(t, []uuid.UUID{want[0], want[2], want[4], want[6]}, page(auditdb.Viewer{Agent: agent}), "an agent's queues only")
	_, err := db.Message.Timeline(ctx, auditdb.Viewer{Scope: auditdb.Everywhere()}, uuid.New(), auditdb.Page{Limit: 2})
	require.ErrorIs(t, err, pg.ErrNotFound)
}
