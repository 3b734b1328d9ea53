package webhook_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/outbox"
	"switchboard/store/webhookdb"
	"switchboard/test/tier"
	"switchboard/webhook"
)

// 410 ends it: nothing more is sent, and what was pending is given up.
func TestDispatcher_GoneDisables(t *testing.T) {
	s := setup(t, 1)
	gone := subscribe(t, func(told) int { return http.StatusGone })
	id := s.hook(gone.URL).ID
	s.run()
	s.happen(3)
	require.Eventually(t, func() bool {
		w, err := s.db.Webhook.WebhookByID(t.Context(), id)
		require.NoError(t, err)
		return !w.Enabled && *w.DisabledReason == webhookdb.WebhookGone
	}, tier.Patience(time.Minute), 5*time.Millisecond)
	require.Zero(t, s.count(`SELECT count(*) FROM webhook_line`))
	require.Zero(t, s.count(pending, id))
	require.Equal(t, 1, s.count(`SELECT count(*) FROM webhook_delivery WHERE last_error = 'gone' AND last_status = 410`))
	require.Equal(t, 1, s.count(`SELECT count(*) FROM audit WHERE object_type = 'webhook' AND action = 'update'`))
}

// A webhook that nobody vouched for does not reach this machine, and a redirect
// leads nowhere.
func TestDispatcher_RefusesPrivateAddresses(t *testing.T) {
	s := setup(t, 1)
	inner := subscribe(t, nil)
	id := s.hook(inner.URL, func(w *webhookdb.Webhook) { w.Internal = false }).ID
	redirect := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusTemporaryRedirect))
	t.Cleanup(redirect.Close)
	s.hook(redirect.URL)
	s.run()
	s.happen(1)
	s.eventually(1, `SELECT count(*) FROM webhook_delivery WHERE subscription_id = $1 AND last_error = 'forbidden_address' AND failed_at IS NULL`, id)
	s.eventually(1, `SELECT count(*) FROM webhook_delivery WHERE last_error = 'http_status' AND last_status = 307`)
	require.Empty(t, inner.all())
	for _, url := range []string{"https://127.0.0.1", "https://localhost", "https://[::1]", "https://10.0.0.1", "https://169.254.169.254/latest"} {
		require.Equal(t, webhook.CodeForbidden, webhook.Ping(t.Context(), webhookdb.Webhook{URL: url}, nil).Code, url)
	}
	require.Equal(t, webhook.CodeForbidden, webhook.Ping(t.Context(), webhookdb.Webhook{URL: "http://127.0.0.2", Internal: false}, nil).Code)
}

// What was said leaves only when the webhook asks for it, and never what was
// taken back.
func TestPayload_HoldsIDsUnlessAsked(t *testing.T) {
	s := setup(t, 1)
	plain, full := subscribe(t, nil), subscribe(t, nil)
	s.hook(plain.URL)
	s.hook(full.URL, func(w *webhookdb.Webhook) { w.IncludeMessage, w.Kinds = true, []string{outbox.EventMessage} })
	var ids [2]uuid.UUID
	for i, redacted := range []bool{false, true} {
		require.NoError(t, s.db.SQL.Get(&ids[i], `INSERT INTO message (conversation_id, seq, account_id, direction, type, text, redacted_at)
			SELECT id, $2, account_id, 'in', 'text', 'marked text', CASE WHEN $3 THEN now() END FROM conversation WHERE id = $1 RETURNING id`, s.conv[0], i+1, redacted))
		s.db.SQL.MustExec(`INSERT INTO attachment (conversation_id, message_id, state, name, content_type, size) VALUES ($1, $2, 'stored', 'marked.png', 'image/png', 7)`, s.conv[0], ids[i])
		s.db.SQL.MustExec(`INSERT INTO event (kind, conversation_id, message_id) VALUES ('message.created', $1, $2)`, s.conv[0], ids[i])
	}
	s.db.SQL.MustExec(`INSERT INTO event (kind, data) VALUES ('account.updated', '{}')`) // no conversation's
	s.happen(1)
	s.run()
	got, asked := plain.waits(3), full.waits(2)
	require.NotContains(t, fmt.Sprint(got), "marked")
	require.Equal(t, "message.created", got[0].Type)
	require.Equal(t, ids[0].String(), got[0].Data["message_id"])
	require.Equal(t, "in", got[0].Data["direction"])
	require.Equal(t, "open", got[0].Data["state"])
	require.Equal(t, "picked", got[2].Data["change"])
	said, ok := asked[0].Data["message"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "marked text", said["text"])
	require.Contains(t, fmt.Sprint(said["attachments"]), "marked.png")
	require.NotContains(t, fmt.Sprint(asked[1]), "marked")
	s.eventually(5, `SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NOT NULL`)
	require.Len(t, full.all(), 2, "other kinds were not asked for")
	require.NotContains(t, s.log.String(), "marked")
}

// It stops while a subscriber does not answer; another takes that up at once.
func TestDispatcher_Stops(t *testing.T) {
	s := setup(t, 1)
	slow, release := blocked(t)
	id := s.hook(slow.URL).ID
	stop := s.run()
	s.happen(1)
	slow.waits(1)
	stop()
	release()
	require.Equal(t, 1, s.count(`SELECT count(*) FROM webhook_line WHERE lease IS NULL AND due_at <= now()`))
	s.run()
	got := slow.waits(2)
	require.Equal(t, got[0].ID, got[1].ID)
	s.eventually(0, pending, id)
}

func TestPruneDeliveries_KeepsWhatIsPending(t *testing.T) {
	s := setup(t, 4)
	good := subscribe(t, func(r told) int { return map[bool]int{true: 200, false: 500}[r.conversation() == s.conv[0].String()] })
	id := s.hook(good.URL).ID
	s.run()
	s.happen(1)
	good.waits(4)
	s.eventually(3, pending, id)
	n, err := s.db.Webhook.PruneDeliveries(t.Context(), time.Now().Add(time.Hour), 10)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	left, err := s.db.Webhook.PendingDeliveries(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, left)
}

// A webhook whose secrets were sealed with a lost key is passed over.
func TestDispatcher_ServesBesideABrokenOne(t *testing.T) {
	s := setup(t, 1)
	good := subscribe(t, nil)
	broken := s.hook(good.URL).ID
	s.db.SQL.MustExec(`UPDATE webhook_subscription SET secrets = 'lost' WHERE id = $1`, broken)
	s.hook(good.URL)
	s.run()
	s.happen(1)
	good.waits(1)
	s.eventually(1, `SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NOT NULL AND subscription_id <> $1`, broken)
	require.Contains(t, s.log.String(), broken.String())
}
