package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
	"switchboard/test/rig"
)

func count(t *testing.T, query string, args ...any) int {
	t.Helper()
	n, err := shared.Count(t.Context(), query, args...)
	require.NoError(t, err)
	return n
}

// T1: 50 copies at once and later repeats make one message, and every caller is
// told that all is well.
func TestInbound_ManyCopiesAreOneMessage(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	for name, phone := range channels() {
		t.Run(name, func(t *testing.T) {
			customer := phone(site)
			sent, err := customer.Says(t.Context(), said("copied"))
			require.NoError(t, err)
			copies := func() {
				var wg sync.WaitGroup
				for range 50 {
					wg.Go(func() {
						again, err := shared.Sandbox.Redeliver(t.Context(), sent.EventID)
						if err != nil || again.Status != http.StatusOK {
							t.Errorf("a copy was not taken: %d %v", again.Status, err)
						}
					})
				}
				wg.Wait()
			}
			copies()
			one := func() int {
				return count(t, `SELECT count(*) FROM message WHERE account_id IN ($1, $2) AND provider_event_id = $3`, site.LINEAcct, site.TwilioAcct, sent.EventID)
			}
			require.Equal(t, 1, one())
			// Repeats of a day later meet a row that is a day old.
			_, err = shared.Count(t.Context(), `WITH old AS (UPDATE message SET created_at = created_at - interval '1 day' WHERE provider_event_id = $1 RETURNING 1) SELECT count(*) FROM old`, sent.EventID)
			require.NoError(t, err)
			copies()
			require.Equal(t, 1, one())
		})
	}
}

// An agent's repeated POST, at once and later, is one message at the customer.
func TestOutbound_RepeatedPostIsOneMessage(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 3)
	customer := site.LINE.User(userID())
	say(t, customer, said("hi"))
	conv := ann.accept(t)
	key, text := uuid.NewString(), said("once")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, status, err := ann.Answer(t.Context(), conv, key, text); err != nil || status != http.StatusCreated && status != http.StatusOK {
				t.Errorf("repeat: %d %v", status, err)
			}
		})
	}
	wg.Wait()
	last := said("last")
	_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), last)
	require.NoError(t, err)
	_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == last })
	require.NoError(t, err)
	n := 0
	for _, m := range customer.Received() {
		if m.Text == text {
			n++
		}
	}
	require.Equal(t, 1, n)
}

// T2: parallel first messages of a new customer are one contact point and one
// conversation with all of them.
func TestInbound_ParallelFirstMessages(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	for name, phone := range channels() {
		t.Run(name, func(t *testing.T) {
			customer, mark := phone(site), said("album")
			before := count(t, `SELECT count(*) FROM conversation WHERE account_id IN ($1, $2)`, site.LINEAcct, site.TwilioAcct)
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					sent, err := customer.Says(t.Context(), fmt.Sprintf("%s/%d", mark, i))
					if err != nil || sent.Status != http.StatusOK {
						t.Errorf("message %d was not taken: %d %v", i, sent.Status, err)
					}
				})
			}
			wg.Wait()
			require.Equal(t, 50, count(t, `SELECT count(DISTINCT text) FROM message WHERE text LIKE $1`, mark+"/%"))
			require.Equal(t, 1, count(t, `SELECT count(DISTINCT conversation_id) FROM message WHERE text LIKE $1`, mark+"/%"))
			require.Equal(t, before+1, count(t, `SELECT count(*) FROM conversation WHERE account_id IN ($1, $2)`, site.LINEAcct, site.TwilioAcct))
		})
	}
}

// lineHook posts a body as LINE would, signed with a secret.
func lineHook(t *testing.T, address, secret string, body []byte) *http.Response {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return post(t, address, "application/json", body, "X-Line-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// twilioHook posts a form as Twilio would, which signs the address as it knows it.
func twilioHook(t *testing.T, address, signedAs, token string, form url.Values) *http.Response {
	t.Helper()
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(signedAs))
	for _, k := range slices.Sorted(maps.Keys(form)) {
		mac.Write([]byte(k + form.Get(k)))
	}
	return post(t, address, "application/x-www-form-urlencoded", []byte(form.Encode()), "X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func post(t *testing.T, address, contentType string, body []byte, header, value string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set(header, value)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	if resp.StatusCode >= 400 {
		problems.Lock()
		problems.seen = append(problems.seen, string(answer))
		problems.Unlock()
	}
	return resp
}

func lineEvent(user, id, text string) map[string]any {
	return map[string]any{"type": "message", "mode": "active", "timestamp": time.Now().UnixMilli(), "webhookEventId": id,
		"source": map[string]any{"type": "user", "userId": user}, "deliveryContext": map[string]any{"isRedelivery": false},
		"message": map[string]any{"id": "m" + id, "type": "text", "text": text}}
}

// T4: what is poisonous or unknown in a batch does not cost its neighbours, and
// is kept.
func TestInbound_PoisonInABatch(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	user, mark := userID(), said("neighbour")
	id := func() string { return strings.ReplaceAll(uuid.NewString(), "-", "")[:26] }
	bad := []any{
		map[string]any{"type": "message", "webhookEventId": id(), "source": "no object", "message": 7},
		map[string]any{"type": "message", "webhookEventId": id(), "source": map[string]any{"type": "user", "userId": user},
			"message": map[string]any{"id": "nul", "type": "text", "text": "nul \u0000 within"}},
		map[string]any{"type": "message", "webhookEventId": id(), "source": map[string]any{"type": "user", "userId": user},
			"timestamp": 99999999999999999, "message": map[string]any{"id": strings.Repeat("i", 5000), "type": strings.Repeat("t", 5000)}},
		map[string]any{"type": "inventedTomorrow", "webhookEventId": id(), "x": map[string]any{"y": "1e400"}},
		"no event at all", nil, 12, []any{},
	}
	events := []any{lineEvent(user, id(), mark+"/first")}
	events = append(events, bad...)
	events = append(events, lineEvent(user, id(), mark+"/last"))
	body, err := json.Marshal(map[string]any{"destination": "", "events": events})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, lineHook(t, site.LINEHook, site.Secret, body).StatusCode)
	require.Equal(t, 2, count(t, `SELECT count(*) FROM message WHERE text LIKE $1`, mark+"/%"))
	kept := count(t, `SELECT (SELECT count(*) FROM provider_event WHERE account_id = $1) + (SELECT count(*) FROM message WHERE account_id = $1)`, site.LINEAcct)
	require.GreaterOrEqual(t, kept, len(bad)+2-1, "all are kept; two that are equal may be one")
}

// T5: a thread has one order, by the server's sequence, live and after reload,
// while others write too.
func TestInbound_OrderIsTheSequence(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 3)
	customer, mark := site.LINE.User(userID()), said("ordered")
	say(t, customer, mark+"/000")
	conv := ann.accept(t)
	others := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		other := site.LINE.User(userID())
		wg.Go(func() {
			for {
				select {
				case <-others:
					return
				default:
				}
				if _, err := other.Says(t.Context(), said("crowd")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const n = 500
	for i := 1; i < n; i++ {
		say(t, customer, fmt.Sprintf("%s/%03d", mark, i))
	}
	close(others)
	wg.Wait()
	thread := ann.thread(t, conv)
	require.Len(t, thread, n)
	order := map[uuid.UUID]int{}
	for i, m := range thread {
		require.Equal(t, fmt.Sprintf("%s/%03d", mark, i), m.Text)
		order[m.ID] = i
	}
	last := thread[n-1].ID
	ann.await(t, "the last message, live", func(e apiclient.Event) bool { return e.Kind == "message.created" && e.Message.UUID == last })
	ann.mu.Lock()
	defer ann.mu.Unlock()
	next := 1 // the first came before there was an offer
	for _, e := range ann.events {
		if i, mine := order[e.Message.UUID]; mine && e.Kind == "message.created" && i > 0 {
			require.Equal(t, next, i, "live order")
			next++
		}
	}
	require.Equal(t, n, next)
}

// T18: both secrets are good while they rotate, a wrong one never is, and
// Twilio's ways of writing an address are all known.
func TestInbound_Signatures(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	line := func(secret string) int {
		body, err := json.Marshal(map[string]any{"events": []any{lineEvent(userID(), strings.ReplaceAll(uuid.NewString(), "-", ""), said("signed"))}})
		require.NoError(t, err)
		return lineHook(t, site.LINEHook, secret, body).StatusCode
	}
	twilio := func(token, signedAs string) int {
		form := url.Values{"MessageSid": {"SM" + strings.ReplaceAll(uuid.NewString(), "-", "")}, "AccountSid": {site.TwilioID},
			"From": {number()}, "To": {site.SMS}, "Body": {said("signed")}, "NumMedia": {"0"}}
		return twilioHook(t, site.TwilioHook, signedAs, token, form).StatusCode
	}
	plain := site.TwilioHook
	u, err := url.Parse(plain)
	require.NoError(t, err)
	portless := *u
	portless.Host = u.Hostname()
	require.Equal(t, http.StatusOK, line(site.Secret))
	require.Equal(t, http.StatusForbidden, line("wrong-secret"))
	require.Equal(t, http.StatusOK, twilio(site.Secret, plain))
	require.Equal(t, http.StatusOK, twilio(site.Secret, portless.String()), "Twilio may leave the port out")
	require.Equal(t, http.StatusForbidden, twilio("wrong-secret", plain))
	require.Equal(t, http.StatusForbidden, twilio(site.Secret, plain+"x"))

	change := func(account uuid.UUID, secrets map[string]any) {
		_, err := shared.Admin.Do(t.Context(), http.MethodPatch, "/v1/accounts/"+account.String(), map[string]any{"secrets": secrets}, nil)
		require.NoError(t, err)
	}
	fresh := rig.Password + "-" + rig.MarkSecret
	change(site.LINEAcct, map[string]any{"channel_secret": fresh, "channel_secret_previous": site.Secret})
	change(site.TwilioAcct, map[string]any{"auth_token_secondary": fresh})
	for _, secret := range []string{fresh, site.Secret} {
		eventually(t, "the new secret counts", func() bool { return line(secret) == http.StatusOK && twilio(secret, plain) == http.StatusOK })
	}
	change(site.LINEAcct, map[string]any{"channel_secret_previous": nil})
	eventually(t, "the old secret counts no more", func() bool { return line(site.Secret) == http.StatusForbidden })
	require.Equal(t, http.StatusOK, line(fresh))
}

// T20: a fresh reply token is used once, then pushes carry a retry key; stickers
// are stickers, and what was taken back is gone.
func TestLINE_ReplyTokenStickerUnsend(t *testing.T) {
	t.Parallel()
	site := newSite(t, nil)
	ann := newAgent(t, site, 3)
	customer := site.LINE.User(userID())
	first, err := customer.Says(t.Context(), said("take back"))
	require.NoError(t, err)
	conv := ann.accept(t)
	for range 2 {
		text := said("answer")
		_, _, err := ann.Answer(t.Context(), conv, uuid.NewString(), text)
		require.NoError(t, err)
		_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == text })
		require.NoError(t, err)
	}
	got := customer.Received()
	require.Len(t, got, 2)
	require.True(t, got[0].Replied, "the first answer uses the free reply token")
	require.Empty(t, got[0].Key, "a reply has no retry key")
	require.False(t, got[1].Replied, "the token is spent: the second is a push")
	_, err = uuid.Parse(got[1].Key)
	require.NoError(t, err, "a push carries a retry key")

	_, err = customer.SendsSticker(t.Context(), "446", "1988")
	require.NoError(t, err)
	ann.awaitMessage(t, conv, "the sticker", func(m apiclient.Message) bool { return m.Type == "sticker" && m.Data["sticker_id"] != nil })
	_, err = customer.Unsends(t.Context(), first.MessageID)
	require.NoError(t, err)
	m := ann.awaitMessage(t, conv, "the message that was taken back", func(m apiclient.Message) bool { return m.RedactedAt != nil })
	require.Empty(t, m.Text)
}
