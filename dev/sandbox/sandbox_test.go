package sandbox_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/line"
	"switchboard/dev/sandbox/twilio"
)

const (
	lineID   = "1650000001"
	sid      = "AC00000000000000000000000000000001"
	ourSMS   = "+15005550006"
	ourWA    = "+14155238886"
	customer = "+66801234567"
	secret   = "provider-secret"
)

// box is a sandbox with one account of each provider, and a product that keeps
// what it is told.
type box struct {
	*testing.T
	*sandbox.Sandbox
	base string

	mu     sync.Mutex
	hooks  []*http.Request
	bodies []string
	answer int
	time   time.Duration
}

func start(t *testing.T, cfg sandbox.Config) *box {
	t.Helper()
	b := &box{T: t, answer: http.StatusOK}
	cfg.Now = func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return time.Now().Add(b.time)
	}
	var err error
	b.Sandbox, err = sandbox.New(cfg)
	require.NoError(t, err)
	server := httptest.NewServer(b.Handler())
	b.base = server.URL
	b.SetPublicURL(server.URL)
	product := httptest.NewServer(http.HandlerFunc(b.product))
	t.Cleanup(func() { require.NoError(t, b.Close()); server.Close(); product.Close() })
	_, err = line.Add(b.Box, line.Settings{ChannelID: lineID, Secret: secret, AccessToken: secret, BotUserID: "Ubot",
		WebhookURL: product.URL + "/line"})
	require.NoError(t, err)
	_, err = twilio.Add(b.Box, twilio.Settings{SID: sid, AuthToken: secret, Numbers: []string{ourSMS}, WhatsApp: []string{ourWA},
		WebhookURL: product.URL + "/twilio"})
	require.NoError(t, err)
	return b
}

func (b *box) product(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks, b.bodies = append(b.hooks, r), append(b.bodies, string(body))
	w.WriteHeader(b.answer)
}

func (b *box) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.bodies...)
}

func (b *box) later(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.time += d
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (b *box) do(req *http.Request) (reply, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, header: resp.Header}
	data, err := io.ReadAll(resp.Body)
	_ = json.Unmarshal(data, &out.body) // media is no JSON
	return out, err
}

// line calls LINE's API.
func (b *box) line(path, key, body string) reply {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.base+"/line"+path, strings.NewReader(body))
	require.NoError(b, err)
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("X-Line-Retry-Key", key)
	}
	out, err := b.do(req)
	require.NoError(b, err)
	return out
}

func push(to, text string) string {
	data, _ := json.Marshal(map[string]any{"to": to, "messages": []any{map[string]string{"type": "text", "text": text}}})
	return string(data)
}

// twilio calls Twilio's API; form may be nil.
func (b *box) twilio(ctx context.Context, method, path string, form url.Values) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.base+"/twilio/2010-04-01/Accounts/"+path, strings.NewReader(form.Encode()))
	require.NoError(b, err)
	req.SetBasicAuth(sid, secret)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(req)
}

func (b *box) send(form url.Values) reply {
	b.Helper()
	out, err := b.twilio(b.Context(), http.MethodPost, sid+"/Messages.json", form)
	require.NoError(b, err)
	return out
}

func sms(text string) url.Values {
	return url.Values{"From": {ourSMS}, "To": {customer}, "Body": {text}}
}

// own calls the sandbox's own API.
func (b *box) own(method, path, body string) reply {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, b.base+"/_sandbox/"+path, strings.NewReader(body))
	require.NoError(b, err)
	req.Header.Set("Content-Type", "application/json")
	out, err := b.do(req)
	require.NoError(b, err)
	return out
}

// Everything is the same after a restart, but for a line cut off by a crash.
func TestJournal_SurvivesARestart(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/journal.jsonl"
	b := start(t, sandbox.Config{JournalFile: file})
	user := line.Find(b.Box, lineID).User("U1").Named("Mia")
	_, err := user.Says(t.Context(), "hi")
	require.NoError(t, err)
	_, err = user.SendsMedia(t.Context(), "image/png", []byte("picture"), "a.png")
	require.NoError(t, err)
	const key = "123e4567-e89b-12d3-a456-426614174000"
	require.Equal(t, 200, b.line("/v2/bot/message/push", key, push("U1", "answer")).status)
	require.Equal(t, 201, b.send(sms("hello")).status)
	require.NoError(t, b.Settle(t.Context()))
	before, counts := b.own(http.MethodGet, "phones/"+user.ID(), ""), b.Counts(sid)
	require.NoError(t, b.Close())

	appendTo(t, file, `{"kind":"call","acc`)
	again := start(t, sandbox.Config{JournalFile: file})
	require.Equal(t, before.body, again.own(http.MethodGet, "phones/"+user.ID(), "").body)
	require.Equal(t, counts, again.Counts(sid))
	require.Equal(t, 409, again.line("/v2/bot/message/push", key, push("U1", "answer")).status, "the retry key is remembered")
}
