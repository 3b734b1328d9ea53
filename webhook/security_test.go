package webhook_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/outbox"
	"switchboard/store/webhookdb"
)

// What agents say among themselves, and what rules say to them only, does not go to
// outside systems unless somebody asked for just that.
func TestSecurity_D10_InternalMessagesStayInside(t *testing.T) {
	s := setup(t, 1)
	full, internal, ids := subscribe(t, nil), subscribe(t, nil), subscribe(t, nil)
	kinds := []string{outbox.EventMessage, outbox.EventMessageUpdated}
	s.hook(full.URL, func(w *webhookdb.Webhook) { w.IncludeMessage, w.Kinds = true, kinds })
	s.hook(internal.URL, func(w *webhookdb.Webhook) { w.IncludeMessage, w.IncludeInternal, w.Kinds = true, true, kinds })
	s.hook(ids.URL, func(w *webhookdb.Webhook) { w.IncludeInternal, w.Kinds = true, kinds })
	for i, m := range []struct{ direction, visible, kind string }{
		{"internal", "agent", outbox.EventMessage}, {"out", "agent", outbox.EventMessageUpdated}, {"in", "both", outbox.EventMessage},
	} {
		var id uuid.UUID
		require.NoError(t, s.db.SQL.Get(&id, `INSERT INTO message (conversation_id, seq, account_id, direction, type, text, visible_to)
			SELECT id, $2, account_id, $3, 'text', 'text of ' || $3 || $4, $4 FROM conversation WHERE id = $1 RETURNING id`, s.conv[0], i+1, m.direction, m.visible))
		s.db.SQL.MustExec(`INSERT INTO event (kind, conversation_id, message_id) VALUES ($1, $2, $3)`, m.kind, s.conv[0], id)
	}
	s.run()
	all := fmt.Sprint(internal.waits(3))
	require.Contains(t, all, "text of internalagent")
	require.Contains(t, all, "text of outagent")
	got := full.waits(1)
	require.Contains(t, fmt.Sprint(got), "text of inboth", "what comes after is told, and comes first")
	require.NotContains(t, fmt.Sprint(ids.waits(3)), "text of")
	s.eventually(7, `SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NOT NULL`)
	require.Len(t, full.all(), 1)
}
