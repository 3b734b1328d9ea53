package store_test

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/contact"
	"switchboard/store/auditdb"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// known is a contact with one conversation by a way of its own.
func known(t *testing.T, db *storetest.DB, site storetest.Site, d contact.Details) (contactdb.Contact, uuid.UUID) {
	t.Helper()
	c := newContact(t, db, d)
	id := wrote(t, db, message(site, "U "+c.ID.String(), uuid.NewString(), "hi"))
	require.NoError(t, db.Contact.LinkContact(t.Context(), auditdb.Actor{}, id, c.ID))
	return c, id
}

func details(t *testing.T, db *storetest.DB, id uuid.UUID) contactdb.Contact {
	t.Helper()
	c, err := db.Contact.ContactByID(t.Context(), id)
	require.NoError(t, err)
	return c
}

func TestLink_TellsAndIsAudited(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann, id := known(t, db, site, contact.Details{Name: "Ann"})
	bob := newContact(t, db, contact.Details{Name: "Bob"})
	require.NoError(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, id, ann.ID), "a repeat is no change")
	require.NoError(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, id, bob.ID))
	require.NoError(t, db.Contact.UnlinkContact(ctx, auditdb.Actor{}, id))
	require.NoError(t, db.Contact.UnlinkContact(ctx, auditdb.Actor{}, id))
	require.Equal(t, []string{"contact_linked", "contact_linked", "contact_unlinked"}, changes(t, db, id))
	log, err := db.Audit.Audit(ctx, auditdb.AuditFilter{ObjectID: bob.ID.String(), Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"unlink", "link", "create"}, []string{log[0].Action, log[1].Action, log[2].Action})
	require.Contains(t, string(log[1].Changes), ann.ID.String())

	var wrong *pg.Invalid
	require.ErrorAs(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, id, uuid.New()), &wrong)
	require.ErrorIs(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, uuid.New(), ann.ID), pg.ErrNotFound)
	require.ErrorIs(t, db.Contact.UnlinkContact(ctx, auditdb.Actor{}, uuid.New()), pg.ErrNotFound)
	_, err = db.Contact.CreateContact(ctx, auditdb.Actor{}, contact.Details{Name: "Carl"}, uuid.NullUUID{UUID: uuid.New(), Valid: true})
	require.ErrorIs(t, err, pg.ErrNotFound)
	carl, err := db.Contact.CreateContact(ctx, auditdb.Actor{}, contact.Details{Name: "Carl"}, uuid.NullUUID{UUID: id, Valid: true})
	require.NoError(t, err)
	require.Equal(t, carl.ID, customer(t, db, id))
}

func TestMerge_RoundTrip(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	by := auditdb.Actor{Agent: uuid.NullUUID{UUID: db.Agents(t, &site, 1, 3)[0], Valid: true}}
	ann, annWrote := known(t, db, site, contact.Details{Name: "Ann", Email: "ann@example.com"})
	twin, twinWrote := known(t, db, site, contact.Details{Name: "A. Lee", Phone: "+14251234567", Language: "en", ExternalID: "7"})

	m, err := db.Contact.MergeContacts(ctx, by, ann.ID, twin.ID)
	require.NoError(t, err)
	require.Equal(t, 1, m.Points)
	require.Equal(t, contact.Details{Name: "Ann", Email: "ann@example.com", Phone: "+14251234567", Language: "en", ExternalID: "7"}, details(t, db, ann.ID).Details)
	require.Equal(t, ann.ID, details(t, db, twin.ID).MergedInto.UUID)
	require.Equal(t, twin.Details, details(t, db, twin.ID).Details, "the loser keeps what it was")
	require.Equal(t, ann.ID, customer(t, db, twinWrote))
	require.Equal(t, []string{"contact_linked", "contact_linked"}, changes(t, db, twinWrote))
	list, err := db.Contact.Contacts(ctx, "", auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1, "a merged one is not listed")
	points, err := db.Contact.ContactPoints(ctx, ann.ID)
	require.NoError(t, err)
	require.Len(t, points, 2)
	var clash *pg.Conflict
	require.ErrorAs(t, db.Contact.LinkContact(ctx, by, annWrote, twin.ID), &clash)
	_, err = db.Contact.ChangeContact(ctx, by, twin.ID, func(d *contact.Details) { d.Name = "x" })
	require.ErrorAs(t, err, &clash)

	_, err = db.Contact.ChangeContact(ctx, by, ann.ID, func(d *contact.Details) { d.Language = "et" })
	require.NoError(t, err)
	back, err := db.Contact.RevertMerge(ctx, by, m.ID)
	require.NoError(t, err)
	require.NotNil(t, back.RevertedAt)
	require.Equal(t, contact.Details{Name: "Ann", Email: "ann@example.com", Language: "et"}, details(t, db, ann.ID).Details, "what was changed since stays")
	require.False(t, details(t, db, twin.ID).MergedInto.Valid)
	require.Equal(t, []uuid.UUID{ann.ID, twin.ID}, []uuid.UUID{customer(t, db, annWrote), customer(t, db, twinWrote)})
	_, err = db.Contact.RevertMerge(ctx, by, m.ID)
	require.ErrorAs(t, err, &clash)
	require.Contains(t, clash.Reason, "already")

	for id, side := range map[uuid.UUID]string{ann.ID: "from", twin.ID: "into"} {
		requireMergeAudited(t, db, by, id, m.ID, side)
	}
	// They may be merged again.
	_, err = db.Contact.MergeContacts(ctx, by, ann.ID, twin.ID)
	require.NoError(t, err)
	all, err := db.Contact.Merges(ctx, twin.ID, auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Nil(t, all[0].RevertedAt, "the newest first")
}

// requireMergeAudited: a merge and its reversal stand under a contact, without
// anything that is known of the customer.
func requireMergeAudited(t *testing.T, db *storetest.DB, by auditdb.Actor, id, merge uuid.UUID, side string) {
	t.Helper()
	log, err := db.Audit.Audit(t.Context(), auditdb.AuditFilter{ObjectType: auditdb.AuditContact, ObjectID: id.String(), Limit: 20})
	require.NoError(t, err)
	var actions []string
	for _, e := range log {
		if e.Action != "merge" && e.Action != "revert_merge" {
			continue
		}
		var c map[string]any
		require.NoError(t, json.Unmarshal(e.Changes, &c))
		require.Equal(t, merge.String(), c["merge_id"])
		require.NotEmpty(t, c[side])
		require.Equal(t, by.Agent, e.Agent)
		require.NotContains(t, string(e.Changes), "+14251234567")
		actions = append(actions, e.Action)
	}
	require.Equal(t, []string{"revert_merge", "merge"}, actions)
}

func TestMerge_RevertLeavesWhatMovedOn(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ann, _ := known(t, db, site, contact.Details{Name: "Ann"})
	twin, stays := known(t, db, site, contact.Details{Name: "Twin"})
	moves := wrote(t, db, message(site, "U moves", "moves", "hi"))
	require.NoError(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, moves, twin.ID))
	m, err := db.Contact.MergeContacts(ctx, auditdb.Actor{}, ann.ID, twin.ID)
	require.NoError(t, err)
	require.Equal(t, 2, m.Points)
	bob := newContact(t, db, contact.Details{Name: "Bob"})
	require.NoError(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, moves, bob.ID))
	_, err = db.Contact.RevertMerge(ctx, auditdb.Actor{}, m.ID)
	require.NoError(t, err)
	require.Equal(t, twin.ID, customer(t, db, stays))
	require.Equal(t, bob.ID, customer(t, db, moves))
}

// A merge on top of a merge is taken back first, on whichever side it stands.
func TestMerge_NewestIsRevertedFirst(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	var ids []uuid.UUID
	for range 4 {
		ids = append(ids, newContact(t, db, contact.Details{Name: "Ann"}).ID)
	}
	var merges []uuid.UUID
	for _, pair := range [][2]int{{1, 0}, {1, 2}, {3, 1}} { // two into one, and that into a third
		m, err := db.Contact.MergeContacts(ctx, auditdb.Actor{}, ids[pair[0]], ids[pair[1]])
		require.NoError(t, err)
		merges = append(merges, m.ID)
	}
	var clash *pg.Conflict
	for i := len(merges) - 1; i >= 0; i-- {
		for _, older := range merges[:i] {
			_, err := db.Contact.RevertMerge(ctx, auditdb.Actor{}, older)
			require.ErrorAs(t, err, &clash)
			require.Contains(t, clash.Reason, "newer")
		}
		_, err := db.Contact.RevertMerge(ctx, auditdb.Actor{}, merges[i])
		require.NoError(t, err)
	}
	list, err := db.Contact.Contacts(ctx, "", auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 4)
}

func TestMerge_Err(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	a, b, c := newContact(t, db, contact.Details{Name: "A"}).ID, newContact(t, db, contact.Details{Name: "B"}).ID, newContact(t, db, contact.Details{Name: "C"}).ID
	var wrong *pg.Invalid
	var clash *pg.Conflict
	_, err := db.Contact.MergeContacts(ctx, auditdb.Actor{}, a, a)
	require.ErrorAs(t, err, &wrong)
	require.Contains(t, wrong.Reason, "itself")
	_, err = db.Contact.MergeContacts(ctx, auditdb.Actor{}, a, uuid.New())
	require.ErrorAs(t, err, &wrong)
	_, err = db.Contact.MergeContacts(ctx, auditdb.Actor{}, uuid.New(), a)
	require.ErrorIs(t, err, pg.ErrNotFound)
	_, err = db.Contact.RevertMerge(ctx, auditdb.Actor{}, uuid.New())
	require.ErrorIs(t, err, pg.ErrNotFound)
	_, err = db.Contact.Merges(ctx, uuid.New(), auditdb.Page{Limit: 1})
	require.ErrorIs(t, err, pg.ErrNotFound)
	_, err = db.Contact.MergeContacts(ctx, auditdb.Actor{}, a, b)
	require.NoError(t, err)
	_, err = db.Contact.MergeContacts(ctx, auditdb.Actor{}, c, b)
	require.ErrorAs(t, err, &clash)
	_, err = db.Contact.MergeContacts(ctx, auditdb.Actor{}, b, c)
	require.ErrorAs(t, err, &clash)
}

// From both sides at once, with links and repeats of the reversal between them:
// one wins, and nobody waits for each other in a circle.
func TestMerge_OfOnePairFromBothSides(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	for range 10 {
		a, aWrote := known(t, db, site, contact.Details{Name: "A"})
		b, bWrote := known(t, db, site, contact.Details{Name: "B"})
		var mu sync.Mutex
		var won []contactdb.Merge
		var wg sync.WaitGroup
		refused := func(err error) {
			var clash *pg.Conflict
			if err != nil {
				require.ErrorAs(t, err, &clash)
			}
		}
		for i := range 4 {
			winner, loser := a.ID, b.ID
			if i%2 == 1 {
				winner, loser = loser, winner
			}
			wg.Go(func() {
				m, err := db.Contact.MergeContacts(ctx, auditdb.Actor{}, winner, loser)
				refused(err)
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					won = append(won, m)
				}
			})
			wg.Go(func() { refused(db.Contact.LinkContact(ctx, auditdb.Actor{}, aWrote, winner)) })
			wg.Go(func() { refused(db.Contact.LinkContact(ctx, auditdb.Actor{}, bWrote, winner)) })
		}
		wg.Wait()
		require.Len(t, won, 1)
		reverted := 0
		for range 3 {
			wg.Go(func() {
				_, err := db.Contact.RevertMerge(ctx, auditdb.Actor{}, won[0].ID)
				refused(err)
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					reverted++
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, reverted)
		require.False(t, details(t, db, a.ID).MergedInto.Valid || details(t, db, b.ID).MergedInto.Valid)
	}
}
