package store_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/eventlog"
	"switchboard/store/outbox"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

func TestEventCursor_ReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	c := eventlog.EventCursor{XID: 1<<64 - 1, ID: 42}
	got, ok := eventlog.ParseEventCursor(c.String())
	require.True(t, ok)
	require.Equal(t, c, got)
	for _, s := range []string{"", "1", "1-", "-1", "a-b", "1-2-3", "-1-1", "1 -1", "99999999999999999999999-1"} {
		_, ok := eventlog.ParseEventCursor(s)
		require.False(t, ok, s)
	}
}

// The head is the newest event by number, also where one has more digits.
func TestEventHead_IsTheNewest(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	require.NoError(t, db.EventLog.PrepareEvents(ctx))
	for _, xid := range []string{"9", "10", "99", "100"} {
		db.SQL.MustExec(`INSERT INTO event (xid, kind) VALUES ($1::xid8, 'a')`, xid)
		head, err := db.EventLog.EventHead(ctx)
		require.NoError(t, err)
		require.Equal(t, xid, strconv.FormatUint(head.XID, 10))
	}
}

// What an older transaction may still come before is not read yet, and is said to wait.
func TestReadEvents_WaitsForOlderTransactions(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	require.NoError(t, db.EventLog.PrepareEvents(ctx))
	require.NoError(t, db.EventLog.PrepareEvents(ctx))
	head, err := db.EventLog.EventHead(ctx)
	require.NoError(t, err)
	older := db.SQL.MustBegin()
	older.MustExec(`INSERT INTO event (kind) VALUES ('older')`)
	db.SQL.MustExec(`INSERT INTO event (kind) VALUES ('newer')`)
	page, err := db.EventLog.ReadEvents(ctx, eventlog.EventRead{After: head, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, eventlog.EventPage{Known: true, Pending: true}, page)
	require.NoError(t, older.Commit())
	require.Eventually(t, func() bool { // other tests' transactions run on the same server
		page, err = db.EventLog.ReadEvents(ctx, eventlog.EventRead{After: head, Limit: 10})
		require.NoError(t, err)
		return !page.Pending
	}, tier.Patience(time.Minute), time.Millisecond)
	require.Len(t, page.Events, 2)
	require.Equal(t, "older", page.Events[0].Kind)
	page, err = db.EventLog.ReadEvents(ctx, eventlog.EventRead{After: page.Events[0].Cursor, UpTo: page.Events[0].Cursor, Limit: 10})
	require.NoError(t, err)
	require.Empty(t, page.Events)
	page, err = db.EventLog.ReadEvents(ctx, eventlog.EventRead{After: eventlog.EventCursor{XID: 3, ID: 4711}, Limit: 10})
	require.NoError(t, err)
	require.False(t, page.Known)
}

func TestReadEvents_CarriesTheMessageAsItIsNow(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	require.NoError(t, db.EventLog.PrepareEvents(ctx))
	start, err := db.EventLog.EventHead(ctx)
	require.NoError(t, err)
	in := message(site, "U1", "a", "my \"secret\"\nline")
	in.Event.Media = []channel.MediaRef{{}}
	_, err = db.Message.StoreMessages(ctx, []contactdb.Inbound{in})
	require.NoError(t, err)

	read := func() map[string]any {
		var page eventlog.EventPage
		require.Eventually(t, func() bool {
			page, err = db.EventLog.ReadEvents(ctx, eventlog.EventRead{After: start, Limit: 1})
			require.NoError(t, err)
			return len(page.Events) == 1
		}, tier.Patience(time.Minute), time.Millisecond)
		require.NotContains(t, string(page.Events[0].JSON), "\n")
		var e map[string]any
		require.NoError(t, json.Unmarshal(page.Events[0].JSON, &e))
		require.Equal(t, page.Events[0].Cursor.String(), e["id"])
		return e
	}
	e := read()
	require.Equal(t, outbox.EventMessage, e["kind"])
	m, c := e["message"].(map[string]any), e["conversation"].(map[string]any)
	require.Equal(t, "my \"secret\"\nline", m["text"])
	require.Equal(t, "pending", m["attachments"].([]any)[0].(map[string]any)["state"])
	require.Equal(t, "open", c["state"])
	require.Nil(t, c["offer"])

	offer := uuid.New()
	agent := db.Agents(t, &site, 1, 3)[0]
	db.SQL.MustExec(`UPDATE conversation SET offer_id = $1, offer_agent_id = $2, offer_expires_at = now()`, offer, agent)
	db.SQL.MustExec(`UPDATE message SET redacted_at = now()`) // even if the text were still there
	e = read()
	m, c = e["message"].(map[string]any), e["conversation"].(map[string]any)
	require.Empty(t, m["text"])
	require.Empty(t, m["attachments"])
	require.NotNil(t, m["redacted_at"])
	require.Equal(t, offer.String(), c["offer"].(map[string]any)["id"])
}
