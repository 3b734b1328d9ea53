package webhook

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/store/configdb"
	"switchboard/store/webhookdb"
)

func key(t *testing.T, secret string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	require.NoError(t, err)
	require.Equal(t, secret, FormatKey(b))
	return b
}

// The first is the example that implementations of the specification share; the
// others were made with openssl.
func TestSign_Vectors(t *testing.T) {
	t.Parallel()
	a, b := key(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), key(t, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	const first, second, empty = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI=", "v1,GsnVozukDiVmbnjDPsr6Y6lFW7x/ARAGr0VbaFdOnHY="
	at, id, body := time.Unix(1614265330, 0), "msg_p5jXN8AQM9LWM0D4loKWxJek", []byte(`{"test": 2432232314}`)
	require.Equal(t, first, Sign([][]byte{a}, id, at, body))
	require.Equal(t, second, Sign([][]byte{b}, id, at, body))
	require.Equal(t, second+" "+first, Sign([][]byte{b, a}, id, at.Add(999*time.Millisecond), body), "both sign while a secret is rotated")
	require.Equal(t, empty, Sign([][]byte{b}, id, at, nil))
	require.Len(t, NewKey(), 32)
	require.NotEqual(t, NewKey(), NewKey())
}

func TestWebhookKeys_OldOneSignsForItsTime(t *testing.T) {
	t.Parallel()
	until := time.Now()
	w := webhookdb.Webhook{Secrets: configdb.Secrets{webhookdb.WebhookKey: "new", webhookdb.WebhookOldKey: "old"}, OldUntil: &until}
	require.Equal(t, [][]byte{[]byte("new"), []byte("old")}, w.Keys(until.Add(-time.Second)))
	require.Equal(t, [][]byte{[]byte("new")}, w.Keys(until))
}

func TestPause_GrowsAndJitters(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: 5 * time.Second, 2: 15 * time.Second, 3: 45 * time.Second, 4: 135 * time.Second,
		5: 405 * time.Second, 6: 1215 * time.Second, 7: 30 * time.Minute, 1000: 30 * time.Minute} {
		require.InDelta(t, want*8/10, pause(attempt, 0), 1)
		require.InDelta(t, want, pause(attempt, 0.5), 1)
		require.InDelta(t, want*12/10, pause(attempt, 1), 1)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "-5": 0, "soon": 0, "99999999999999": 0,
		"Sat, 21 Nov 2026 12:01:00 GMT": time.Minute, "Sat, 21 Nov 2026 11:00:00 GMT": 0} {
		require.Equal(t, want, retryAfter(v, now), v)
	}
}

// What follows from an answer, and when it is given up.
func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r := &runner{Dispatcher: New(Config{Now: func() time.Time { return now }})}
	judge := func(since time.Duration, a Answer) webhookdb.WebhookResult {
		return r.judge(webhookdb.WebhookJob{Attempts: 1, Since: now.Add(-since)}, a)
	}
	require.Equal(t, webhookdb.WebhookResult{Delivered: true, Status: 204}, judge(0, Answer{Status: 204}))
	require.True(t, judge(0, Answer{Status: 410, Code: CodeGone}).Failed)
	require.Equal(t, webhookdb.WebhookResult{Code: CodeStopped}, judge(48*time.Hour, Answer{Code: CodeStopped}), "another process tries it at once")
	failed := Answer{Status: 500, Code: CodeStatus}
	require.False(t, judge(23*time.Hour, failed).Failed)
	require.True(t, judge(24*time.Hour, failed).Failed)
	require.True(t, judge(25*time.Hour, failed).Failed)
	require.Zero(t, r.hold.Load())

	failed.RetryAfter = 2 * time.Hour
	require.Equal(t, 2*time.Hour, judge(0, failed).Pause)
	require.Equal(t, time.Hour, judge(23*time.Hour, failed).Pause, "there is a last try")
	require.Zero(t, r.hold.Load())
	failed.Status = http.StatusTooManyRequests
	judge(0, failed)
	require.Equal(t, now.Add(time.Hour).UnixNano(), r.hold.Load(), "other conversations leave it alone too")
}

// Who takes half a minute for each answers in time, and nothing cuts it short;
// meanwhile nobody else takes the conversation over.
func TestSender_HalfAMinuteIsInTime(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	require.Greater(t, d.Timeout, 30*time.Second)
	require.Less(t, d.Timeout, d.Lease)
	s := NewSender(webhookdb.Webhook{URL: "https://crm.example.com"}, d.Timeout, nil)
	transport, ok := s.client.Transport.(*http.Transport)
	require.True(t, ok)
	require.Equal(t, d.Timeout, transport.ResponseHeaderTimeout)
}
