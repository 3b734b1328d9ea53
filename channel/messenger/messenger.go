// Package messenger carries conversations with a Facebook page over the Messenger
// Platform.
//
// https://developers.facebook.com/docs/messenger-platform
package messenger

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

var (
	_ channel.Provider   = (*Messenger)(nil)
	_ channel.Handshaker = (*Messenger)(nil)
	_ channel.Dispatcher = (*Messenger)(nil)
	_ channel.Fetcher    = (*Messenger)(nil)
	_ channel.Finder     = (*Messenger)(nil)
	_ channel.Profiler   = (*Messenger)(nil)
	_ channel.Signaler   = (*Messenger)(nil)
	_ channel.Numberer   = (*Messenger)(nil)
)

// Channel is the one kind of conversation it carries.
const Channel = "messenger"

const (
	window      = 24 * time.Hour
	humanWindow = 7 * 24 * time.Hour
	maxText     = 2000
	maxButtons  = 13
	mega        = 1 << 20
)

// Messenger is a client of the Messenger Platform. Its fields may be set before use.
type Messenger struct {
	HTTP     *http.Client     // for the Graph API; nil is one with timeouts
	External *http.Client     // for where Meta keeps files; nil is a guarded one
	Now      func() time.Time // nil is time.Now
}

// New returns a provider with its defaults. Accounts' addresses may lead to the
// internet and to the named private hosts.
func New(private ...string) *Messenger {
	return &Messenger{HTTP: rest.New(private...), External: safehttp.New(), Now: time.Now}
}

// Type implements channel.Sender.
func (*Messenger) Type() string { return Channel }

// Channels implements channel.Sender. A request takes one attachment.
func (*Messenger) Channels() map[string]channel.Caps {
	return map[string]channel.Caps{Channel: {
		Window: window, HumanWindow: humanWindow, MaxText: maxText, MaxMedia: 1, MaxButtons: maxButtons, Delivered: true, Read: true,
		MediaLimits: []channel.MediaLimit{
			{Type: "image/jpeg", MaxBytes: 8 * mega}, {Type: "image/png", MaxBytes: 8 * mega}, {Type: "image/gif", MaxBytes: 8 * mega},
			{Type: "*/*", MaxBytes: 25 * mega},
		},
	}}
}

// Fields implements channel.Connector.
func (*Messenger) Fields() []channel.Field {
	return append([]channel.Field{
		{Name: "page_id", Label: "Page ID", Required: true, Unique: true, Help: "Of the Facebook page, under About, Page transparency."},
		{Name: "page_access_token", Label: "Page access token", Secret: true, Required: true,
			Help: "Meta App Dashboard, Messenger, Messenger API settings. Generate it for the page."},
		{Name: "app_id", Label: "App ID", Required: true, Help: "Meta App Dashboard, App settings, Basic."},
	}, graph.AppFields()...)
}

// Validate implements channel.Connector.
func (m *Messenger) Validate(a channel.Account) error {
	if err := channel.Require(m.Fields(), a); err != nil {
		return err
	}
	return graph.ValidateApp(a, "page_id", "app_id")
}

// Verify implements channel.Webhook.
func (*Messenger) Verify(a channel.Account, r channel.Request) error { return graph.Verify(a, r) }

// Handshake implements channel.Handshaker.
func (*Messenger) Handshake(a channel.Account, r channel.Request) (channel.Answer, bool, error) {
	return graph.Handshake(a, r)
}

// Owns implements channel.Dispatcher: an app's callback address hears of all its pages.
func (*Messenger) Owns(a channel.Account, owner string) bool {
	return owner != "" && a.Settings["page_id"] == owner
}

var errAddress = errors.New("must be empty: an account of Messenger is one page")

// Own implements channel.Numberer: events name no address of ours but the page.
func (*Messenger) Own(_, raw string) (string, error) {
	if strings.TrimSpace(raw) != "" {
		return "", errAddress
	}
	return "", nil
}

func (m *Messenger) graph() graph.Client {
	return graph.Client{HTTP: m.HTTP, Token: "page_access_token"}
}

func (m *Messenger) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

func page(a channel.Account) string { return "/" + url.PathEscape(a.Settings["page_id"]) }

// wanted are the webhook fields without which something would be missing.
func wanted() []string {
	return []string{"messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes", "message_reactions", "message_edits"}
}

// Test implements channel.Connector: the token is the page's, and the app hears of it.
func (m *Messenger) Test(ctx context.Context, a channel.Account) error {
	var page1 struct{ ID, Name string }
	if err := m.ask(ctx, a, page(a)+"?fields=id,name", &page1); err != nil {
		return err
	}
	if page1.ID != a.Settings["page_id"] {
		return badAnswer()
	}
	var apps struct {
		Data *[]struct {
			ID     string
			Fields []string `json:"subscribed_fields"`
		}
	}
	if err := m.ask(ctx, a, page(a)+"/subscribed_apps", &apps); err != nil {
		return err
	}
	if apps.Data == nil {
		return badAnswer()
	}
	for _, app := range *apps.Data {
		if app.ID != a.Settings["app_id"] {
			continue
		}
		for _, f := range wanted() {
			if !slices.Contains(app.Fields, f) {
				return &channel.Error{Class: channel.Config, Code: "not_subscribed",
					Detail: "The app is not told of " + f + ". Add this field to the page's subscriptions under Messenger API settings at Meta."}
			}
		}
		return nil
	}
	return &channel.Error{Class: channel.Config, Code: "not_subscribed",
		Detail: "The app is not subscribed to the page. Add the page's subscriptions under Messenger API settings at Meta."}
}

// ask reads a document that the API answers with.
func (m *Messenger) ask(ctx context.Context, a channel.Account, path string, into any) error {
	r, err := m.graph().Get(ctx, a, path)
	if err != nil {
		return err
	}
	if _, fault := graph.FaultOf(r); !r.OK() || fault {
		return rest.Asked(words().Refusal(r, m.now()))
	}
	if r.Torn || json.Unmarshal(r.Body, into) != nil {
		return badAnswer()
	}
	return nil
}

func badAnswer() error {
	return &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "Meta's answer could not be read."}
}

// Profile implements channel.Profiler.
func (m *Messenger) Profile(ctx context.Context, a channel.Account, id string) (channel.Profile, error) {
	var doc struct {
		First   string `json:"first_name"`
		Last    string `json:"last_name"`
		Picture string `json:"profile_pic"`
		Locale  string
	}
	if err := m.ask(ctx, a, "/"+url.PathEscape(id)+"?fields=first_name,last_name,profile_pic,locale", &doc); err != nil {
		return channel.Profile{}, err
	}
	name := strings.TrimSpace(doc.First + " " + doc.Last)
	if name == "" {
		return channel.Profile{}, badAnswer()
	}
	return channel.Profile{Name: name, PictureURL: doc.Picture, Language: strings.ReplaceAll(doc.Locale, "_", "-")}, nil
}

// Fetch implements channel.Fetcher. Files lie at signed links that expire; no
// token goes there.
func (m *Messenger) Fetch(ctx context.Context, a channel.Account, ref channel.MediaRef) (channel.Media, error) {
	host, err := url.Parse(m.graph().Base(a))
	if err != nil {
		return channel.Media{}, &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
	}
	d := safehttp.Download{Trusted: rest.Client(m.HTTP), Guarded: m.External, Allow: graph.Files,
		Trust: func(u *url.URL) bool { return a.BaseURL != "" && safehttp.Below(u, host, "/cdn/") }}
	return graph.Download(ctx, d, ref, m.now(), words())
}
