package store_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/schema"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/eventlog"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/store/templatedb"
)

// taken is an active conversation of the site's first agent, with one question.
func taken(t *testing.T, db *storetest.DB, site *storetest.Site) (conv, agent uuid.UUID) {
	t.Helper()
	agent = db.Agents(t, site, 2, 5)[0]
	conv = wrote(t, db, message(*site, "U1", uuid.NewString(), "Hello?"))
	db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, queue_id = $3 WHERE id = $1`, conv, agent, site.Queue)
	return conv, agent
}

// An internal message joins the thread, and nothing else of the conversation moves.
func TestStoreInternal_TouchesNothingOfTheCustomer(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	conv, agent := taken(t, db, &site)
	const facts = `SELECT to_jsonb(c) - 'last_seq' FROM conversation c WHERE id = $1`
	var before, after string
	require.NoError(t, db.SQL.Get(&before, facts, conv))
	in := messagedb.NewInternal{Conversation: conv, Agent: agent, Key: "k", Text: "She called yesterday.\x00"}
	m, repeated, err := db.Message.StoreInternal(ctx, in)
	require.NoError(t, err)
	require.False(t, repeated)
	require.Equal(t, "internal", m.Direction)
	require.Equal(t, int64(2), m.Seq)
	require.Equal(t, agent, m.Agent.UUID)
	require.Nil(t, m.Status)
	require.Nil(t, m.Automated)
	require.NoError(t, db.SQL.Get(&after, facts, conv))
	require.JSONEq(t, before, after)
	var bells int
	require.NoError(t, db.SQL.Get(&bells, `SELECT rings FROM bell WHERE conversation_id = $1`, conv))
	require.Equal(t, 1, bells, "no workflow hears of it")

	thread, err := db.Message.MessagesAfter(ctx, conv, 0, 10)
	require.NoError(t, err)
	require.Len(t, thread, 2)
	again, repeated, err := db.Message.StoreInternal(ctx, in)
	require.NoError(t, err)
	require.True(t, repeated)
	require.Equal(t, m.ID, again.ID)
	var told int
	require.NoError(t, db.SQL.Get(&told, `SELECT count(*) FROM event WHERE kind = 'message.created' AND message_id = $1 AND queue_id = $2 AND agent_id = $3`, m.ID, site.Queue, agent))
	require.Equal(t, 1, told)
}

// It waits in no outbox: what is sent is only what was said to the customer.
func TestStoreInternal_IsNeverClaimed(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	conv, agent := taken(t, db, &site)
	internal := func(key string) {
		_, _, err := db.Message.StoreInternal(ctx, messagedb.NewInternal{Conversation: conv, Agent: agent, Key: key, Text: "internal"})
		require.NoError(t, err)
	}
	internal("1")
	out, err := db.Message.NextToSend(ctx, conv, 1000)
	require.NoError(t, err)
	require.Nil(t, out)
	q, err := db.Campaign.QueueMessage(ctx, campaigndb.NewOutbound{Conversation: conv, Agent: agent, Key: "2", Text: "answer"})
	require.NoError(t, err)
	internal("3")
	out, err = db.Message.NextToSend(ctx, conv, 1000)
	require.NoError(t, err)
	require.Equal(t, q.MessageID, out.ID)
	var waits int
	require.NoError(t, db.SQL.Get(&waits, `SELECT count(*) FROM message WHERE direction = 'internal' AND (status IS NOT NULL OR expires_at IS NOT NULL)`))
	require.Zero(t, waits)
}

func TestStoreInternal_ErrClosedOrMissing(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	conv, agent := taken(t, db, &site)
	in := messagedb.NewInternal{Conversation: conv, Agent: agent, Key: "k", Text: "internal"}
	_, _, err := db.Message.StoreInternal(ctx, in)
	require.NoError(t, err)
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE id = $1`, conv)
	_, repeated, err := db.Message.StoreInternal(ctx, in)
	require.NoError(t, err)
	require.True(t, repeated, "it was said when it could be")
	in.Key = "other"
	_, _, err = db.Message.StoreInternal(ctx, in)
	var refusal *conversation.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, conversation.WrongState, refusal.Code)
	in.Conversation = uuid.New()
	_, _, err = db.Message.StoreInternal(ctx, in)
	require.ErrorIs(t, err, pg.ErrNotFound)
}

// Who only spoke with colleagues has no right to stay when the conversation leaves
// their queue.
func TestStoreInternal_GivesNoRightToSee(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	conv, agent := taken(t, db, &site)
	_, _, err := db.Message.StoreInternal(ctx, messagedb.NewInternal{Conversation: conv, Agent: site.Agents[1], Key: "k", Text: "internal"})
	require.NoError(t, err)
	_, err = db.Campaign.QueueMessage(ctx, campaigndb.NewOutbound{Conversation: conv, Agent: agent, Key: "2", Text: "answer"})
	require.NoError(t, err)
	other := db.Site(t)
	db.SQL.MustExec(`UPDATE conversation SET queue_id = $2, agent_id = NULL, state = 'open' WHERE id = $1`, conv, other.Queue)
	_, err = db.Conversation.ConversationFor(ctx, auditdb.Viewer{Agent: site.Agents[1]}, conv)
	require.ErrorIs(t, err, pg.ErrNotFound)
	_, err = db.Conversation.ConversationFor(ctx, auditdb.Viewer{Agent: agent}, conv)
	require.NoError(t, err)
}

func TestNotes_CreateChangeDelete(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	require.NoError(t, db.EventLog.PrepareEvents(ctx))
	site := db.Site(t)
	conv, agent := taken(t, db, &site)
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now() WHERE id = $1`, conv)
	n, err := db.Message.CreateNote(ctx, conv, agent, "first")
	require.NoError(t, err)
	require.Equal(t, "Agent", n.AgentName)
	second, err := db.Message.CreateNote(ctx, conv, agent, "second")
	require.NoError(t, err)
	_, err = db.Message.CreateNote(ctx, uuid.New(), agent, "nowhere")
	require.ErrorIs(t, err, pg.ErrNotFound)

	by := auditdb.Actor{Agent: uuid.NullUUID{UUID: agent, Valid: true}}
	n, err = db.Message.ChangeNote(ctx, by, n.ID, "changed")
	require.NoError(t, err)
	require.True(t, n.UpdatedAt.After(n.CreatedAt))
	require.NoError(t, db.Message.DeleteNote(ctx, by, second.ID))
	require.ErrorIs(t, db.Message.DeleteNote(ctx, by, second.ID), pg.ErrNotFound)
	_, err = db.Message.ChangeNote(ctx, by, second.ID, "again")
	require.ErrorIs(t, err, pg.ErrNotFound)
	list, err := db.Message.Notes(ctx, conv, auditdb.Page{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []messagedb.Note{n}, list)
	var left string
	require.NoError(t, db.SQL.Get(&left, `SELECT text FROM note WHERE id = $1`, second.ID))
	require.Empty(t, left)
	log, err := db.Audit.Audit(ctx, auditdb.AuditFilter{ObjectType: auditdb.AuditNote, Limit: 10})
	require.NoError(t, err)
	require.Len(t, log, 2)
	require.JSONEq(t, `{"text": {"changed": true}}`, string(log[1].Changes))

	_, err = db.Message.NoteFor(ctx, auditdb.Viewer{Agent: site.Agents[1]}, n.ID)
	require.NoError(t, err)
	_, err = db.Message.NoteFor(ctx, auditdb.Viewer{Agent: uuid.New()}, n.ID)
	require.ErrorIs(t, err, pg.ErrNotFound)
}

// Notes come to those who watch the conversation, as they are when delivered.
func TestNotes_AreToldAsTheyAre(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	require.NoError(t, db.EventLog.PrepareEvents(ctx))
	site := db.Site(t)
	conv, agent := taken(t, db, &site)
	n, err := db.Message.CreateNote(ctx, conv, agent, "first")
	require.NoError(t, err)
	told := func(audience *eventlog.EventFilter) (kinds, texts []string) {
		page := settled(t, db, audience)
		for _, e := range page {
			var v struct {
				Kind string
				Note *struct {
					ID        uuid.UUID
					Text      string
					DeletedAt *string `json:"deleted_at"`
				}
			}
			require.NoError(t, json.Unmarshal(e.JSON, &v))
			if v.Note != nil {
				require.Equal(t, n.ID, v.Note.ID)
				kinds, texts = append(kinds, v.Kind), append(texts, v.Note.Text)
				require.Equal(t, v.Note.Text == "", v.Note.DeletedAt != nil)
			}
		}
		return kinds, texts
	}
	colleague := &eventlog.EventFilter{Agent: site.Agents[1], Queues: []uuid.UUID{site.Queue}}
	kinds, texts := told(colleague)
	require.Equal(t, []string{"note.created"}, kinds)
	require.Equal(t, []string{"first"}, texts)
	_, err = db.Message.ChangeNote(ctx, auditdb.Actor{}, n.ID, "second")
	require.NoError(t, err)
	require.NoError(t, db.Message.DeleteNote(ctx, auditdb.Actor{}, n.ID))
	kinds, texts = told(&eventlog.EventFilter{Agent: agent})
	require.Equal(t, []string{"note.created", "note.updated", "note.updated"}, kinds)
	require.Equal(t, []string{"", "", ""}, texts)
	kinds, _ = told(&eventlog.EventFilter{Agent: uuid.New()})
	require.Empty(t, kinds)
}

// settled reads the whole log once no older transaction is under way.
func settled(t *testing.T, db *storetest.DB, audience *eventlog.EventFilter) []eventlog.LoggedEvent {
	t.Helper()
	for {
		page, err := db.EventLog.ReadEvents(t.Context(), eventlog.EventRead{Limit: 100, Audience: audience})
		require.NoError(t, err)
		if !page.Pending {
			return page.Events
		}
	}
}

func TestReplies_MigrationGoesDownAndUp(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	p, err := goose.NewProvider(goose.DialectPostgres, db.SQL.DB, schema.Migrations)
	require.NoError(t, err)
	_, err = p.DownTo(ctx, 8)
	require.NoError(t, err)
	var left bool
	require.NoError(t, db.SQL.Get(&left, `SELECT to_regclass('note') IS NOT NULL OR to_regclass('quick_reply') IS NOT NULL`))
	require.False(t, left)
	_, err = p.Up(ctx)
	require.NoError(t, err)
	_, err = db.Template.QuickReplies(ctx, templatedb.ReplyFilter{}, auditdb.Page{Limit: 1})
	require.NoError(t, err)
}
