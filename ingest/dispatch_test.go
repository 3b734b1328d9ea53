package ingest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/ingest"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
)

// shared is a provider with one webhook address for several pages, which it asks
// about before it calls.
type shared struct{ signed }

func (shared) Owns(a channel.Account, owner string) bool { return a.Settings["page"] == owner }

func (shared) Handshake(a channel.Account, r channel.Request) (channel.Answer, bool, error) {
	if r.Method != http.MethodGet {
		return channel.Answer{}, false, nil
	}
	if r.URL.Query().Get("token") != a.Settings["secret"] {
		return channel.Answer{}, true, channel.ErrSignature
	}
	return channel.Answer{ContentType: "text/plain", Body: []byte("yes")}, true, nil
}

// pages are accounts of pages behind the first one's address: a second one of the
// same app, and one of another.
func pages(t *testing.T) (b *bundle, second, stranger uuid.UUID) {
	t.Helper()
	b = site(t)
	b.cfg.Registry = channel.NewRegistry(shared{})
	b.db.SQL.MustExec(`UPDATE account SET settings = settings || '{"page": "P1"}'`)
	add := func(page, secret string) uuid.UUID {
		a, err := b.db.Config.CreateAccount(t.Context(), auditdb.Actor{}, configdb.Account{ID: uuid.New(), Provider: "line", Key: "key-" + page, Name: page,
			Workstream: b.site.Workstream, Settings: map[string]string{"page": page, "secret": secret}, Secrets: configdb.Secrets{}})
		require.NoError(t, err)
		return a.ID
	}
	return b, add("P2", secret), add("P3", "another")
}

func of(page, from, id string) channel.Event {
	e := text(from, id, id)
	e.Owner = page
	return e
}

const ofAccount = `SELECT count(*) FROM message WHERE account_id = $1`

func TestDispatch_EventsGoToTheirPage(t *testing.T) {
	t.Parallel()
	b, second, stranger := pages(t)
	b.start(t)
	require.NoError(t, b.send(t, of("P1", "U1", "a"), of("P2", "U2", "b"), of("P3", "U3", "c"), of("P4", "U4", "d")))
	require.Equal(t, 1, b.count(t, ofAccount, b.site.Account))
	require.Equal(t, 1, b.count(t, ofAccount, second))
	require.Zero(t, b.count(t, ofAccount, stranger), "the request does not prove itself to another app's page")
	require.Equal(t, 2, b.count(t, `SELECT count(*) FROM provider_event WHERE kind = 'unknown' AND type = 'unowned'`), "kept for whoever looks for it")

	// What concerns all is told to all that accept the signature.
	e := text("", "t", "")
	e.Kind, e.Owner, e.MessageID = channel.KindTemplate, "P2", ""
	e.Template = &channel.ProviderTemplate{ContentSID: "x/en", Approval: channel.ApprovalApproved}
	require.NoError(t, b.send(t, e))
	require.Equal(t, 1, b.count(t, `SELECT count(*) FROM provider_event WHERE kind = 'template' AND account_id = $1`, second))
}

// Events that came while the database was away find their page as well.
func TestDispatch_AfterTheJournal(t *testing.T) {
	t.Parallel()
	b, second, _ := pages(t)
	p := b.through(t)
	b.start(t)
	require.NoError(t, b.send(t, of("P2", "U2", "0")))
	p.set(refuse)
	require.NoError(t, b.send(t, of("P2", "U2", "1"), of("P1", "U1", "2")))
	require.True(t, b.Away())
	p.set(up)
	b.drained(t)
	require.Equal(t, []string{"0", "1"}, b.thread(t, "U2"))
	require.Equal(t, 2, b.count(t, ofAccount, second))
	require.Equal(t, 1, b.count(t, ofAccount, b.site.Account))
}

func TestHandshake_KnowsNewWordsAtOnce(t *testing.T) {
	t.Parallel()
	b, _, _ := pages(t)
	b.cfg.Fresh = time.Hour
	b.start(t)
	ask := func(key, token string) (string, error) {
		r := request(secret)
		r.Method = http.MethodGet
		u := *r.URL
		u.RawQuery = "token=" + token
		r.URL = &u
		a, handled, err := b.Handshake(t.Context(), "line", key, r)
		require.True(t, err != nil || handled)
		return string(a.Body), err
	}
	got, err := ask(b.key, secret)
	require.NoError(t, err)
	require.Equal(t, "yes", got)
	_, err = ask(b.key, "wrong")
	require.ErrorIs(t, err, channel.ErrSignature)
	_, err = ask("nobody", secret)
	require.ErrorIs(t, err, ingest.ErrUnknownAccount)
	b.db.SQL.MustExec(`UPDATE account SET settings = settings || '{"secret": "new-word"}' WHERE key = $1`, b.key)
	eventually(t, "the new word", func() bool { got, err := ask(b.key, "new-word"); return err == nil && got == "yes" })
	_, handled, err := b.Handshake(t.Context(), "line", b.key, request(secret))
	require.NoError(t, err)
	require.False(t, handled)
}
