package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

func message(site storetest.Site, from, id, text string) contactdb.Inbound {
	return contactdb.Inbound{Account: site.Account, Address: site.Address, Event: channel.Event{
		Kind: channel.KindMessage, ID: id, MessageID: "m-" + id, Type: channel.TypeText, Channel: "line",
		From: from, At: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), Text: text,
	}}
}

func TestStoreMessages_OneConversationWhateverArrivesInParallel(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	var wg sync.WaitGroup
	for i := range 50 { // every message twice, and all at once
		for range 2 {
			wg.Go(func() {
				_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, "U1", fmt.Sprint(i), "hi")})
				require.NoError(t, err)
			})
		}
	}
	wg.Wait()
	var points, conversations, messages, lastSeq, distinct int
	require.NoError(t, db.SQL.QueryRow(`SELECT (SELECT count(*) FROM contact_point), (SELECT count(*) FROM conversation),
		(SELECT count(*) FROM message), (SELECT last_seq FROM conversation), (SELECT count(DISTINCT seq) FROM message)`).
		Scan(&points, &conversations, &messages, &lastSeq, &distinct))
	require.Equal(t, []int{1, 1, 50, 50}, []int{points, conversations, messages, distinct})
	require.GreaterOrEqual(t, lastSeq, 50)
}

func TestStoreMessages_BatchKeepsOrderAndDropsRepeats(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	batch := []contactdb.Inbound{message(site, "U1", "a", "1"), message(site, "U2", "b", "1"), message(site, "U1", "c", "2"),
		message(site, "U1", "a", "1"), message(site, "U1", "d", "nul \x00 and \xff")}
	n, err := db.Message.StoreMessages(t.Context(), batch)
	require.NoError(t, err)
	require.Equal(t, 4, n)
	n, err = db.Message.StoreMessages(t.Context(), batch)
	require.NoError(t, err)
	require.Zero(t, n)
	var texts []string
	require.NoError(t, db.SQL.Select(&texts, `SELECT m.seq || ':' || m.text FROM message m JOIN conversation c ON c.id = m.conversation_id
		JOIN contact_point p ON p.id = c.contact_point_id WHERE p.external_id = 'U1' ORDER BY seq`))
	require.Equal(t, []string{"1:1", "2:2", "3:nul \uFFFD and \uFFFD"}, texts)
	var lastSeq int
	require.NoError(t, db.SQL.Get(&lastSeq, `SELECT last_seq FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id WHERE external_id = 'U1'`))
	require.Equal(t, 3, lastSeq)
}

// The reply window runs from arrival where the provider tells no time, as Twilio does.
func TestStoreMessages_WithoutProviderTimeArrivalCounts(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	for _, id := range []string{"a", "b"} {
		m := message(site, "U1", id, "hi")
		m.Event.At = time.Time{}
		_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{m})
		require.NoError(t, err)
		var same bool
		require.NoError(t, db.SQL.Get(&same, `SELECT c.last_inbound_at = m.created_at FROM conversation c
			JOIN message m ON m.conversation_id = c.id WHERE m.provider_event_id = $1`, id))
		require.True(t, same)
	}
}

func TestStoreMessages_LateRepeatOpensNoConversation(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, "U1", "a", "1")})
	require.NoError(t, err)
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now()`)
	_, err = db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, "U1", "a", "1")})
	require.NoError(t, err)
	var n int
	require.NoError(t, db.SQL.Get(&n, `SELECT count(*) FROM conversation`))
	require.Equal(t, 1, n)
	_, err = db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, "U1", "b", "2")})
	require.NoError(t, err)
	require.NoError(t, db.SQL.Get(&n, `SELECT count(*) FROM conversation`))
	require.Equal(t, 2, n)
}

func TestStoreMessages_AliasFindsTheSamePerson(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	alone := message(site, "US.1234", "a", "by user name alone")
	both := message(site, "+66812345678", "b", "with the phone")
	both.Event.Aliases = []string{"US.1234"}
	phone := message(site, "+66812345678", "c", "by phone alone")
	for _, in := range []contactdb.Inbound{alone, both, phone} {
		_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{in})
		require.NoError(t, err)
	}
	var n int
	require.NoError(t, db.SQL.Get(&n, `SELECT count(*) FROM contact_point`))
	require.Equal(t, 1, n)
}

func TestStoreReports_StatusOnlyMovesForward(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	id := db.Outbound(t, site, "U1")
	report := func(event string, s channel.Status) contactdb.Inbound {
		return contactdb.Inbound{Account: site.Account, Event: channel.Event{Kind: channel.KindStatus, ID: event, Type: "status",
			Ref: id.String(), MessageID: "SM1", Status: s}}
	}
	for _, step := range []struct {
		event  string
		status channel.Status
		want   string
	}{
		{"1", channel.StatusDelivered, "delivered"}, {"2", channel.StatusSent, "delivered"},
		{"3", channel.StatusFailed, "delivered"}, {"4", channel.StatusRead, "read"}, {"1", channel.StatusDelivered, "read"},
	} {
		require.NoError(t, db.Message.StoreReports(t.Context(), []contactdb.Inbound{report(step.event, step.status)}))
		var got string
		require.NoError(t, db.SQL.Get(&got, `SELECT status FROM message WHERE id = $1`, id))
		require.Equal(t, step.want, got, step.event)
	}
	var kept int
	require.NoError(t, db.SQL.Get(&kept, `SELECT count(*) FROM provider_event`))
	require.Equal(t, 4, kept)
}

func TestBells_AnswerTakesBackOnlyWhatWasSeen(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, "U1", "a", "1")})
	require.NoError(t, err)
	claimed, err := db.Outbox.ClaimBells(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, claimed, 1)
	require.EqualValues(t, 1, claimed[0].Bell.InboundSeq)
	again, err := db.Outbox.ClaimBells(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Empty(t, again, "one ring per conversation in flight")
	_, err = db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, "U1", "b", "2")})
	require.NoError(t, err)
	require.NoError(t, db.Outbox.AckBells(t.Context(), claimed))
	claimed, err = db.Outbox.ClaimBells(t.Context(), 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, claimed, 1, "the second message is announced too")
	require.EqualValues(t, 2, claimed[0].Bell.InboundSeq)
	require.NoError(t, db.Outbox.AckBells(t.Context(), claimed))
	n, err := db.Outbox.CountBells(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

// A message that is being committed while its bell is answered is announced next,
// not when the lease has run out.
func TestBells_RungWhileAnswered(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	_, err := db.Message.StoreMessages(t.Context(), []contactdb.Inbound{message(site, "U1", "a", "1")})
	require.NoError(t, err)
	for name, answer := range map[string]func([]outbox.PendingBell) error{
		"all": func(r []outbox.PendingBell) error { return db.Outbox.AckBells(t.Context(), r) },
		"one": func(r []outbox.PendingBell) error {
			return db.Outbox.AckBell(t.Context(), r[0].Conversation, r[0].Rings)
		},
	} {
		claimed, err := db.Outbox.ClaimBells(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, claimed, 1, name)
		tx, err := db.SQL.Beginx()
		require.NoError(t, err)
		_, err = tx.Exec(`UPDATE bell SET rings = nextval('bell_ring')`)
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { done <- answer(claimed) }()
		require.Eventually(t, func() bool {
			var waiting bool
			err := db.SQL.Get(&waiting, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
			return err == nil && waiting
		}, tier.Patience(time.Minute), 5*time.Millisecond)
		require.NoError(t, tx.Commit())
		require.NoError(t, <-done)
		again, err := db.Outbox.ClaimBells(t.Context(), 10, time.Hour)
		require.NoError(t, err)
		require.Len(t, again, 1, name)
		require.NoError(t, db.Outbox.ReleaseBells(t.Context(), again, 0))
	}
}
