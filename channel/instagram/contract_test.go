package instagram

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/channeltest"
	"switchboard/channel/internal/graph"
)

const (
	webhookURL = "https://desk.example.com/webhooks/instagram/6f1c"
	igID       = "17841400000000001"
	customer   = "9876543210987"
)

func at(t *testing.T, method, address string) channel.Request {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return channel.Request{Method: method, URL: u, Header: http.Header{}}
}

func account(secret string) channel.Account {
	return channel.Account{
		ID: "a1", Key: "6f1c", Settings: map[string]string{"ig_id": igID},
		Secrets: map[string]string{"app_secret": secret, "access_token": "token-of-the-account", "verify_token": "word-of-the-account"},
	}
}

func webhook(t *testing.T, item string) channel.Request {
	t.Helper()
	r := at(t, http.MethodPost, webhookURL)
	r.Body = []byte(`{"object":"instagram","entry":[{"id":"` + igID + `","time":1760000001100,"messaging":[` + item + `]}]}`)
	return r
}

// from is something that the customer did, to what Meta's documentation shows.
func from(rest string) string {
	return `{"sender":{"id":"` + customer + `"},"recipient":{"id":"` + igID + `"},"timestamp":1760000001000,` + rest + `}`
}

func echo(rest string) string {
	return `{"sender":{"id":"` + igID + `"},"recipient":{"id":"` + customer + `"},"timestamp":1760000001000,` + rest + `}`
}

type sample struct {
	item, kind, typ, text string
	media                 int
}

func samples() map[string]sample {
	const file = `"payload":{"url":"https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=x"}`
	return map[string]sample{
		"text":          {from(`"message":{"mid":"m1","text":"Hi"}`), "message", "text", "Hi", 0},
		"reply":         {from(`"message":{"mid":"m2","text":"this","reply_to":{"mid":"m0"}}`), "message", "text", "this", 0},
		"quick reply":   {from(`"message":{"mid":"m3","text":"Yes","quick_reply":{"payload":"all-yes"}}`), "message", "postback", "Yes", 0},
		"image":         {from(`"message":{"mid":"m4","attachments":[{"type":"image",` + file + `}]}`), "message", "image", "", 1},
		"story reply":   {from(`"message":{"mid":"m5","text":"How much?","reply_to":{"story":{"id":"s1","url":"https://lookaside.fbsbx.com/s"}}}`), "message", "text", "How much?", 1},
		"story mention": {from(`"message":{"mid":"m6","attachments":[{"type":"story_mention",` + file + `}]}`), "message", "text", "Mentioned you in their story", 1},
		"share": {from(`"message":{"mid":"m7","attachments":[{"type":"share","payload":{"url":"https://www.instagram.com/p/1"}}]}`), "message", "text",
			"https://www.instagram.com/p/1", 0},
		"reel": {from(`"message":{"mid":"m8","attachments":[{"type":"ig_reel","payload":{"reel_video_id":1,"title":"Tea","url":"https://www.instagram.com/r"}}]}`),
			"message", "text", "Tea\nhttps://www.instagram.com/r", 0},
		"heart":       {from(`"message":{"mid":"m9","attachments":[{"type":"like_heart"}]}`), "message", "sticker", "❤️", 0},
		"unsupported": {from(`"message":{"mid":"m10","is_unsupported":true}`), "message", "unknown", "", 0},
		"deleted":     {from(`"message":{"mid":"m1","is_deleted":true}`), "redact", "unsend", "", 0},
		"edited":      {from(`"message_edit":{"mid":"m1","text":"Hello","num_edit":1}`), "edit", "edit", "Hello", 0},
		"postback":    {from(`"postback":{"mid":"m11","title":"Order","payload":"order"}`), "message", "postback", "Order", 0},
		"reaction":    {from(`"reaction":{"mid":"m1","action":"react","reaction":"love","emoji":"❤️"}`), "message", "reaction", "❤️", 0},
		"unreaction":  {from(`"reaction":{"mid":"m1","action":"unreact"}`), "message", "reaction", "✖️", 0},
		"seen":        {from(`"read":{"mid":"m1"}`), "status", "read", "", 0},
		"referral":    {from(`"referral":{"ref":"x","source":"ig.me"}`), "system", "referral", "", 0},
		"echo":        {echo(`"message":{"mid":"m12","text":"from the phone","is_echo":true}`), "echo", "text", "from the phone", 0},
		"another":     {from(`"hologram":{}`), "unknown", "", "", 0},
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	var requests []channel.Request
	for _, s := range samples() {
		requests = append(requests, webhook(t, s.item))
	}
	asks := at(t, http.MethodGet, webhookURL+"?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=word-of-the-account")
	channeltest.Run(t, channeltest.Contract{
		Provider: func(c *http.Client) channel.Provider {
			p := New("127.0.0.1")
			if c != nil {
				p.HTTP = c
			}
			return p
		},
		Account:    account("secret-of-the-app"),
		VerifiedBy: []string{"app_secret", "app_secret_previous"},
		Sign: func(r *channel.Request, secret string) {
			r.Header.Set(graph.SignatureHeader, "sha256="+hex.EncodeToString(graph.Sign(secret, r.Body)))
		},
		Signature: graph.SignatureHeader,
		Asks:      &asks, Challenge: "1158201444", VerifyToken: "verify_token",
		Samples: requests,
		Kinds: []channel.Kind{
			channel.KindMessage, channel.KindStatus, channel.KindRedact, channel.KindEdit, channel.KindEcho, channel.KindSystem, channel.KindUnknown,
		},
		Media:   func(base string) channel.MediaRef { return channel.MediaRef{URL: base + "/cdn/1.jpg"} },
		Channel: Channel, To: "2",
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, want := range samples() {
		events, err := (&Instagram{}).Parse(account("s"), webhook(t, want.item))
		require.NoError(t, err, name)
		require.Len(t, events, 1, name)
		e := events[0]
		require.Equal(t, want.kind, string(e.Kind), name)
		require.Equal(t, want.typ, e.Type, name)
		require.Equal(t, want.text, e.Text, name)
		require.Len(t, e.Media, want.media, name)
		require.Equal(t, igID, e.Owner, name)
		require.Equal(t, customer, e.From, name)
	}
	comments := at(t, http.MethodPost, webhookURL)
	comments.Body = []byte(`{"object":"instagram","entry":[{"id":"` + igID + `","changes":[{"field":"comments","value":{"text":"nice"}}]}]}`)
	events, err := (&Instagram{}).Parse(account("s"), comments)
	require.NoError(t, err)
	require.Empty(t, events)
}
