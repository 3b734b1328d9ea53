// Package line carries conversations over the LINE Messaging API.
//
// https://developers.line.biz/en/reference/messaging-api/
package line

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

var (
	_ channel.Provider = (*Line)(nil)
	_ channel.Fetcher  = (*Line)(nil)
	_ channel.Profiler = (*Line)(nil)
)

const (
	apiHost  = "https://api.line.me"
	dataHost = "https://api-data.line.me"

	signatureHeader = "X-Line-Signature"
)

// Line is a client of the LINE Messaging API. Its fields may be set before use.
type Line struct {
	HTTP     *http.Client     // for LINE's own hosts; nil is one with timeouts
	External *http.Client     // for addresses that customers name; nil is a guarded one
	Now      func() time.Time // nil is time.Now
}

// New returns a provider with its defaults. Accounts' addresses may lead to the
// internet and to the named private hosts.
func New(private ...string) *Line {
	return &Line{HTTP: rest.New(private...), External: safehttp.New(), Now: time.Now}
}

// Type implements channel.Provider.
func (*Line) Type() string { return "line" }

// Channels implements channel.Provider. LINE reports neither delivery nor
// reading, and takes five objects in a request: a text and four attachments.
func (*Line) Channels() map[string]channel.Caps {
	return map[string]channel.Caps{"line": {MaxText: maxText, MaxMedia: maxObjects - 1, MediaLimits: mediaLimits(), MaxButtons: maxButtons, SafeSend: true, SafeFor: retryKeyFor}}
}

// Fields implements channel.Provider.
func (*Line) Fields() []channel.Field {
	return []channel.Field{
		{Name: "channel_id", Label: "Channel ID", Required: true, Unique: true, Help: "LINE Developers console, Basic settings."},
		{Name: "channel_secret", Label: "Channel secret", Secret: true, Required: true, Help: "Basic settings. Proves that webhooks come from LINE."},
		{Name: "channel_secret_previous", Label: "Previous channel secret", Secret: true, Help: "While the secret is being changed, both are accepted."},
		{Name: "channel_access_token", Label: "Channel access token", Secret: true, Required: true, Help: "Messaging API settings, long-lived."},
		{Name: "bot_user_id", Label: "Bot user ID", Help: "If given, webhooks for another bot are refused."},
	}
}

// Validate implements channel.Provider.
func (l *Line) Validate(a channel.Account) error {
	if err := channel.Require(l.Fields(), a); err != nil {
		return err
	}
	if strings.Trim(a.Settings["channel_id"], "0123456789") != "" {
		return &channel.Invalid{Field: "channel_id", Reason: "must be a number"}
	}
	return nil
}

// Verify implements channel.Provider: HMAC-SHA256 over the bytes as they came.
func (*Line) Verify(a channel.Account, r channel.Request) error {
	got, err := base64.StdEncoding.Strict().DecodeString(r.Header.Get(signatureHeader))
	if err != nil || len(got) != sha256.Size {
		return channel.ErrSignature
	}
	ok := false
	for _, name := range []string{"channel_secret", "channel_secret_previous"} {
		secret := a.Secrets[name]
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(r.Body)
		ok = hmac.Equal(got, mac.Sum(nil)) && secret != "" || ok
	}
	if !ok {
		return channel.ErrSignature
	}
	var to struct{ Destination string }
	bot := a.Settings["bot_user_id"]
	if bot != "" && json.Unmarshal(r.Body, &to) == nil && to.Destination != "" && to.Destination != bot {
		return channel.ErrSignature
	}
	return nil
}

// Test implements channel.Provider.
func (l *Line) Test(ctx context.Context, a channel.Account) error {
	r, err := l.get(ctx, a, "/v2/bot/info")
	if err != nil {
		return err
	}
	if !r.OK() {
		return rest.Asked(refusal(r, l.now()))
	}
	var info struct{ UserID string }
	if json.Unmarshal(r.Body, &info) != nil || info.UserID == "" {
		return &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "What answered does not speak as LINE does: check the API address."}
	}
	if bot := a.Settings["bot_user_id"]; bot != "" && bot != info.UserID {
		return &channel.Error{Class: channel.Config, Code: "other_bot", Detail: "The access token belongs to another bot than the bot user ID says."}
	}
	return nil
}

func (l *Line) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}

// get asks LINE's API for a small document.
func (l *Line) get(ctx context.Context, a channel.Account, path string) (rest.Reply, error) {
	return l.ask(ctx, a, base(a, apiHost)+path)
}

func (l *Line) ask(ctx context.Context, a channel.Account, address string) (rest.Reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return rest.Reply{}, badBase()
	}
	authorize(req, a)
	return rest.Ask(rest.Client(l.HTTP), req)
}

func authorize(req *http.Request, a channel.Account) {
	req.Header.Set("Authorization", "Bearer "+a.Secrets["channel_access_token"])
}

// base is the host of a call. An account that overrides it has one for all.
func base(a channel.Account, host string) string {
	if a.BaseURL != "" {
		return strings.TrimRight(a.BaseURL, "/")
	}
	return host
}

func badBase() error {
	return &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
}
