package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/store/auditdb"
	"switchboard/store/contactdb"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// upTo reports that everything until a time was delivered or read.
func upTo(site storetest.Site, status channel.Status, from string, at time.Time) contactdb.Inbound {
	return contactdb.Inbound{Account: site.Account, Event: channel.Event{Kind: channel.KindStatus, ID: uuid.NewString(), Type: string(status),
		Channel: "line", From: from, Status: status, UpTo: at, At: at}}
}

const countStatuses = `SELECT status || CASE WHEN claimed_at <= $1 THEN '' ELSE ' later' END AS status, count(*) AS n FROM message WHERE direction = 'out' GROUP BY 1`

func statuses(t *testing.T, db *storetest.DB, mark time.Time) map[string]int {
	t.Helper()
	var rows []struct {
		Status string
		N      int
	}
	require.NoError(t, db.SQL.Select(&rows, countStatuses, mark))
	out := map[string]int{}
	for _, r := range rows {
		out[r.Status] = r.N
	}
	return out
}

// Ten thousand messages move in one statement, forward only, and what is in doubt
// or failed is not touched.
func TestReceipts_UpToATime(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "a", "hello"), message(site, "U2", "b", "hello")})
	require.NoError(t, err)
	mark := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
	db.SQL.MustExec(`INSERT INTO message (conversation_id, seq, account_id, direction, type, text, status, claimed_at, idempotency_key)
SELECT c.id, 10 + n, c.account_id, 'out', 'text', 'x', CASE n % 10 WHEN 0 THEN 'unknown' WHEN 1 THEN 'failed' WHEN 2 THEN 'read' ELSE 'sent' END,
       $1::timestamptz + CASE WHEN n <= 10000 THEN interval '0' ELSE interval '1 second' END, n::text
FROM conversation c, generate_series(1, 10100) n`, mark)

	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{upTo(site, channel.StatusDelivered, "U1", mark)}))
	both := map[string]int{"unknown": 2000, "failed": 2000, "read": 2000, "sent": 7000, "delivered": 7000,
		"unknown later": 20, "failed later": 20, "read later": 20, "sent later": 140}
	require.Equal(t, both, statuses(t, db, mark))
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{upTo(site, channel.StatusRead, "U1", mark)}))
	both["read"], both["delivered"] = 9000, 0
	delete(both, "delivered")
	require.Equal(t, both, statuses(t, db, mark))
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{upTo(site, channel.StatusDelivered, "U1", mark), upTo(site, channel.StatusRead, "U1", mark.Add(-time.Hour))}))
	require.Equal(t, both, statuses(t, db, mark), "never backwards")
}

// A report that overtakes the record of the sending is not lost.
func TestReceipts_BeforeTheSendingIsRecorded(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "a", "hello")})
	require.NoError(t, err)
	mark := time.Now().UTC().Truncate(time.Millisecond)
	var ids []uuid.UUID
	for n, age := range []time.Duration{2 * time.Minute, time.Minute, -time.Minute} {
		var id uuid.UUID
		require.NoError(t, db.SQL.Get(&id, `INSERT INTO message (conversation_id, seq, account_id, direction, type, text, status, claimed_at)
SELECT id, 10 + $2, account_id, 'out', 'text', 'x', 'sending', $1 FROM conversation RETURNING id`, mark.Add(-age), n))
		ids = append(ids, id)
	}
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{upTo(site, channel.StatusRead, "U1", mark.Add(-90*time.Second)), upTo(site, channel.StatusDelivered, "U1", mark)}))
	require.Equal(t, map[string]int{"sending": 2, "sending later": 1}, statuses(t, db, mark), "a time does not prove that it was taken")
	echo := contactdb.Inbound{Account: site.Account, Event: channel.Event{Kind: channel.KindStatus, ID: "echo", Type: "sent", Channel: "line", Ref: ids[0].String(),
		Status: channel.StatusSent, At: mark}}
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{echo}), "told before the call was answered")
	for _, id := range ids {
		require.NoError(t, db.Message.MessageSent(ctx, id, []string{id.String()}))
	}
	require.Equal(t, map[string]int{"read": 1, "delivered": 1, "sent later": 1}, statuses(t, db, mark))
}

// A report and the record of the sending may be stored at the same time: neither
// sees the other before it has ended.
func TestReceipts_WhileTheSendingIsRecorded(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "a", "hello"), message(site, "U2", "b", "hello")})
	require.NoError(t, err)
	mark := time.Now().UTC().Truncate(time.Millisecond)
	insert := func(from, status string) (id uuid.UUID) {
		require.NoError(t, db.SQL.Get(&id, `INSERT INTO message (conversation_id, seq, account_id, direction, type, text, status, claimed_at, provider_message_id)
SELECT c.id, 10, c.account_id, 'out', 'text', 'x', $2, $3, CASE WHEN $2 = 'sent' THEN 'held' END
FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = $1 RETURNING id`, from, status, mark.Add(-time.Minute)))
		return id
	}
	sending, held := insert("U1", "sending"), insert("U2", "sent")
	waiting := func(n int) func() bool {
		return func() bool {
			var now int
			err := db.SQL.Get(&now, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
			return err == nil && now >= n
		}
	}

	// The second report of the batch waits, so that the first is stored and not yet seen.
	tx, err := db.SQL.Beginx()
	require.NoError(t, err)
	_, err = tx.Exec(`SELECT FROM message WHERE id = $1 FOR UPDATE`, held)
	require.NoError(t, err)
	delivered := upTo(site, channel.StatusDelivered, "U2", time.Time{})
	delivered.Event.MessageID = "held"
	reported, recorded := make(chan error, 1), make(chan error, 1)
	go func() {
		reported <- db.Message.StoreReports(ctx, []contactdb.Inbound{upTo(site, channel.StatusRead, "U1", mark), delivered})
	}()
	require.Eventually(t, waiting(1), tier.Patience(time.Minute), 5*time.Millisecond)
	go func() { recorded <- db.Message.MessageSent(ctx, sending, []string{"m-1"}) }()
	require.Eventually(t, func() bool { return len(recorded) == 1 || waiting(2)() }, tier.Patience(time.Minute), 5*time.Millisecond)
	require.NoError(t, tx.Commit())
	require.NoError(t, <-reported)
	require.NoError(t, <-recorded)
	require.Equal(t, map[string]int{"read": 1, "delivered": 1}, statuses(t, db, mark))
}

// What was answered in the provider's own inbox stands in the thread once.
func TestElsewhere_ShownOnce(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "a", "hello")})
	require.NoError(t, err)
	echo := func(to, mid string) contactdb.Inbound {
		in := told(site, channel.KindEcho, to, mid, "from the inbox", time.Now())
		in.Address, in.Event.Type = message(site, to, "x", "").Address, channel.TypeImage
		in.Event.Media = []channel.MediaRef{{URL: "https://files.example/1"}}
		return in
	}
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{echo("U1", "m-1"), echo("U1", "m-1"), echo("stranger", "m-2")}))
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{echo("U1", "m-1")}))
	var rows []struct {
		Seq       int64
		Direction string
		Status    *string
		Elsewhere bool
		Files     int
	}
	require.NoError(t, db.SQL.Select(&rows, `SELECT seq, direction, status, COALESCE(data->'elsewhere' = 'true', false) AS elsewhere,
  (SELECT count(*) FROM attachment f WHERE f.message_id = m.id AND f.state = 'pending') AS files FROM message m ORDER BY seq`))
	require.Len(t, rows, 2)
	require.Equal(t, "out", rows[1].Direction)
	require.Equal(t, "sent", *rows[1].Status)
	require.True(t, rows[1].Elsewhere)
	require.Equal(t, 1, rows[1].Files)
	var conversations int
	require.NoError(t, db.SQL.Get(&conversations, `SELECT count(*) FROM conversation`))
	require.Equal(t, 1, conversations, "nobody's conversation begins with it")
}

// A provider's word on a template's approval counts at once.
func TestTemplates_ApprovalByWebhook(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Template.SyncTemplates(ctx, auditdb.Actor{}, site.Account, []channel.ProviderTemplate{
		{ContentSID: "order_update/en_US", Channel: "whatsapp", Name: "order_update", Language: "en-US", Kind: channel.TemplateText, Text: "Hi", Approval: channel.ApprovalPending},
	})
	require.NoError(t, err)
	says := func(sid string, approval channel.Approval) {
		in := told(site, channel.KindTemplate, "", "", "", time.Now())
		in.Event.Template = &channel.ProviderTemplate{ContentSID: sid, Channel: "whatsapp", Approval: approval, Reason: "x"}
		require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{in}))
	}
	says("order_update/en_US", channel.ApprovalApproved)
	says("another/en_US", channel.ApprovalRejected)
	var approval string
	require.NoError(t, db.SQL.Get(&approval, `SELECT approval FROM message_template_text`))
	require.Equal(t, "approved", approval)
}

// Who goes by another id since is written to by that, in the same thread.
func TestMoved_SameThread(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "OLD", "a", "hello")})
	require.NoError(t, err)
	var conversation uuid.UUID
	require.NoError(t, db.SQL.Get(&conversation, `SELECT id FROM conversation`))
	to := func() string {
		t.Helper()
		m, err := db.Message.NextToSend(ctx, conversation, 100)
		require.NoError(t, err)
		require.NotNil(t, m)
		return m.To
	}
	db.SQL.MustExec(`INSERT INTO message (conversation_id, seq, account_id, direction, type, text, status) SELECT id, 50, account_id, 'out', 'text', 'x', 'queued' FROM conversation`)
	require.Equal(t, "OLD", to())
	in := told(site, channel.KindSystem, "OLD", "", "", time.Now())
	in.Event.Aliases, in.Event.MovedTo = []string{"NEW"}, "NEW"
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{in}))
	require.Equal(t, "NEW", to())
	_, err = db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "NEW", "b", "it is me")})
	require.NoError(t, err)
	var threads int
	require.NoError(t, db.SQL.Get(&threads, `SELECT count(*) FROM conversation`))
	require.Equal(t, 1, threads)
}
