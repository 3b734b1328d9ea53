package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/storetest"
	"switchboard/store/webhookdb"
	"switchboard/test/tier"
)

// However late a webhook is told, each event says how the conversation was then.
func TestSeed_R3_EventsSayHowItWas(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	require.NoError(t, db.EventLog.PrepareWebhooks(ctx))
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 1)[0]
	hook, err := db.Webhook.CreateWebhook(ctx, auditdb.Actor{}, webhookdb.Webhook{ID: uuid.New(), Name: "CRM", URL: "https://crm.example.com/hook", Enabled: true,
		Kinds: []string{outbox.EventConversation, outbox.EventMessage, outbox.EventOffer, outbox.EventOfferGone}})
	require.NoError(t, err)
	id := writes(t, db, site, uuid.NewString(), "hi")
	_, err = db.Conversation.Begin(ctx, id)
	require.NoError(t, err)
	for _, k := range []conversation.Kind{conversation.Accept, conversation.End, conversation.Close} {
		_, err := command(t, db, id, conversation.Command{Kind: k, Agent: agent.String()})
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { // the log is read up to the oldest transaction of the server
		_, err := db.Webhook.FanOut(ctx, hook.ID, 100)
		require.NoError(t, err)
		return one(t, db, `SELECT count(*) FROM webhook_delivery WHERE data->>'change' = 'closed'`) == 1
	}, tier.Patience(time.Minute), 20*time.Millisecond)
	var told []struct {
		Kind    string
		State   string
		Version int
	}
	require.NoError(t, db.SQL.Select(&told, `SELECT kind, data->>'state' AS state, (data->>'version')::int AS version FROM webhook_delivery ORDER BY seq`))
	phases, last := []string{"open", "active", "wrap-up", "closed"}, 0
	at := 0
	for _, e := range told {
		for at < len(phases) && phases[at] != e.State {
			at++
		}
		require.Less(t, at, len(phases), "%v comes after a later state: %v", e, told)
		require.GreaterOrEqual(t, e.Version, last, "%v", told)
		last = e.Version
		if e.Kind != outbox.EventConversation {
			require.Equal(t, "open", e.State, "%v", e)
		}
	}
	require.Equal(t, "closed", told[len(told)-1].State)
}
