package ingest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/ingest"
)

func TestReceive_IdenticalDeliveriesAreOneMessage(t *testing.T) {
	t.Parallel()
	b := site(t).start(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { require.NoError(t, b.send(t, text("U1", "a", "hello"))) })
	}
	wg.Wait()
	require.NoError(t, b.send(t, text("U1", "a", "hello")), "a late repeat")
	require.Equal(t, []string{"hello"}, b.thread(t, "U1"))
	require.EqualValues(t, 51, b.Counts.Received.Load())
	require.EqualValues(t, 1, b.Counts.Stored.Load())
}

func TestReceive_AlbumOfANewCustomerIsOneConversation(t *testing.T) {
	t.Parallel()
	b := site(t).start(t)
	var wg sync.WaitGroup
	for i := range 10 {
		e := text("U1", fmt.Sprint(i), "")
		e.Type, e.Media = channel.TypeImage, []channel.MediaRef{{ID: fmt.Sprint("file", i)}}
		wg.Go(func() { require.NoError(t, b.send(t, e)) })
	}
	wg.Wait()
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM contact_point`))
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM conversation`))
	require.Equal(t, 10, b.count(t, `SELECT count(DISTINCT seq) FROM message`))
	require.Equal(t, 10, b.count(t, `SELECT count(*) FROM attachment WHERE state = 'pending'`))
}

func TestReceive_PoisonCostsOnlyItself(t *testing.T) {
	t.Parallel()
	b := site(t).start(t)
	number := text("U2", "number", "with a number that no column takes")
	number.Data = map[string]any{"number": "1e999999"}
	id := text("U3", strings.Repeat("x", 5<<20), "with an id of 5 MB")
	far := text("U4", "far", "from the year 9999")
	far.At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	long := text("U5", "long", strings.Repeat("ä", 100_000))
	status := channel.Event{Kind: channel.KindStatus, ID: "st", Type: "sta\x00tus", Status: channel.StatusSent, Ref: "no uuid"}
	badReport := channel.Event{Kind: channel.KindSystem, ID: "sys", Type: "beacon", Data: map[string]any{"number": "-1e999999"}}
	require.NoError(t, b.send(t, text("U1", "1", "before"), text("U\x001", "nul\x00", "nul \x00 here"), number, id, far, long, status, badReport,
		text("", "nobody", "from nobody"), text("U1", "2", "after")))

	require.Equal(t, []string{"before", "after"}, b.thread(t, "U1"))
	require.Equal(t, []string{"with a number that no column takes"}, b.thread(t, "U2"), "without its extras")
	require.Equal(t, []string{"with an id of 5 MB"}, b.thread(t, "U3"))
	require.Equal(t, []string{"from the year 9999"}, b.thread(t, "U4"))
	require.Equal(t, []string{strings.Repeat("ä", 32<<10)}, b.thread(t, "U5"))
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM message WHERE data->>'text_bytes' = '200000'`))
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM message WHERE text = E'nul \uFFFD here' AND provider_event_id LIKE 'sha256:%'`))
	require.Equal(t, 2, b.count(t, `SELECT count(*) FROM provider_event WHERE kind = 'unknown' AND event_id LIKE 'poison:%'
		AND data->'data'->>'error_class' LIKE '22%' AND data->'data'->>'raw' LIKE '%1e999999%'`))
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM provider_event WHERE kind = 'status'`))
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM provider_event WHERE event_id = 'nobody'`))
	require.EqualValues(t, 2, b.Counts.Poisoned.Load())
	require.Zero(t, b.Counts.Trips.Load(), "poison is no outage")
}

func TestReceive_PoisonAmongOthersWebhooks(t *testing.T) {
	t.Parallel()
	b := site(t).start(t)
	var wg sync.WaitGroup
	for i := range 200 {
		e := text(fmt.Sprint("U", i), fmt.Sprint(i), "hello")
		if i%50 == 7 {
			e.Data = map[string]any{"number": "1e999999"}
		}
		wg.Go(func() { require.NoError(t, b.send(t, e)) })
	}
	wg.Wait()
	require.Equal(t, 200, b.count(t, `SELECT count(*) FROM message WHERE text = 'hello'`))
	require.EqualValues(t, 4, b.Counts.Poisoned.Load())
}

func TestReceive_Refuses(t *testing.T) {
	t.Parallel()
	b := site(t).start(t)
	good := request(secret, text("U1", "1", "hi"))
	for _, c := range []struct {
		name, provider, key string
		req                 channel.Request
		want                error
	}{
		{"wrong key", "line", "nobody", good, ingest.ErrUnknownAccount},
		{"key with NUL", "line", "a\x00", good, ingest.ErrUnknownAccount},
		{"endless key", "line", strings.Repeat("k", 1<<20), good, ingest.ErrUnknownAccount},
		{"wrong provider", "fax", b.key, good, ingest.ErrUnknownAccount},
		{"signature", "line", b.key, request("other", text("U1", "1", "hi")), channel.ErrSignature},
		{"no signature", "line", b.key, channel.Request{Method: "POST", Body: good.Body}, channel.ErrSignature},
		{"body", "line", b.key, channel.Request{Header: map[string][]string{"X-Signature": {signature(secret, []byte("{"))}}, Body: []byte("{")}, channel.ErrMalformed},
	} {
		for range 3 { // cached answers, too
			_, err := b.Receive(t.Context(), c.provider, c.key, c.req)
			require.ErrorIs(t, err, c.want, c.name)
		}
	}
	require.Zero(t, b.count(t, `SELECT count(*) FROM message`))
	require.NoError(t, b.send(t), "a test from the provider's console has no events")
}

func TestReceive_NewSecretWorksAtOnce(t *testing.T) {
	t.Parallel()
	b := site(t)
	b.cfg.Fresh = time.Hour
	b.start(t)
	require.NoError(t, b.send(t, text("U1", "1", "hi")))
	b.db.SQL.MustExec(`UPDATE account SET settings = '{"secret": "new"}'`)
	eventually(t, "the new secret", func() bool {
		_, err := b.Receive(t.Context(), "line", b.key, request("new", text("U1", "2", "hi")))
		return err == nil
	})
	require.ErrorIs(t, b.send(t, text("U1", "3", "hi")), channel.ErrSignature)
}

func TestReceive_AddressRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	b := site(t).start(t)
	e := text("U1", "1", "hi")
	e.Address = "+12028831111"
	require.NoError(t, b.send(t, e))
	b.db.SQL.MustExec(`TRUNCATE message, conversation, bell, event CASCADE`)
	b.db.SQL.MustExec(`DELETE FROM address WHERE address = '+12028831111'`)
	e.ID = "2"
	require.NoError(t, b.send(t, e))
	require.Equal(t, []string{"hi"}, b.thread(t, "U1"))
	require.Zero(t, b.Counts.Poisoned.Load())
}

func TestReceive_StandbyIsKept(t *testing.T) {
	t.Parallel()
	b := site(t).start(t)
	e := text("U1", "1", "another system owns the chat")
	e.Standby = true
	require.NoError(t, b.send(t, e))
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM message WHERE data = '{"standby": true}'`))
}
