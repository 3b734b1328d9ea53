package api_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api"
	"switchboard/api/agent"
	"switchboard/live/agentstream"
	"switchboard/store"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// otherProcess serves the event stream from a store of its own, which hears of what
// the bench does through PostgreSQL only, and looks for itself once in an hour.
func (b *bench) otherProcess() *httptest.Server {
	b.Helper()
	theirs, err := store.Open(b.db.DSN, storetest.TestSealer())
	require.NoError(b, err)
	hub := agentstream.NewHub(theirs, agentstream.Options{DSN: b.db.DSN, Poll: time.Hour, Refresh: time.Hour})
	events := &agent.EventStream{Hub: hub, Log: slog.New(slog.DiscardHandler)}
	cfg := b.cfg
	cfg.Store, cfg.Events, cfg.Metrics = theirs, events.Events, nil
	e, err := api.New(cfg)
	require.NoError(b, err)
	server := httptest.NewServer(e)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = hub.Run(ctx) })
	wg.Go(func() { _ = b.db.Notify(ctx) })
	b.Cleanup(func() { server.CloseClientConnections(); server.Close(); cancel(); wg.Wait(); _ = theirs.Close() })
	heard, stop := theirs.Access().Watch()
	defer stop()
	require.Eventually(b, func() bool { // LISTEN begins in the background
		b.db.SQL.MustExec(`SELECT pg_notify($1, '')`, pg.NotifyAccess)
		select {
		case <-heard:
			return true
		default:
			return false
		}
	}, tier.Patience(time.Minute), 20*time.Millisecond)
	return server
}

// Whoever is signed out in one process hears no more customers in another.
func TestSecurity_D9_EventStreamsEndWithWhatOpenedThem(t *testing.T) {
	b := setup(t)
	server := b.otherProcess()
	mia := b.newPerson(configdb.RoleSupervisor)
	person := "/v1/agents/" + mia.str("id")
	signIn := func() string {
		b.accept(b.link(mia.str("id"), "password-reset"), password).is(204)
		return b.token(uuid.MustParse(mia.str("id")))
	}
	same := func(token string) func() string { return func() string { return token } }
	token := func(in obj) answer { return b.post("/v1/tokens", b.admin, in).is(201) }
	revoked := token(obj{"name": "revoked", "role": "supervisor"})
	_, made := b.tokenOf(obj{"name": "of one who leaves", "role": "supervisor"})
	maker := b.get("/v1/tokens?limit=100", b.admin).is(200).str("items.1.created_by")
	for _, c := range []struct {
		what  string
		token func() string
		end   func(token string)
	}{
		{"sign-out", signIn, func(token string) { b.del("/v1/session", token).is(204) }},
		{"a new password", signIn, func(string) { b.patch(person, b.admin, obj{"password": password + "!"}).is(200) }},
		{"signed out elsewhere", signIn, func(string) { b.del("/v1/agents/"+mia.str("id")+"/sessions", b.admin).is(204) }},
		{"another role", signIn, func(string) { b.patch(person, b.admin, obj{"role": "agent"}).is(200) }},
		{"disabled", signIn, func(string) { b.patch(person, b.admin, obj{"disabled": true}).is(200) }},
		{"token revoked", same(revoked.str("token")), func(string) { b.del("/v1/tokens/"+revoked.str("id"), b.admin).is(204) }},
		{"the token's maker disabled", same(made), func(string) { b.patch("/v1/agents/"+maker, b.admin, obj{"disabled": true}).is(200) }},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), tier.Patience(time.Minute))
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/events", nil)
		require.NoError(t, err)
		token := c.token()
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := server.Client().Do(r)
		require.NoError(t, err)
		require.Equal(t, 200, res.StatusCode, c.what)
		body := bufio.NewReader(res.Body)
		_, err = body.ReadString('\n')
		require.NoError(t, err)
		c.end(token)
		_, err = io.Copy(io.Discard, body)
		require.NoError(t, err, "the stream ends: %s", c.what)
		require.NoError(t, res.Body.Close())
		res, err = server.Client().Do(r)
		require.NoError(t, err)
		if c.what != "another role" {
			require.Equal(t, 401, res.StatusCode, "nor can it be opened again: %s", c.what)
		}
		require.NoError(t, res.Body.Close())
		cancel()
	}
}
