// Package twilio carries SMS and WhatsApp conversations over Twilio's
// Programmable Messaging.
//
// https://www.twilio.com/docs/messaging/api/message-resource
package twilio

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

var (
	_ channel.Provider  = (*Twilio)(nil)
	_ channel.Fetcher   = (*Twilio)(nil)
	_ channel.Finder    = (*Twilio)(nil)
	_ channel.Limiter   = (*Twilio)(nil)
	_ channel.Answerer  = (*Twilio)(nil)
	_ channel.Templater = (*Twilio)(nil)
)

const (
	apiHost     = "https://api.twilio.com"
	contentHost = "https://content.twilio.com"

	sms       = "sms"
	whatsapp  = "whatsapp"
	waPrefix  = "whatsapp:" // of addresses on the wire; ours go without, Event.Channel says it
	rcsPrefix = "rcs:"      // of SMS customers whose phone answers by RCS, and of our sender there
)

// Twilio is a client of Twilio's messaging API. Its fields may be set before use.
type Twilio struct {
	HTTP     *http.Client     // for Twilio's API; nil is one with timeouts
	External *http.Client     // for the hosts that Twilio's media lie on; nil is a guarded one
	Now      func() time.Time // nil is time.Now
	Window   time.Duration    // reply window of WhatsApp; 0 is what WhatsApp has
}

// replyWindow is WhatsApp's, counted from the customer's last message.
const replyWindow = 24 * time.Hour

// New returns a provider with its defaults. Accounts' addresses may lead to the
// internet and to the named private hosts.
func New(private ...string) *Twilio {
	return &Twilio{HTTP: rest.New(private...), External: safehttp.New(), Now: time.Now}
}

// Type implements channel.Provider.
func (*Twilio) Type() string { return "twilio" }

// Channels implements channel.Provider. Twilio has no idempotency key, so a
// repeated send may deliver twice.
func (t *Twilio) Channels() map[string]channel.Caps {
	window := replyWindow
	if t.Window > 0 {
		window = t.Window
	}
	return map[string]channel.Caps{
		sms:      {MaxText: maxText, MaxMedia: 10, MediaLimits: mediaLimits(sms), Delivered: true},
		whatsapp: {MaxText: maxText, MaxMedia: 1, MediaLimits: mediaLimits(whatsapp), Window: window, Templates: true, Delivered: true, Read: true},
	}
}

// Fields implements channel.Provider.
func (*Twilio) Fields() []channel.Field {
	return []channel.Field{
		{Name: "account_sid", Label: "Account SID", Required: true, Help: "Begins with AC."},
		{Name: "auth_token", Label: "Auth token", Secret: true, Required: true, Help: "Proves that webhooks come from Twilio, even where an API key is used to send."},
		{Name: "auth_token_secondary", Label: "Secondary auth token", Secret: true, Help: "While the token is being changed, both are accepted."},
		{Name: "api_key_sid", Label: "API key SID", Help: "Begins with SK. Used to send instead of the auth token."},
		{Name: "api_key_secret", Label: "API key secret", Secret: true},
	}
}

// Validate implements channel.Provider.
func (t *Twilio) Validate(a channel.Account) error {
	if err := channel.Require(t.Fields(), a); err != nil {
		return err
	}
	// The SID becomes a part of addresses, so only its own alphabet is let in.
	if !sidForm.MatchString(a.Settings["account_sid"]) {
		return &channel.Invalid{Field: "account_sid", Reason: "must be AC and 32 digits and letters from a to f, as Twilio's console shows it"}
	}
	key, secret := a.Settings["api_key_sid"], a.Secrets["api_key_secret"]
	switch {
	case !plain(key):
		return &channel.Invalid{Field: "api_key_sid", Reason: "must be letters and digits"}
	case key != "" && secret == "":
		return &channel.Invalid{Field: "api_key_secret", Reason: "is missing for the API key"}
	case key == "" && secret != "":
		return &channel.Invalid{Field: "api_key_sid", Reason: "is missing for the API key"}
	}
	return nil
}

var sidForm = regexp.MustCompile(`^AC[0-9a-f]{32}$`)

func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// Test implements channel.Provider. It reads the account with the auth token,
// which is what webhooks are verified with, and then, if there is an API key,
// reads a message with that, because the key is what sends.
func (t *Twilio) Test(ctx context.Context, a channel.Account) error {
	req, err := request(ctx, a, http.MethodGet, ".json", nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(a.Settings["account_sid"], a.Secrets["auth_token"])
	r, err := rest.Ask(rest.Client(t.HTTP), req)
	if err != nil {
		return err
	}
	if !r.OK() {
		return rest.Asked(refusal(r, t.now()))
	}
	var doc struct{ Status string }
	if json.Unmarshal(r.Body, &doc) != nil || doc.Status == "" {
		return &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "What answered does not speak as Twilio does: check the API address."}
	}
	if doc.Status != "active" {
		return &channel.Error{Class: channel.Config, Code: "account_inactive", Detail: "The Twilio account is suspended or closed."}
	}
	if a.Settings["api_key_sid"] == "" {
		return nil
	}
	if req, err = request(ctx, a, http.MethodGet, "/Messages.json?PageSize=1", nil); err != nil {
		return err
	}
	if r, err = rest.Ask(rest.Client(t.HTTP), req); err != nil {
		return err
	}
	if !r.OK() {
		return rest.Asked(refusal(r, t.now()))
	}
	return nil
}

func (t *Twilio) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

// base is the account's API address; BaseURL may name a region or the sandbox.
func base(a channel.Account) string {
	if a.BaseURL != "" {
		return strings.TrimRight(a.BaseURL, "/")
	}
	return apiHost
}

func request(ctx context.Context, a channel.Account, method, path string, form url.Values) (*http.Request, error) {
	sid := a.Settings["account_sid"]
	if !plain(sid) || sid == "" {
		return nil, &channel.Error{Class: channel.Config, Code: "account_sid", Detail: "The account SID is missing or malformed."}
	}
	req, err := http.NewRequestWithContext(ctx, method, base(a)+"/2010-04-01/Accounts/"+sid+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
	}
	authorize(req, a)
	req.Header.Set("Accept", "application/json")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, nil
}

// authorize prefers the API key, which can be restricted and revoked by itself.
func authorize(req *http.Request, a channel.Account) {
	if key, secret := a.Settings["api_key_sid"], a.Secrets["api_key_secret"]; key != "" && secret != "" {
		req.SetBasicAuth(key, secret)
		return
	}
	req.SetBasicAuth(a.Settings["account_sid"], a.Secrets["auth_token"])
}
