package api_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/outbox"
	"switchboard/store/webhookdb"
	"switchboard/test/tier"
	"switchboard/webhook"
)

// hook makes a webhook and answers its path and secret.
func (b *bench) hook(in obj) (path, secret string) {
	b.Helper()
	whole := obj{"name": "CRM", "url": "https://crm.example.com/hook?token=1", "kinds": []string{outbox.EventConversation}}
	for name, v := range in {
		whole[name] = v
	}
	made := b.post("/v1/webhooks", b.admin, whole).is(201)
	return "/v1/webhooks/" + made.str("id"), made.str("secret")
}

// deliver logs an event and makes its delivery, as a dispatcher does.
func (b *bench) deliver(path string) {
	b.Helper()
	id := uuid.MustParse(strings.TrimPrefix(path, "/v1/webhooks/"))
	before := b.count(`SELECT count(*) FROM webhook_delivery`)
	b.db.SQL.MustExec(`INSERT INTO event (kind, conversation_id, data) VALUES ('conversation.updated', $1, '{"change": "picked"}')`, b.waiting())
	require.Eventually(b, func() bool { // other tests' transactions run on the same server
		_, err := b.db.Webhook.FanOut(b.Context(), id, 100)
		require.NoError(b, err)
		return b.count(`SELECT count(*) FROM webhook_delivery`) > before
	}, tier.Patience(time.Minute), 5*time.Millisecond)
}

func TestWebhooks_CreateReadChangeDelete_OK(t *testing.T) {
	b := setup(t)
	path, secret := b.hook(obj{"workstream_id": b.site.Workstream, "include_message": true})
	require.True(t, strings.HasPrefix(secret, "whsec_"))
	got := b.get(path, b.admin).is(200)
	require.Equal(t, b.site.Workstream.String(), got.str("workstream_id"))
	require.Equal(t, true, got.get("enabled"))
	require.Equal(t, true, got.get("include_message"))
	require.Equal(t, false, got.get("internal"))

	got = b.patch(path, b.admin, obj{"name": "CRM EU", "workstream_id": nil, "enabled": false}).is(200)
	require.Nil(t, got.get("workstream_id"))
	require.Equal(t, "administrator", got.get("disabled_reason"))
	require.Equal(t, "CRM EU", b.get("/v1/webhooks", b.admin).is(200).get("items.0.name"))
	require.Nil(t, b.patch(path, b.admin, obj{"enabled": true}).is(200).get("disabled_reason"))
	b.del(path, b.admin).is(204)
	b.del(path, b.admin).problem(404, "not_found")
	for _, p := range []string{path, path + "/deliveries"} {
		b.get(p, b.admin).problem(404, "not_found")
	}
	for _, p := range []string{path + "/test", path + "/rotate-secret"} {
		b.post(p, b.admin, nil).problem(404, "not_found")
	}
	b.patch(path, b.admin, obj{"name": "x"}).problem(404, "not_found")

	audit := b.get("/v1/audit?object_type=webhook", b.admin).is(200)
	require.Len(t, audit.get("items"), 4)
	require.NotContains(t, audit.Body.String()+b.log.String(), strings.TrimPrefix(secret, "whsec_"))
}

func TestWebhooks_ErrInput(t *testing.T) {
	b := setup(t)
	path, _ := b.hook(nil)
	good := obj{"name": "CRM", "url": "https://crm.example.com", "kinds": []string{outbox.EventConversation}}
	for _, bad := range []obj{
		{"name": ""}, {"name": strings.Repeat("x", 101)},
		{"url": ""}, {"url": "crm"}, {"url": "http://crm.example.com"}, {"url": "ftp://crm.example.com"}, {"url": "https://u:p@crm.example.com"},
		{"url": "https://crm.example.com/#x"}, {"url": "https://"}, {"url": "https://crm.example.com/" + strings.Repeat("x", 2000)},
		{"url": "file:///etc/passwd", "internal": true},
		{"kinds": []string{}}, {"kinds": []string{"agent.presence"}}, {"kinds": []string{outbox.EventMessage, outbox.EventMessage}},
		{"workstream_id": uuid.NewString()},
	} {
		whole := obj{}
		for _, part := range []obj{good, bad} {
			for name, v := range part {
				whole[name] = v
			}
		}
		b.post("/v1/webhooks", b.admin, whole).problem(422, "invalid")
		b.patch(path, b.admin, bad).problem(422, "invalid")
	}
	b.post("/v1/webhooks", b.admin, obj{"name": "CRM", "secret": "mine"}).problem(400, "malformed")
	b.patch(path, b.admin, obj{"kinds": "all"}).problem(400, "malformed")
	require.Equal(t, 1, b.count(`SELECT count(*) FROM webhook_subscription`))
	b.hook(obj{"url": "http://10.0.0.7:8080/hook", "internal": true})

	b.get(path+"/deliveries?status=lost", b.admin).problem(400, "malformed")
	for _, q := range []string{"cursor=x", "cursor=0", "limit=0"} {
		b.get(path+"/deliveries?"+q, b.admin).problem(400, "malformed")
	}
	b.post(path+"/deliveries/"+uuid.NewString()+"/retry", b.admin, nil).problem(404, "not_found")
	b.post(path+"/deliveries/x/retry", b.admin, nil).problem(404, "not_found")
}

// A test tells what the subscriber answers; the secret of before the rotation
// signs too.
func TestWebhooks_TestAndRotate(t *testing.T) {
	b := setup(t)
	status, signatures := http.StatusNoContent, ""
	var signed func(key string) string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seconds, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		signatures = r.Header.Get("webhook-signature")
		signed = func(secret string) string {
			key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
			return webhook.Sign([][]byte{key}, r.Header.Get("webhook-id"), time.Unix(seconds, 0), body)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	path, first := b.hook(obj{"url": s.URL, "internal": true})
	got := b.post(path+"/test", b.admin, nil).is(200)
	require.Equal(t, true, got.get("ok"))
	require.EqualValues(t, http.StatusNoContent, got.get("status"))
	require.Equal(t, signed(first), signatures)

	rotated := b.post(path+"/rotate-secret", b.admin, nil).is(200)
	second := rotated.str("secret")
	require.NotEqual(t, first, second)
	until, err := time.Parse(time.RFC3339Nano, rotated.str("old_secret_until"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(24*time.Hour), until, time.Minute)
	status = http.StatusBadGateway
	got = b.post(path+"/test", b.admin, nil).is(200)
	require.Equal(t, false, got.get("ok"))
	require.Equal(t, "http_status", got.get("code"))
	require.Equal(t, signed(second)+" "+signed(first), signatures)
	b.db.SQL.MustExec(`UPDATE webhook_subscription SET old_until = now()`)
	b.post(path+"/test", b.admin, nil).is(200)
	require.Equal(t, signed(second), signatures)

	b.patch(path, b.admin, obj{"url": strings.Replace(s.URL, "http:", "https:", 1), "internal": false}).is(200)
	got = b.post(path+"/test", b.admin, nil).is(200)
	require.Nil(t, got.get("status"))
	require.Equal(t, "forbidden_address", got.get("code"))
	require.Contains(t, b.get("/v1/audit?object_type=webhook", b.admin).Body.String(), `"secret":{"changed":true}`)
}

func TestWebhooks_DeliveriesAndRetry(t *testing.T) {
	b := setup(t)
	path, _ := b.hook(nil)
	for range 3 {
		b.deliver(path)
	}
	newest := b.get(path+"/deliveries?limit=2", b.admin).is(200)
	require.Len(t, newest.get("items"), 2)
	rest := b.get(path+"/deliveries?limit=2&cursor="+newest.str("next"), b.admin).is(200)
	require.Len(t, rest.get("items"), 1)
	require.Nil(t, rest.get("next"))

	id, ctx := uuid.MustParse(strings.TrimPrefix(path, "/v1/webhooks/")), t.Context()
	jobs, err := b.db.Webhook.ClaimDeliveries(ctx, id, 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 3)
	require.NoError(t, b.db.Webhook.DeliveryTried(ctx, jobs[0], webhookdb.WebhookResult{Failed: true, Status: 500, Code: webhook.CodeStatus}))
	require.NoError(t, b.db.Webhook.DeliveryTried(ctx, jobs[1], webhookdb.WebhookResult{Delivered: true, Status: 200}))
	for _, status := range []string{"pending", "delivered", "failed"} {
		list := b.get(path+"/deliveries?status="+status, b.admin).is(200)
		require.Len(t, list.get("items"), 1)
		require.Equal(t, status, list.get("items.0.status"))
	}
	failed := path + "/deliveries/" + jobs[0].ID.String() + "/retry"
	require.Equal(t, "pending", b.post(failed, b.admin, nil).is(200).get("status"))
	again, err := b.db.Webhook.ClaimDeliveries(ctx, id, 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, again, 1, "what is being tried is not tried twice")
	require.Equal(t, jobs[0].ID, again[0].ID)
	b.post(path+"/deliveries/"+jobs[2].ID.String()+"/retry", b.admin, nil).is(200)
	again, err = b.db.Webhook.ClaimDeliveries(ctx, id, 10, time.Minute)
	require.NoError(t, err)
	require.Empty(t, again)

	other, _ := b.hook(nil)
	b.post(other+"/deliveries/"+jobs[0].ID.String()+"/retry", b.admin, nil).problem(404, "not_found")
	b.patch(path, b.admin, obj{"enabled": false}).is(200)
	require.Equal(t, "disabled", b.get(path+"/deliveries?status=failed", b.admin).is(200).get("items.0.last_error"))
	b.post(failed, b.admin, nil).problem(409, "conflict")
	b.del("/v1/workstreams/"+b.site.Workstream.String(), b.admin).problem(409, "conflict")
}

// After an outage of the subscriber all that failed since it began goes out again.
func TestWebhooks_HealthAndRetryOfAllFailed(t *testing.T) {
	b := setup(t)
	path, _ := b.hook(nil)
	health := b.get(path+"/health", b.admin).is(200)
	require.EqualValues(t, 0, health.get("pending"))
	require.Nil(t, health.get("pending_from"))
	for range 3 {
		b.deliver(path)
	}
	id, ctx := uuid.MustParse(strings.TrimPrefix(path, "/v1/webhooks/")), t.Context()
	jobs, err := b.db.Webhook.ClaimDeliveries(ctx, id, 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, jobs, 3)
	require.NoError(t, b.db.Webhook.DeliveryTried(ctx, jobs[0], webhookdb.WebhookResult{Failed: true, Status: 502, Code: webhook.CodeStatus}))
	require.NoError(t, b.db.Webhook.DeliveryTried(ctx, jobs[1], webhookdb.WebhookResult{Failed: true, Status: 502, Code: webhook.CodeStatus}))
	require.NoError(t, b.db.Webhook.DeliveryTried(ctx, jobs[2], webhookdb.WebhookResult{Delivered: true, Status: 204}))
	b.db.SQL.MustExec(`UPDATE webhook_delivery SET failed_at = now() - interval '2 hours' WHERE id = $1`, jobs[0].ID)
	health = b.get(path+"/health", b.admin).is(200)
	require.EqualValues(t, 0, health.get("pending"))
	require.EqualValues(t, 2, health.get("failed"))
	require.EqualValues(t, 502, health.get("last_status"))
	require.Equal(t, "http_status", health.get("last_error"))
	require.NotNil(t, health.get("delivered_at"))

	retry := path + "/deliveries/retry-failed"
	b.post(retry, b.admin, obj{}).problem(422, "invalid")
	hour := obj{"since": time.Now().Add(-time.Hour)}
	got := b.post(retry, b.admin, hour).is(200)
	require.EqualValues(t, 1, got.get("deliveries"))
	require.Equal(t, false, got.get("more"))
	again, err := b.db.Webhook.ClaimDeliveries(ctx, id, 10, time.Minute)
	require.NoError(t, err)
	require.Len(t, again, 1)
	require.Equal(t, jobs[1].ID, again[0].ID, "the other failed before, and what was delivered stays so")
	require.EqualValues(t, 2, again[0].Attempts)
	require.EqualValues(t, 1, b.get(path+"/health", b.admin).is(200).get("pending"))
	require.EqualValues(t, 0, b.post(retry, b.admin, hour).is(200).get("deliveries"))
	require.Equal(t, "retry", b.get("/v1/audit?object_type=webhook", b.admin).is(200).get("items.0.action"))

	b.patch(path, b.admin, obj{"enabled": false}).is(200)
	b.post(retry, b.admin, hour).problem(409, "conflict")
	b.post("/v1/webhooks/"+uuid.NewString()+"/deliveries/retry-failed", b.admin, hour).problem(404, "not_found")
	b.get("/v1/webhooks/"+uuid.NewString()+"/health", b.admin).problem(404, "not_found")
}

// A workstream for which a webhook is set stays until the webhook is gone.
func TestWebhooks_KeepTheirWorkstream(t *testing.T) {
	b := setup(t)
	stream := b.post("/v1/workstreams", b.admin, obj{"name": "Unused", "mode": "push", "queue_id": b.site.Queue, "fallback_queue_id": b.site.Queue}).is(201).str("id")
	path, _ := b.hook(obj{"workstream_id": stream})
	b.del("/v1/workstreams/"+stream, b.admin).problem(409, "conflict")
	b.del(path, b.admin).is(204)
	b.del("/v1/workstreams/"+stream, b.admin).is(204)
}
