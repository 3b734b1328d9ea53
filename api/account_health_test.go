package api_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// WebhookAddresses implements channel.WebhookLister: the first number is ours, the
// second somebody else's.
func (*provider) WebhookAddresses(_ context.Context, a channel.Account) ([]channel.WebhookAddress, error) {
	return []channel.WebhookAddress{
		{Sender: "+15005550001", URL: publicURL + "/webhooks/line/" + a.Key + "#rc=3&rp=ct", Active: true},
		{Sender: "+15005550002", URL: "https://elsewhere.example/sms"},
	}, nil
}

// An account says what came and went, what failed, and what uses it, before
// somebody deletes it.
func TestAccountHealth_SaysWhatHappenedAndWhatUsesIt(t *testing.T) {
	b := setup(t)
	account := b.site.Account.String()
	path := "/v1/accounts/" + account + "/health"
	quiet := b.get(path, b.admin).is(200)
	for _, field := range []string{"last_inbound_at", "last_outbound_at", "last_error", "failed_at", "paused_code", "paused_at"} {
		require.Nil(t, quiet.get(field), field)
	}
	require.InDelta(t, 1, quiet.get("addresses"), 0)

	conv := b.waiting()
	b.db.SQL.MustExec(`INSERT INTO message (conversation_id, seq, account_id, direction, type, text, status, status_at, error_code, created_at)
		SELECT $1, 1 + n, $2, 'out', 'text', 'x', CASE n WHEN 1 THEN 'delivered' ELSE 'failed' END, now(), CASE n WHEN 1 THEN NULL ELSE 'code-' || n END,
		       now() - (10 - n) * interval '1 minute' FROM generate_series(1, 3) n`, conv, account)
	b.db.SQL.MustExec(`INSERT INTO message (conversation_id, seq, account_id, direction, type, text, status, created_at)
		VALUES ($1, 9, $2, 'out', 'text', 'x', 'failed', now() - interval '2 days')`, conv, account)
	b.db.SQL.MustExec(`UPDATE account SET paused_code = 'http_401', paused_at = now() WHERE id = $1`, account)
	busy := b.get(path, b.admin).is(200)
	require.NotNil(t, busy.get("last_inbound_at"))
	require.NotNil(t, busy.get("last_outbound_at"))
	require.Equal(t, "code-3", busy.get("last_error"))
	require.Equal(t, "http_401", busy.get("paused_code"))
	for field, want := range map[string]int{"outbound": 3, "failed": 2, "open_conversations": 1, "outbound_configurations": 0, "campaigns": 0} {
		require.InDelta(t, want, busy.get(field), 0, field)
	}
	all := b.get("/v1/account-health", b.admin).is(200)
	require.Equal(t, account, all.get("items.0.account_id"))
	require.Equal(t, "code-3", all.get("items.0.last_error"))
	b.get("/v1/accounts/"+uuid.NewString()+"/health", b.admin).problem(404, "not_found")
	b.get(path, b.agent).problem(403, "forbidden")
}

// A test says which webhook addresses the provider has, and which of them is ours.
func TestAccounts_TestComparesTheWebhookAddress(t *testing.T) {
	b := setup(t)
	in := obj{"provider": "line", "name": "LINE", "workstream_id": b.site.Workstream, "settings": obj{"channel_id": "1234567890"},
		"secrets": obj{"channel_secret": "x", "access_token": "x"}}
	id := b.post("/v1/accounts", b.admin, in).is(201).str("id")
	out := b.post("/v1/accounts/"+id+"/test", b.admin, nil).is(200)
	require.Equal(t, true, out.get("webhooks.0.matches"))
	require.Equal(t, false, out.get("webhooks.1.matches"))
	require.Equal(t, "https://elsewhere.example/sms", out.get("webhooks.1.url"))

	b.provider.testErr = &channel.Error{Class: channel.Config, Code: "http_401", Detail: "No."}
	require.NotContains(t, b.post("/v1/accounts/"+id+"/test", b.admin, nil).is(200).Body.String(), "webhooks")
}
