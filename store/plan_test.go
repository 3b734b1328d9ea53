package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/domain/contact"
	"switchboard/domain/conversation"
	"switchboard/domain/routing"
	"switchboard/store"
	"switchboard/store/admindb"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/eventlog"
	"switchboard/store/messagedb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/store/templatedb"
	"switchboard/store/webhookdb"
	"switchboard/test/tier"
)

// history is a year of a site: 20,000 conversations of which some hundred live,
// two messages and two events each.
const history = `
WITH p AS (
  INSERT INTO contact_point (account_id, channel, external_id) SELECT $1, 'line', 'U' || g FROM generate_series(1, 20000) g RETURNING id, external_id
), c AS (
  INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, queue_id, pushed, state, agent_id, waiting_since, closed_at, last_seq, inbound_seq)
  SELECT p.id, $1, $2, $3, 'line', $4, true,
         CASE WHEN n <= 200 THEN 'open' WHEN n <= 400 THEN 'active' ELSE 'closed' END, CASE WHEN n > 200 THEN $5::uuid END,
         CASE WHEN n <= 200 THEN now() END, CASE WHEN n > 400 THEN now() - n * interval '1 minute' END, 2, 1
  FROM (SELECT id, row_number() OVER () AS n FROM p) p RETURNING id
), m AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text, provider_event_id, provider_message_id, status)
  SELECT c.id, s, $1, CASE s WHEN 1 THEN 'in' ELSE 'out' END, 'text', 'text', CASE s WHEN 1 THEN c.id::text END, c.id || '/' || s,
         CASE s WHEN 2 THEN 'delivered' END
  FROM c CROSS JOIN generate_series(1, 2) s RETURNING id, conversation_id
), s AS (
  INSERT INTO session (conversation_id, agent_id, accepted_at, closed_at, closure_reason) SELECT id, $5, now(), now(), 'agent_closed' FROM c
)
INSERT INTO event (kind, conversation_id, message_id, queue_id) SELECT 'message.created', conversation_id, id, $4 FROM m`

// customers are those of them who are known: every fourth, with all that is
// looked for.
const customers = `
WITH k AS (
  INSERT INTO contact (name, first_name, last_name, email, phone, external_id)
  SELECT 'First' || g || ' Last' || g % 1000, 'First' || g, 'Last' || g % 1000, 'c' || g || '@example.com', '+1425' || 1000000 + g, 'E' || g
  FROM generate_series(1, 20000) g RETURNING id, external_id
)
UPDATE contact_point p SET contact_id = k.id FROM k WHERE 'U' || 4 * substr(k.external_id, 2)::int = p.external_id`

// remarks are a note and a draft on every conversation and 20,000 quick replies, half of
// them of agents for themselves.
const remarks = `
WITH n AS (INSERT INTO note (conversation_id, agent_id, text) SELECT id, $1, 'text' FROM conversation),
     d AS (INSERT INTO draft (conversation_id, agent_id, mode, text) SELECT id, $1, 'reply', 'text' FROM conversation)
INSERT INTO quick_reply (title, tags, texts, agent_id)
SELECT 'title' || g, ARRAY['tag' || g % 1000], jsonb_build_object('en', 'text' || g, 'nl', 'tekst' || g), CASE g % 2 WHEN 0 THEN a.id END
FROM generate_series(1, 20000) g JOIN (SELECT id, row_number() OVER () AS n, count(*) OVER () AS all FROM agent) a ON a.n = g / 2 % a.all + 1`

// What happens with every message, list and decision finds its rows by index,
// however large the tables are.
func TestPlans_NothingReadsAWholeTable(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	require.NoError(t, db.EventLog.PrepareEvents(ctx))
	site := db.Site(t)
	agent := db.Agents(t, &site, 3, 1000)[0]
	db.SQL.MustExec(history, site.Account, site.Address, site.Workstream, site.Queue, agent)
	db.SQL.MustExec(customers)
	db.SQL.MustExec(`INSERT INTO agent (name, email, role) SELECT 'Agent', 'agent' || g || '@example.com', 'agent' FROM generate_series(1, 500) g`)
	db.SQL.MustExec(remarks, agent)
	db.SQL.MustExec(`UPDATE conversation SET skills = jsonb_build_object('skill' || last_seq % 7, 1) WHERE state = 'open'`)
	db.SQL.MustExec(`INSERT INTO assignment_decision (conversation_id, cause, candidates) SELECT id, 'arrival', '[]' FROM conversation`)
	db.SQL.MustExec(advice, agent)
	db.SQL.MustExec(sendings, site.Account, site.Address)
	db.SQL.MustExec(`VACUUM ANALYZE`)
	var active, open uuid.UUID
	require.NoError(t, db.SQL.Get(&active, `SELECT id FROM conversation WHERE state = 'active' LIMIT 1`))
	require.NoError(t, db.SQL.Get(&open, `SELECT id FROM conversation WHERE state = 'open' LIMIT 1`))
	flush := `SELECT pg_stat_force_next_flush()`
	const others = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`
	alone := func() {
		t.Helper()
		require.Eventually(t, func() bool {
			var left int
			err := db.SQL.Get(&left, others)
			return err == nil && left == 0
		}, tier.Patience(time.Minute), 10*time.Millisecond)
		db.SQL.MustExec(flush)
	}
	// A connection reports what it did when it ends, or some time later: those
	// that prepared the data must have ended before anything is counted.
	require.NoError(t, db.Store.Close())
	db.SQL.SetMaxOpenConns(1)
	alone()
	scans := func() map[string]int {
		out := map[string]int{}
		rows, err := db.SQL.Queryx(`SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ('conversation', 'message', 'contact', 'contact_point', 'event', 'session', 'note', 'quick_reply', 'assignment_decision', 'participation', 'consult_message', 'work_item', 'campaign_recipient')`)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var name string
			var n int
			require.NoError(t, rows.Scan(&name, &n))
			out[name] = n
		}
		require.NoError(t, rows.Err())
		return out
	}
	before := scans()

	// The store under test has connections of its own; gone when it closes.
	st, err := store.Open(db.DSN, storetest.TestSealer())
	require.NoError(t, err)
	use(t, st, site, agent, active, open)
	require.NoError(t, st.Close())
	alone()
	require.Equal(t, before, scans())

	// The measure works: what reads a whole table is counted.
	db.SQL.MustExec(`SELECT count(*) FROM message WHERE text = 'nothing has an index on this'`)
	db.SQL.MustExec(flush)
	require.Greater(t, scans()["message"], before["message"])
}

// use does once what the product does all day. Statements run often enough that
// their generic plans are tried as well.
func use(t *testing.T, st *store.Store, site storetest.Site, agent, active, open uuid.UUID) {
	t.Helper()
	ctx, page := t.Context(), auditdb.Page{Limit: 51}
	_, err := st.Admin.SetOverflow(ctx, auditdb.Actor{}, site.Queue, []routing.Overflow{{When: routing.Size, Limit: 10_000, Action: routing.End},
		{When: routing.LongestWait, Limit: routing.MaxWait, Action: routing.End}, {When: routing.ExpectedWait, Limit: routing.MaxWait, Action: routing.End}})
	require.NoError(t, err)
	for i := range 9 {
		e := message(site, "U7", uuid.NewString(), "hi")
		_, err := st.Message.StoreMessages(ctx, []contactdb.Inbound{e, message(site, "new "+uuid.NewString(), uuid.NewString(), "hi")})
		require.NoError(t, err)
		require.NoError(t, st.Message.StoreReports(ctx, []contactdb.Inbound{{Account: site.Account, Event: channel.Event{
			Kind: channel.KindStatus, ID: uuid.NewString(), MessageID: active.String() + "/2", Status: channel.StatusRead}}}))
		rungs, err := st.Outbox.ClaimBells(ctx, 64, time.Minute)
		require.NoError(t, err)
		require.NoError(t, st.Outbox.AckBells(ctx, rungs))
		for _, r := range rungs { // new ones pass through the pipeline
			_, err := st.Conversation.Begin(ctx, r.Conversation)
			require.NoError(t, err)
		}
		_, err = st.Admin.Simulate(ctx, admindb.Simulation{Workstream: site.Workstream, Conversation: open})
		require.NoError(t, err)
		_, err = st.Admin.CompareRouting(ctx, admindb.Comparison{Workstream: site.Workstream, From: time.Now().Add(-time.Minute), Until: time.Now(), Limit: 5})
		require.NoError(t, err)
		_, err = st.Conversation.SetContext(ctx, open, map[string]any{"tier": "gold"})
		require.NoError(t, err)
		_, _, err = st.Conversation.RoutingFacts(ctx, open, time.Now())
		require.NoError(t, err)
		_, err = st.Assignment.AssignNext(ctx, site.Queue, assigndb.OffersAtOnce)
		require.NoError(t, err)
		_, err = st.Assignment.AssignFor(ctx, agent)
		require.NoError(t, err)
		_, err = st.Assignment.SweepAssignments(ctx)
		require.NoError(t, err)
		for _, read := range []func() error{
			func() error { _, err := st.Conversation.MyConversations(ctx, agent, page); return err },
			func() error { _, err := st.Conversation.OfferedConversations(ctx, agent, page); return err },
			func() error { _, err := st.Conversation.OpenConversations(ctx, agent, page); return err },
			func() error {
				_, err := st.Conversation.AllOpenConversations(ctx, auditdb.Viewer{Scope: auditdb.Everywhere()}, page)
				return err
			},
			func() error {
				_, err := st.Conversation.ConversationsBy(ctx, auditdb.Everywhere(), conversationdb.ConversationFilter{}, page)
				return err
			},
			func() error {
				_, err := st.Conversation.ConversationsBy(ctx, auditdb.Everywhere(), conversationdb.ConversationFilter{States: []string{"active"}, Queue: uuid.NullUUID{UUID: site.Queue, Valid: true}}, page)
				return err
			},
			func() error {
				_, err := st.Conversation.ConversationsBy(ctx, auditdb.Everywhere(), conversationdb.ConversationFilter{Agent: uuid.NullUUID{UUID: agent, Valid: true}}, page)
				return err
			},
			func() error {
				_, err := st.Conversation.ConversationsBy(ctx, auditdb.Everywhere(), conversationdb.ConversationFilter{Contact: uuid.NullUUID{UUID: uuid.New(), Valid: true}}, page)
				return err
			},
			func() error {
				_, err := st.Conversation.ClosedConversations(ctx, agent, time.Now().Add(-24*time.Hour), page)
				return err
			},
			func() error {
				_, err := st.Conversation.AllClosedConversations(ctx, auditdb.Everywhere(), time.Unix(0, 0), page)
				return err
			},
			func() error {
				_, err := st.Conversation.ConversationFor(ctx, auditdb.Viewer{Agent: agent}, open)
				return err
			},
			func() error { _, err := st.Message.MessagesAfter(ctx, active, 0, 50); return err },
			func() error { _, err := st.Message.MessagesBefore(ctx, active, 100, 50); return err },
			func() error { _, err := st.Conversation.Snapshot(ctx, active); return err },
			func() error { _, err := st.Conversation.Sessions(ctx, active); return err },
			func() error { _, err := st.Assignment.Assignments(ctx, open); return err },
			func() error { _, err := st.Assignment.Candidates(ctx, open); return err },
			func() error { return arrive(ctx, st, open) },
			func() error { _, err := st.Message.FilePolicyOf(ctx, active); return err },
			func() error { _, err := st.Conversation.Begin(ctx, open); return err },
			func() error { _, err := st.Message.PendingFiles(ctx, active); return err },
			func() error {
				m, err := st.Message.NextToSend(ctx, active, 1000)
				if err == nil && m != nil {
					_, err = st.Message.BeginSending(ctx, m, uuid.New())
				}
				return err
			},
			func() error { _, err := st.EventLog.PruneEvents(ctx, time.Unix(0, 0), 100); return err },
			func() error { _, err := st.Standings(ctx, []uuid.UUID{active, open}); return err },
			func() error { _, err := st.LivingAfter(ctx, pg.Living{}, 0, 1000); return err },
			func() error { _, err := st.ClosedUnsent(ctx, 0, 1000); return err },
		} {
			require.NoError(t, read())
		}
		useContacts(t, st, site, open, i)
		transition(t, st, active, conversation.Command{Kind: conversation.Park, Agent: agent.String()})
		transition(t, st, active, conversation.Command{Kind: conversation.Resume, Agent: agent.String()})
		useRemarks(t, st, agent, active)
		useTogether(t, st, site, agent, active)
		useWebhooks(t, st, site)
		useChat(t, st, site)
		useCampaigns(t, st, site)
		_, err = st.Campaign.QueueMessage(ctx, campaigndb.NewOutbound{Conversation: active, Agent: agent, Key: uuid.NewString(), Text: "answer"})
		require.NoError(t, err)
		made, err := st.Template.CreateTemplate(ctx, auditdb.Actor{}, templatedb.Template{Name: uuid.NewString(), Channel: "line", DefaultLanguage: "en"})
		require.NoError(t, err)
		require.NoError(t, st.Template.DeleteTemplate(ctx, auditdb.Actor{}, made.ID), "its messages are found by index")
		head, err := st.EventLog.EventHead(ctx)
		require.NoError(t, err)
		_, err = st.EventLog.ReadEvents(ctx, eventlog.EventRead{After: head, Limit: 100, Audience: &eventlog.EventFilter{Agent: agent, Queues: []uuid.UUID{site.Queue}}})
		require.NoError(t, err)
	}
}

// useWebhooks announces to an outside system what has happened since.
func useWebhooks(t *testing.T, st *store.Store, site storetest.Site) {
	t.Helper()
	ctx := t.Context()
	w, err := st.Webhook.CreateWebhook(ctx, auditdb.Actor{}, webhookdb.Webhook{ID: uuid.New(), Name: "CRM", URL: "https://crm.example.com", Enabled: true,
		Kinds: webhookdb.WebhookKinds(), Workstream: uuid.NullUUID{UUID: site.Workstream, Valid: true}, IncludeMessage: true,
		Secrets: configdb.Secrets{webhookdb.WebhookKey: "key"}})
	require.NoError(t, err)
	_, err = st.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U8", uuid.NewString(), "hi")})
	require.NoError(t, err)
	var jobs []webhookdb.WebhookJob
	require.Eventually(t, func() bool { // other tests' transactions run on the same server
		_, err := st.Webhook.FanOut(ctx, w.ID, 500)
		require.NoError(t, err)
		jobs, err = st.Webhook.ClaimDeliveries(ctx, w.ID, 8, time.Minute)
		require.NoError(t, err)
		return len(jobs) > 0
	}, tier.Patience(time.Minute), 10*time.Millisecond)
	for _, job := range jobs {
		require.NoError(t, st.Webhook.DeliveryTried(ctx, job, webhookdb.WebhookResult{Delivered: true, Status: 200}))
	}
	_, err = st.Webhook.PruneDeliveries(ctx, time.Unix(0, 0), 100)
	require.NoError(t, err)
	require.NoError(t, st.Webhook.DeleteWebhook(ctx, auditdb.Actor{}, w.ID))
}

// useContacts does what people and conversations that begin do with contacts.
func useContacts(t *testing.T, st *store.Store, site storetest.Site, open uuid.UUID, round int) {
	t.Helper()
	ctx, page := t.Context(), auditdb.Page{Limit: 51}
	number := fmt.Sprint("+14251000", 100+round)
	found, err := st.Contact.IdentifyContact(ctx, contact.Keys{Phone: number})
	require.NoError(t, err)
	require.NotNil(t, found.Contact)
	id := found.Contact.ID
	_, err = st.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, number, uuid.NewString(), "hi")})
	require.NoError(t, err)
	rungs, err := st.Outbox.ClaimBells(ctx, 64, time.Minute)
	require.NoError(t, err)
	for _, r := range rungs {
		_, err := st.Conversation.Begin(ctx, r.Conversation)
		require.NoError(t, err)
	}
	points, err := st.Contact.ContactPoints(ctx, id)
	require.NoError(t, err)
	require.NotEmpty(t, points)
	for _, q := range []string{"", "first17", "last7 first", "c17@", "c17@example.com", "+14251000", "E77", "nobody"} {
		_, err := st.Contact.Contacts(ctx, q, page)
		require.NoError(t, err)
	}
	for _, k := range []contact.Keys{{Email: "C5@example.com"}, {Name: "First5 Last5"}, {ExternalID: "E5"}, {Phone: number, Email: "c5@example.com"}} {
		_, err := st.Contact.IdentifyContact(ctx, k)
		require.NoError(t, err)
	}
	_, err = st.Message.Timeline(ctx, auditdb.Viewer{Agent: uuid.New()}, id, page)
	require.NoError(t, err)
	require.NoError(t, st.Contact.LinkContact(ctx, auditdb.Actor{}, open, id))
	require.NoError(t, st.Contact.UnlinkContact(ctx, auditdb.Actor{}, open))
	ref, err := st.Contact.CustomerProfile(ctx, open)
	require.NoError(t, err)
	require.NoError(t, st.Contact.StoreProfile(ctx, ref.Point, &channel.Profile{Name: uuid.NewString()}))
	other, err := st.Contact.CreateContact(ctx, auditdb.Actor{}, contact.Details{Name: "Other"}, uuid.NullUUID{})
	require.NoError(t, err)
	m, err := st.Contact.MergeContacts(ctx, auditdb.Actor{}, other.ID, id)
	require.NoError(t, err)
	_, err = st.Contact.Merges(ctx, id, page)
	require.NoError(t, err)
	_, err = st.Contact.RevertMerge(ctx, auditdb.Actor{}, m.ID)
	require.NoError(t, err)
}

// useRemarks does what agents do beside answering.
func useRemarks(t *testing.T, st *store.Store, agent, active uuid.UUID) {
	t.Helper()
	ctx, page := t.Context(), auditdb.Page{Limit: 51}
	_, _, err := st.Message.StoreInternal(ctx, messagedb.NewInternal{Conversation: active, Agent: agent, Key: uuid.NewString(), Text: "internal"})
	require.NoError(t, err)
	n, err := st.Message.CreateNote(ctx, active, agent, "note")
	require.NoError(t, err)
	_, err = st.Message.Notes(ctx, active, page)
	require.NoError(t, err)
	_, err = st.Message.NoteFor(ctx, auditdb.Viewer{Agent: agent}, n.ID)
	require.NoError(t, err)
	_, err = st.Message.ChangeNote(ctx, auditdb.Actor{}, n.ID, "changed")
	require.NoError(t, err)
	require.NoError(t, st.Message.DeleteNote(ctx, auditdb.Actor{}, n.ID))
	for _, mode := range []string{"reply", "internal", "note"} {
		_, err = st.Message.KeepDraft(ctx, agent, active, mode, "draft")
		require.NoError(t, err)
	}
	for _, mode := range []string{"reply", "internal", "note"} {
		_, err = st.Message.KeepDraft(ctx, agent, active, mode, "")
		require.NoError(t, err)
		_, err = st.Message.DraftOf(ctx, agent, active)
		require.NoError(t, err)
	}
	rc, err := st.Template.ReplyContextFor(ctx, auditdb.Viewer{Agent: agent}, active)
	require.NoError(t, err)
	for _, f := range []templatedb.ReplyFilter{{Agent: agent}, {Agent: agent, Context: &rc}} {
		_, err = st.Template.QuickReplies(ctx, f, page)
		require.NoError(t, err)
		for _, q := range []string{"title17", "tag7 title", "text1234", "tekst99", "nothing"} {
			_, err = st.Template.SearchQuickReplies(ctx, f, q, 20)
			require.NoError(t, err)
		}
	}
}
