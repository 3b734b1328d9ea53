// Package wechat carries conversations with a WeChat Official Account, by its
// webhooks and its customer service messages.
//
// https://developers.weixin.qq.com/doc/offiaccount/en/
package wechat

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

var (
	_ channel.Provider   = (*WeChat)(nil)
	_ channel.Handshaker = (*WeChat)(nil)
	_ channel.Answerer   = (*WeChat)(nil)
	_ channel.Limiter    = (*WeChat)(nil)
	_ channel.Fetcher    = (*WeChat)(nil)
	_ channel.Profiler   = (*WeChat)(nil)
	_ channel.Signaler   = (*WeChat)(nil)
	_ channel.Numberer   = (*WeChat)(nil)
)

// Channel is the one kind of conversation it carries.
const Channel = "wechat"

const (
	apiHost = "https://api.weixin.qq.com"

	window      = 48 * time.Hour
	windowSends = 5    // answers after each message of the customer's
	maxText     = 2048 // bytes, so at most as many UTF-16 code units
	maxButtons  = 10
	mega        = 1 << 20
	maxWebhook  = 256 << 10
)

// WeChat is a client of the Official Account API. Its fields may be set before use.
type WeChat struct {
	HTTP     *http.Client     // for the API; nil is one with timeouts
	External *http.Client     // for where WeChat keeps videos; nil is a guarded one
	Now      func() time.Time // nil is time.Now

	tokens tokens
}

// New returns a provider with its defaults. Accounts' addresses may lead to the
// internet and to the named private hosts.
func New(private ...string) *WeChat {
	return &WeChat{HTTP: rest.New(private...), External: safehttp.New(), Now: time.Now}
}

// Type implements channel.Sender.
func (*WeChat) Type() string { return Channel }

// Channels implements channel.Sender. WeChat takes one file in a message and
// reports neither delivery nor reading. What it has no object for goes as a link.
func (*WeChat) Channels() map[string]channel.Caps {
	return map[string]channel.Caps{Channel: {
		Window: window, WindowSends: windowSends, MaxText: maxText, MaxMedia: 1, MaxButtons: maxButtons,
		MediaLimits: []channel.MediaLimit{
			{Type: "image/jpeg", MaxBytes: 10 * mega}, {Type: "image/png", MaxBytes: 10 * mega}, {Type: "image/gif", MaxBytes: 10 * mega},
			{Type: "audio/mpeg", MaxBytes: 2 * mega}, {Type: "audio/amr", MaxBytes: 2 * mega},
			{Type: "video/mp4", MaxBytes: 10 * mega},
			{Type: "*/*", MaxBytes: 200 * mega, AsLink: true},
		},
	}}
}

// Fields implements channel.Connector.
func (*WeChat) Fields() []channel.Field {
	return []channel.Field{
		{Name: "app_id", Label: "AppID", Required: true, Unique: true,
			Help: "WeChat Official Accounts Platform, Basic configuration. It is wx and 16 digits or letters a to f."},
		{Name: "app_secret", Label: "AppSecret", Secret: true, Required: true, Help: "The same page. WeChat shows it once; reset it there if nobody kept it."},
		{Name: "token", Label: "Token", Secret: true, Required: true,
			Help: "3 to 32 letters or digits that you make up. Enter the same under Server configuration at WeChat."},
		{Name: "encoding_aes_key", Label: "EncodingAESKey", Secret: true,
			Help: "43 letters or digits from Server configuration. Set it if messages are encrypted there (security mode), which we recommend; empty is plain mode."},
		{Name: "token_previous", Label: "Previous token", Secret: true, Help: "While the token is being changed, both are accepted."},
		{Name: "encoding_aes_key_previous", Label: "Previous EncodingAESKey", Secret: true, Help: "While the key is being changed, both are accepted."},
	}
}

var (
	appID  = regexp.MustCompile(`^wx[0-9a-f]{16}$`)
	word   = regexp.MustCompile(`^[0-9A-Za-z]{3,32}$`)
	aesKey = regexp.MustCompile(`^[0-9A-Za-z+/]{43}$`)
)

// Validate implements channel.Connector.
func (w *WeChat) Validate(a channel.Account) error {
	if err := channel.Require(w.Fields(), a); err != nil {
		return err
	}
	if !appID.MatchString(a.Settings["app_id"]) {
		return &channel.Invalid{Field: "app_id", Reason: "must be wx and 16 digits or letters a to f"}
	}
	for _, name := range tokenFields() {
		if v := a.Secrets[name]; v != "" && !word.MatchString(v) {
			return &channel.Invalid{Field: name, Reason: "must be 3 to 32 letters or digits"}
		}
	}
	for _, name := range keyFields() {
		if v := a.Secrets[name]; v != "" && !aesKey.MatchString(v) {
			return &channel.Invalid{Field: name, Reason: "must be the 43 letters or digits that WeChat shows"}
		}
	}
	if a.Secrets["encoding_aes_key"] == "" && a.Secrets["encoding_aes_key_previous"] != "" {
		return &channel.Invalid{Field: "encoding_aes_key", Reason: "must be set if there is a previous one"}
	}
	return nil
}

// MaxBody implements channel.Limiter.
func (*WeChat) MaxBody() int64 { return maxWebhook }

// Answer implements channel.Answerer: to anything else, WeChat tells the customer
// that the account is out of service.
func (*WeChat) Answer() (string, []byte) { return "text/plain; charset=utf-8", []byte("success") }

var errAddress = errors.New("must be empty: an account of WeChat is one Official Account")

// Own implements channel.Numberer: events name no address of ours but the account.
func (*WeChat) Own(_, raw string) (string, error) {
	if strings.TrimSpace(raw) != "" {
		return "", errAddress
	}
	return "", nil
}

func (w *WeChat) now() time.Time {
	if w.Now == nil {
		return time.Now()
	}
	return w.Now()
}

func base(a channel.Account) string {
	if a.BaseURL != "" {
		return strings.TrimRight(a.BaseURL, "/")
	}
	return apiHost
}
