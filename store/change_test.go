package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/storetest"
)

// told is a report about a customer's message.
func told(site storetest.Site, kind channel.Kind, from, message, text string, at time.Time) contactdb.Inbound {
	return contactdb.Inbound{Account: site.Account, Event: channel.Event{Kind: kind, ID: uuid.NewString(), Type: string(kind), Channel: "line",
		From: from, MessageID: message, Text: text, At: at}}
}

// kept is how messages stand, by the provider's id.
func kept(t *testing.T, db *storetest.DB) map[string]string {
	t.Helper()
	var rows []struct{ ID, Text string }
	require.NoError(t, db.SQL.Select(&rows, `SELECT COALESCE(provider_message_id, '') AS id, CASE WHEN redacted_at IS NOT NULL THEN 'gone ' WHEN edited_at IS NOT NULL THEN 'edited ' ELSE '' END
		|| text || COALESCE(data::text, '') || (SELECT COALESCE(string_agg(' ' || f.state || ' ' || COALESCE(f.error_code, ''), ''), '') FROM attachment f WHERE f.message_id = m.id) AS text FROM message m`))
	out := map[string]string{}
	for _, r := range rows {
		out[r.ID] = r.Text
	}
	return out
}

func TestFault_F7_TakenBackBeforeItCame(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{told(site, channel.KindRedact, "U1", "m-a", "", time.Now()), told(site, channel.KindRedact, "U1", "m-b", "", time.Now()),
		told(site, channel.KindRedact, "other", "m-c", "", time.Now()), told(site, channel.KindRedact, "ALIAS", "m-d", "", time.Now())}))
	photo := message(site, "U1", "b", "")
	photo.Event.Type, photo.Event.Data, photo.Event.Media = channel.TypeImage, map[string]any{"secret": 1}, []channel.MediaRef{{ID: "file"}}
	known := message(site, "U1", "d", "by an alias")
	known.Event.Aliases = []string{"ALIAS"}
	batch := []contactdb.Inbound{message(site, "U1", "a", "secret"), photo, message(site, "U1", "c", "somebody else's id"), known, message(site, "U1", "e", "stays")}
	n, err := db.Message.StoreMessages(ctx, batch)
	require.NoError(t, err)
	require.Equal(t, 5, n)
	want := map[string]string{"m-a": "gone ", "m-b": "gone  failed redacted", "m-c": "somebody else's id", "m-d": "gone ", "m-e": "stays"}
	require.Equal(t, want, kept(t, db))
	n, err = db.Message.StoreMessages(ctx, batch)
	require.NoError(t, err)
	require.Zero(t, n, "a repeat brings nothing back")
	require.Equal(t, want, kept(t, db))
}

// The last edit counts in whatever order edits and the message come, and none
// brings back what was taken back. The text of an edit is not kept then either.
func TestFault_F11_EditedText(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	now := time.Now()
	first, last := now.Add(-1500*time.Millisecond).Truncate(time.Second), now.Add(-time.Second).Truncate(time.Second).Add(500*time.Millisecond)
	reports := func(in ...contactdb.Inbound) { require.NoError(t, db.Message.StoreReports(ctx, in)) }
	reports(told(site, channel.KindEdit, "U1", "m-b", "last", last), told(site, channel.KindEdit, "U1", "m-b", "first", first))
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "a", "a"), message(site, "U1", "b", "b"), message(site, "U1", "c", "c"), message(site, "U1", "d", "d")})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"m-a": "a", "m-b": "edited last", "m-c": "c", "m-d": "d"}, kept(t, db))
	reports(told(site, channel.KindEdit, "U1", "m-a", "last", last), told(site, channel.KindEdit, "U1", "m-a", "first", first),
		told(site, channel.KindEdit, "other", "m-c", "not theirs", last), told(site, channel.KindRedact, "U1", "m-d", "", last), told(site, channel.KindEdit, "U1", "m-d", "again", now))
	reports(told(site, channel.KindRedact, "U1", "m-b", "", now))
	require.NoError(t, db.Message.SettleChanges(ctx))
	require.Equal(t, map[string]string{"m-a": "edited last", "m-b": "gone ", "m-c": "c", "m-d": "gone "}, kept(t, db))
	var texts int
	require.NoError(t, db.SQL.Get(&texts, `SELECT count(*) FROM provider_event WHERE data->>'message_id' = 'm-b' AND data ? 'text'`))
	require.Zero(t, texts)
	var events int
	require.NoError(t, db.SQL.Get(&events, `SELECT count(*) FROM event e JOIN message m ON m.id = e.message_id WHERE e.kind = 'message.updated' AND m.provider_message_id = 'm-a'`))
	require.Equal(t, 1, events, "agents are told of the change that counts")
}

// A message and its change that two processes commit at one moment do not see
// each other; a moment later they are compared.
func TestFault_F7_CommittedAtTheSameMoment(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	_, err := db.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, "U1", "a", "secret"), message(site, "U1", "b", "b")})
	require.NoError(t, err)
	db.SQL.MustExec(`INSERT INTO provider_event (account_id, event_id, kind, type, data) VALUES
		($1, '1', 'redact', 'unsend', '{"from": "U1", "message_id": "m-a", "at": "0001-01-01T00:00:00Z"}'),
		($1, '2', 'edit', 'messageEdited', '{"from": "U1", "message_id": "m-b", "text": "changed", "at": "2026-11-20T12:00:01Z"}')`, site.Account)
	require.NoError(t, db.Message.SettleChanges(ctx))
	require.NoError(t, db.Message.SettleChanges(ctx))
	require.Equal(t, map[string]string{"m-a": "gone ", "m-b": "edited changed"}, kept(t, db))
}

// Events that differ and carry one id are all kept, each once however often they
// come.
func TestFault_F11_DifferentEventsOfOneID(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	one, two, tap := message(site, "U1", "x", "one"), message(site, "U1", "x", "two"), message(site, "U1", "x", "tap")
	two.Event.MessageID, tap.Event.MessageID = "m-other", ""
	tap.Event.ID, tap.Event.Type = "tap", channel.TypePostback
	later := tap
	later.Event.At = tap.Event.At.Add(time.Second)
	stored := 0
	for _, batch := range [][]contactdb.Inbound{{one, two}, {two}, {one, tap, two}, {later}, {tap, later, two, one}} {
		n, err := db.Message.StoreMessages(ctx, batch)
		require.NoError(t, err)
		stored += n
	}
	require.Equal(t, 4, stored)
	var texts []string
	require.NoError(t, db.SQL.Select(&texts, `SELECT text FROM message ORDER BY seq`))
	require.Equal(t, []string{"one", "two", "tap", "tap"}, texts)

	out, in := told(site, channel.KindOptOut, "U1", "", "", time.Now()), told(site, channel.KindRedact, "U1", "x", "", time.Now())
	out.Event.ID, in.Event.ID = "same", "same"
	in.Event.MessageID = "m-x"
	for range 2 {
		require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{out, in, out}))
	}
	var reports int
	require.NoError(t, db.SQL.Get(&reports, `SELECT count(*) FROM provider_event`))
	require.Equal(t, 2, reports)
	require.Equal(t, "gone ", kept(t, db)["m-x"])
}

// A provider that refuses a number for good says so of the number, also in a
// report about a message that is not known here.
func TestFault_F11_OptOutOfAnUnknownMessage(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	report := told(site, channel.KindStatus, "+15005550009", "SMunknown", "", time.Time{})
	report.Event.Channel, report.Event.Status, report.Event.Class, report.Event.Code = "sms", channel.StatusFailed, channel.OptedOut, "21610"
	require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{report}))
	var out bool
	require.NoError(t, db.SQL.Get(&out, `SELECT opted_out_at IS NOT NULL AND consent_source = 'provider' FROM contact_point WHERE channel = 'sms' AND external_id = '+15005550009'`))
	require.True(t, out)
}
