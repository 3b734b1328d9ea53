package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/line"
	"switchboard/dev/sandbox/twilio"
)

const key = "00000000-0000-4000-8000-000000000001"

func appendTo(t *testing.T, file, line string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(line)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// Two equal pushes at the same moment are one message, and say so as LINE does.
func TestLINE_RetryKey(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	user := line.Find(b.Box, lineID).User("U1")
	var accepted, repeated atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			switch r := b.line("/v2/bot/message/push", key, push("U1", "once")); r.status {
			case 200:
				accepted.Add(1)
			case 409:
				repeated.Add(1)
				if r.header.Get("X-Line-Accepted-Request-Id") == "" || r.body["sentMessages"] == nil {
					t.Error("a repeat must tell what was accepted")
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, []int64{1, 19}, []int64{accepted.Load(), repeated.Load()})
	require.Equal(t, 1, user.Count("once"))
	b.later(25 * time.Hour)
	require.Equal(t, 200, b.line("/v2/bot/message/push", key, push("U1", "once")).status, "a key is forgotten after a day")
	require.Equal(t, 1, b.Counts(lineID).Duplicates)
}

func TestLINE_ReplyToken(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	user := line.Find(b.Box, lineID).User("U1")
	token := func() string {
		_, err := user.Says(t.Context(), "hi")
		require.NoError(t, err)
		told := b.told()
		var hook struct {
			Events []struct{ ReplyToken string }
		}
		require.NoError(t, json.Unmarshal([]byte(told[len(told)-1]), &hook))
		return hook.Events[0].ReplyToken
	}
	answer := func(token, key string) int {
		return b.line("/v2/bot/message/reply", key, fmt.Sprintf(`{"replyToken":%q,"messages":[{"type":"text","text":"re"}]}`, token)).status
	}
	first := token()
	require.Equal(t, 400, answer(first, key), "a reply takes no retry key")
	require.Equal(t, 200, answer(first, ""))
	require.Equal(t, 400, answer(first, ""), "a token works once")
	late := token()
	b.later(61 * time.Second)
	require.Equal(t, 400, answer(late, ""), "and for a minute")
}

func TestLINE_RefusesAsLINEDoes(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	line.Find(b.Box, lineID).User("U1")
	text := func(n int) string { return push("U1", strings.Repeat("あ", n)) }
	for name, c := range map[string]struct {
		key, body string
		status    int
	}{
		"longest text":   {"", text(5000), 200},
		"too long":       {"", text(5001), 400},
		"empty text":     {"", push("U1", ""), 400},
		"nobody":         {"", push("", "x"), 400},
		"unknown user":   {"", push("U2", "x"), 400},
		"key is no UUID": {"mine", push("U1", "x"), 400},
		"no messages":    {"", `{"to":"U1","messages":[]}`, 400},
		"six messages":   {"", `{"to":"U1","messages":[` + strings.Repeat(`{"type":"text","text":"x"},`, 5) + `{"type":"text","text":"x"}]}`, 400},
		"a file":         {"", `{"to":"U1","messages":[{"type":"file","originalContentUrl":"https://a/b"}]}`, 400},
		"plain http":     {"", `{"to":"U1","messages":[{"type":"image","originalContentUrl":"http://a.example/b","previewImageUrl":"https://a.example/b"}]}`, 400},
		"not JSON":       {"", `{`, 400},
	} {
		r := b.line("/v2/bot/message/push", c.key, c.body)
		require.Equal(t, c.status, r.status, "%s: %v", name, r.body)
		require.NotEmpty(t, r.header.Get("X-Line-Request-Id"))
	}
}

// A webhook is signed, and a redelivery is the same event, marked.
func TestLINE_Webhooks(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	sent, err := line.Find(b.Box, lineID).User("U1").Says(t.Context(), "hi")
	require.NoError(t, err)
	_, err = b.Redeliver(t.Context(), sent.EventID)
	require.NoError(t, err)
	told := b.told()
	require.Len(t, told, 2)
	for i, body := range told {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		require.Equal(t, base64.StdEncoding.EncodeToString(mac.Sum(nil)), b.hooks[i].Header.Get("X-Line-Signature"))
		require.Contains(t, body, sent.EventID)
	}
	require.Contains(t, told[0], `"isRedelivery":false`)
	require.Equal(t, strings.Replace(told[0], `"isRedelivery":false`, `"isRedelivery":true`, 1), told[1])
	require.Equal(t, 2, b.Counts(lineID).Webhooks2xx)
}

// LINE takes messages for a person who blocked the account, and loses them.
func TestLINE_Blocked(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	user := line.Find(b.Box, lineID).User("U1")
	_, err := user.Unfollows(t.Context())
	require.NoError(t, err)
	require.Equal(t, 200, b.line("/v2/bot/message/push", key, push("U1", "lost")).status)
	require.Empty(t, user.Received())
	require.Len(t, user.Lost(), 1)
	_, err = user.Says(t.Context(), "hi")
	require.Error(t, err)
}

// The signatures are those of the published vectors.
func TestSignatures_Vectors(t *testing.T) {
	t.Parallel()
	type vector struct {
		ID, Body, URL, Signature string
		Secret                   string `json:"channel_secret"`
		Token                    string `json:"auth_token"`
		ContentType              string `json:"content_type"`
		Valid                    bool
	}
	read := func(provider string) []vector {
		var doc struct {
			Vectors []vector `json:"signature_vectors"`
		}
		data, err := os.ReadFile("../../channel/" + provider + "/testdata/vectors.json")
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &doc))
		return doc.Vectors
	}
	checked := 0
	for _, v := range read("line") {
		if v.Valid {
			require.Equal(t, v.Signature, line.Sign(v.Secret, []byte(v.Body)), v.ID)
			checked++
		}
	}
	for _, id := range []string{"form-basic", "repeated-param-1", "repeated-param-2-dedupe-sort", "sort-by-key-not-by-concatenation", "userinfo-user-pass"} {
		for _, v := range read("twilio") {
			if v.ID != id {
				continue
			}
			form, err := url.ParseQuery(v.Body)
			require.NoError(t, err)
			require.Equal(t, v.Signature, twilio.Sign(v.Token, v.URL, form), v.ID)
			checked++
		}
	}
	require.Greater(t, checked, 4)
}
