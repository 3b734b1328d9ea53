package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"switchboard/domain/contact"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/store/templatedb"
)

func newReply(t *testing.T, db *storetest.DB, r templatedb.QuickReply) templatedb.QuickReply {
	t.Helper()
	if r.Texts == nil {
		r.Texts = templatedb.Texts{"en": "nothing"}
	}
	r, err := db.Template.CreateQuickReply(t.Context(), auditdb.Actor{}, r)
	require.NoError(t, err)
	return r
}

func titles(list []templatedb.QuickReply) []string {
	out := []string{}
	for _, r := range list {
		out = append(out, r.Title)
	}
	return out
}

func TestQuickReplies_CreateChangeDelete(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 1)[0]
	shared := newReply(t, db, templatedb.QuickReply{Title: "Shared", Tags: pq.StringArray{"a"}, Workstreams: pq.StringArray{site.Workstream.String()}, Texts: templatedb.Texts{"en": "Hi\x00"}})
	require.Equal(t, "Hi\uFFFD", shared.Texts["en"])
	own := newReply(t, db, templatedb.QuickReply{Title: "Own", Agent: uuid.NullUUID{UUID: agent, Valid: true}})
	require.Equal(t, pq.StringArray{}, own.Tags)
	_, err := db.Template.CreateQuickReply(ctx, auditdb.Actor{}, templatedb.QuickReply{Title: "x", Workstreams: pq.StringArray{site.Workstream.String(), uuid.NewString()}})
	var wrong *pg.Invalid
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "workstream_ids[1]", wrong.Field)

	for _, id := range []uuid.UUID{shared.ID, own.ID} {
		_, err = db.Template.ChangeQuickReply(ctx, auditdb.Actor{}, id, func(r *templatedb.QuickReply) error { r.Title += "!"; return nil })
		require.NoError(t, err)
	}
	_, err = db.Template.QuickReplyFor(ctx, uuid.New(), own.ID)
	require.ErrorIs(t, err, pg.ErrNotFound)
	own, err = db.Template.QuickReplyFor(ctx, agent, own.ID)
	require.NoError(t, err)
	require.Equal(t, "Own!", own.Title)
	refuse := func(templatedb.QuickReply) error { return pg.ErrStale }
	require.ErrorIs(t, db.Template.DeleteQuickReply(ctx, auditdb.Actor{}, shared.ID, refuse), pg.ErrStale)
	allow := func(templatedb.QuickReply) error { return nil }
	require.NoError(t, db.Template.DeleteQuickReply(ctx, auditdb.Actor{}, shared.ID, allow))
	require.NoError(t, db.Template.DeleteQuickReply(ctx, auditdb.Actor{}, own.ID, allow))
	require.ErrorIs(t, db.Template.DeleteQuickReply(ctx, auditdb.Actor{}, own.ID, allow), pg.ErrNotFound)
	log, err := db.Audit.Audit(ctx, auditdb.AuditFilter{ObjectType: auditdb.AuditQuickReply, Limit: 10})
	require.NoError(t, err)
	require.Len(t, log, 3, "an agent's own are nobody else's business")
	require.JSONEq(t, `{"title": {"from": "Shared", "to": "Shared!"}}`, string(log[1].Changes))
}

func TestSearchQuickReplies_Ranks(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agents := db.Agents(t, &site, 2, 1)
	mine := uuid.NullUUID{UUID: agents[0], Valid: true}
	newReply(t, db, templatedb.QuickReply{Title: "C", Texts: templatedb.Texts{"en": "Your refund\nis on its way, order-4711!"}})
	newReply(t, db, templatedb.QuickReply{Title: "B", Tags: pq.StringArray{"refunds", "money"}})
	newReply(t, db, templatedb.QuickReply{Title: "Z refund", Agent: mine})
	newReply(t, db, templatedb.QuickReply{Title: "A (Refund)"})
	newReply(t, db, templatedb.QuickReply{Title: "Not mine: refund", Agent: uuid.NullUUID{UUID: agents[1], Valid: true}})
	newReply(t, db, templatedb.QuickReply{Title: "Thai", Texts: templatedb.Texts{"th": strings.Repeat("สวัสดี", 500)}})
	for text, want := range map[string][]string{
		"refund":                     {"A (Refund)", "Z refund", "B", "C"},
		"REF":                        {"A (Refund)", "Z refund", "B", "C"},
		"#refund":                    {"A (Refund)", "Z refund", "B", "C"},
		"money refund":               {"B"},
		"b mon":                      {"B"},
		"4711":                       {"C"},
		"is way":                     {"C"},
		"efund":                      {},
		"สวัส":                       {"Thai"},
		strings.Repeat("สวัสดี", 20): {"Thai"},
		"'!&|:*<->()":                {}, `\`: {}, "'':*": {}, "%": {}, " ": {},
	} {
		list, err := db.Template.SearchQuickReplies(ctx, templatedb.ReplyFilter{Agent: agents[0]}, text, 10)
		require.NoError(t, err, text)
		require.Equal(t, want, titles(list), text)
	}
	list, err := db.Template.SearchQuickReplies(ctx, templatedb.ReplyFilter{Agent: agents[0], Tag: "money"}, "refund", 10)
	require.NoError(t, err)
	require.Equal(t, []string{"B"}, titles(list))
	list, err = db.Template.SearchQuickReplies(ctx, templatedb.ReplyFilter{}, "refund", 2)
	require.NoError(t, err)
	require.Equal(t, []string{"A (Refund)", "B"}, titles(list))
}

// A search parts words as the index does.
func TestSearchQuickReplies_PartsWordsAlike(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	const separators = ".,;:/()'\"-_@!?#{}\t\n\r "
	text := ""
	for i, r := range separators {
		text += fmt.Sprintf("w%da%c", i, r)
	}
	newReply(t, db, templatedb.QuickReply{Title: "All", Texts: templatedb.Texts{"en": text}})
	for i, r := range separators {
		list, err := db.Template.SearchQuickReplies(ctx, templatedb.ReplyFilter{}, fmt.Sprintf("%cw%da%call", r, i, r), 10)
		require.NoError(t, err)
		require.Len(t, list, 1, "%q", r)
	}
}

// Only what fits the workstream is offered, and is found by words that its
// people may read.
func TestQuickReplies_FitTheConversation(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site, other := db.Site(t), db.Site(t)
	conv, agent := taken(t, db, &site)
	db.SQL.MustExec(`UPDATE contact_point SET language = 'nl-BE', name = 'Ada Point'`)
	db.SQL.MustExec(`UPDATE address SET language = 'de'`)
	newReply(t, db, templatedb.QuickReply{Title: "Elsewhere", Workstreams: pq.StringArray{other.Workstream.String()}, Texts: templatedb.Texts{"en": "word"}})
	newReply(t, db, templatedb.QuickReply{Title: "Here", Workstreams: pq.StringArray{other.Workstream.String(), site.Workstream.String()}, Texts: templatedb.Texts{"nl": "woord", "en": "word", "fr": "mot"}})
	newReply(t, db, templatedb.QuickReply{Title: "German", Tags: pq.StringArray{"x"}, Texts: templatedb.Texts{"de-AT": "wort", "en": "word"}})
	newReply(t, db, templatedb.QuickReply{Title: "French", Texts: templatedb.Texts{"fr": "mot"}})
	rc, err := db.Template.ReplyContextFor(ctx, auditdb.Viewer{Agent: agent}, conv)
	require.NoError(t, err)
	require.Equal(t, site.Workstream, rc.Workstream)
	require.Equal(t, []string{"nl-BE", "de"}, rc.Languages)
	require.Equal(t, "Ada", rc.Values["CustomerFirstName"])
	f := templatedb.ReplyFilter{Agent: agent, Context: &rc}
	for text, want := range map[string][]string{"wo": {"German", "Here"}, "woord": {"Here"}, "wort": {"German"}, "mot": {}, "here woord": {"Here"}, "french": {"French"}} {
		list, err := db.Template.SearchQuickReplies(ctx, f, text, 10)
		require.NoError(t, err)
		require.Equal(t, want, titles(list), text)
	}
	list, err := db.Template.QuickReplies(ctx, f, auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"Here", "German", "French"}, titles(list))
	for i, want := range []string{"nl", "de-AT", "fr"} {
		got, _ := list[i].In(rc.Languages)
		require.Equal(t, want, got)
	}
	got, text := list[1].In([]string{"th", ""})
	require.Equal(t, "en word", got+" "+text)
	f.Tag = "x"
	list, err = db.Template.QuickReplies(ctx, f, auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"German"}, titles(list))

	// What is known of the contact goes before what the provider tells.
	k := newContact(t, db, contact.Details{Name: "Dr. Ada Lee", FirstName: "Ada Maria", Language: "fr"})
	require.NoError(t, db.Contact.LinkContact(ctx, auditdb.Actor{}, conv, k.ID))
	rc, err = db.Template.ReplyContextFor(ctx, auditdb.Viewer{Agent: agent}, conv)
	require.NoError(t, err)
	require.Equal(t, []string{"fr", "de"}, rc.Languages)
	require.Equal(t, "Ada Maria/Dr. Ada Lee", rc.Values["CustomerFirstName"]+"/"+rc.Values["CustomerName"])
	_, err = db.Template.ReplyContextFor(ctx, auditdb.Viewer{Agent: uuid.New()}, conv)
	require.ErrorIs(t, err, pg.ErrNotFound)
}
