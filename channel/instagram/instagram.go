// Package instagram carries conversations with an Instagram professional account,
// by Instagram login or through its Facebook page.
//
// https://developers.facebook.com/docs/instagram-platform
package instagram

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
	_ channel.Provider   = (*Instagram)(nil)
	_ channel.Handshaker = (*Instagram)(nil)
	_ channel.Dispatcher = (*Instagram)(nil)
	_ channel.Fetcher    = (*Instagram)(nil)
	_ channel.Finder     = (*Instagram)(nil)
	_ channel.Profiler   = (*Instagram)(nil)
	_ channel.Signaler   = (*Instagram)(nil)
	_ channel.Numberer   = (*Instagram)(nil)
)

// Channel is the one kind of conversation it carries.
const Channel = "instagram"

const (
	host        = "https://graph.instagram.com" // by Instagram login
	window      = 24 * time.Hour
	humanWindow = 7 * 24 * time.Hour
	maxText     = 1000 // bytes, so at most as many UTF-16 code units
	maxButtons  = 13
	mega        = 1 << 20
)

// Instagram is a client of the Instagram messaging API. Its fields may be set before use.
type Instagram struct {
	HTTP     *http.Client     // for the Graph API; nil is one with timeouts
	External *http.Client     // for where Meta keeps files; nil is a guarded one
	Now      func() time.Time // nil is time.Now
}

// New returns a provider with its defaults. Accounts' addresses may lead to the
// internet and to the named private hosts.
func New(private ...string) *Instagram {
	return &Instagram{HTTP: rest.New(private...), External: safehttp.New(), Now: time.Now}
}

// Type implements channel.Sender.
func (*Instagram) Type() string { return Channel }

// Channels implements channel.Sender. Instagram reports reading, and no delivery.
func (*Instagram) Channels() map[string]channel.Caps {
	return map[string]channel.Caps{Channel: {
		Window: window, HumanWindow: humanWindow, MaxText: maxText, MaxMedia: 1, MaxButtons: maxButtons, Read: true,
		MediaLimits: []channel.MediaLimit{
			{Type: "image/jpeg", MaxBytes: 8 * mega}, {Type: "image/png", MaxBytes: 8 * mega}, {Type: "image/gif", MaxBytes: 8 * mega},
			{Type: "audio/mp4", MaxBytes: 25 * mega}, {Type: "audio/x-m4a", MaxBytes: 25 * mega}, {Type: "audio/wav", MaxBytes: 25 * mega},
			{Type: "audio/aac", MaxBytes: 25 * mega}, {Type: "video/mp4", MaxBytes: 25 * mega}, {Type: "application/pdf", MaxBytes: 25 * mega},
			{Type: "*/*", MaxBytes: 200 * mega, AsLink: true},
		},
	}}
}

// Fields implements channel.Connector.
func (*Instagram) Fields() []channel.Field {
	return append([]channel.Field{
		{Name: "ig_id", Label: "Instagram account ID", Required: true, Unique: true,
			Help: "Of the professional account: a number, in the Meta App Dashboard under Instagram, API setup."},
		{Name: "access_token", Label: "Access token", Secret: true, Required: true,
			Help: "The same place, Generate token. It ends after 60 days. With a page ID: the page's access token."},
		{Name: "page_id", Label: "Page ID", Help: "Only if the account is connected through its Facebook page instead of by Instagram login."},
	}, graph.AppFields()...)
}

// Validate implements channel.Connector.
func (m *Instagram) Validate(a channel.Account) error {
	if err := channel.Require(m.Fields(), a); err != nil {
		return err
	}
	return graph.ValidateApp(a, "ig_id", "page_id")
}

// Verify implements channel.Webhook.
func (*Instagram) Verify(a channel.Account, r channel.Request) error { return graph.Verify(a, r) }

// Handshake implements channel.Handshaker.
func (*Instagram) Handshake(a channel.Account, r channel.Request) (channel.Answer, bool, error) {
	return graph.Handshake(a, r)
}

// Owns implements channel.Dispatcher: an app's callback address hears of all its accounts.
func (*Instagram) Owns(a channel.Account, owner string) bool {
	return owner != "" && a.Settings["ig_id"] == owner
}

var errAddress = errors.New("must be empty: an account of Instagram is one professional account")

// Own implements channel.Numberer: events name no address of ours but the account.
func (*Instagram) Own(_, raw string) (string, error) {
	if strings.TrimSpace(raw) != "" {
		return "", errAddress
	}
	return "", nil
}

func (m *Instagram) graph(a channel.Account) graph.Client {
	c := graph.Client{HTTP: m.HTTP, Token: "access_token"}
	if a.Settings["page_id"] == "" {
		c.Host = host
	}
	return c
}

func (m *Instagram) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

// self is what messages are sent from.
func self(a channel.Account) string {
	if page := a.Settings["page_id"]; page != "" {
		return "/" + url.PathEscape(page)
	}
	return "/me"
}

// Test implements channel.Connector: the token is the account's, and the app hears of it.
func (m *Instagram) Test(ctx context.Context, a channel.Account) error {
	var doc struct {
		ID       string              `json:"user_id"`
		Business struct{ ID string } `json:"instagram_business_account"`
	}
	fields := "?fields=user_id,username"
	if a.Settings["page_id"] != "" {
		fields = "?fields=instagram_business_account"
	}
	if err := m.ask(ctx, a, self(a)+fields, &doc); err != nil {
		return err
	}
	switch id := doc.ID + doc.Business.ID; id {
	case a.Settings["ig_id"]:
	case "":
		return badAnswer()
	default:
		return &channel.Error{Class: channel.Config, Code: "other_account", Detail: "The access token is of another Instagram account than the one whose ID is entered."}
	}
	var apps struct {
		Data *[]struct {
			Fields []string `json:"subscribed_fields"`
		}
	}
	if err := m.ask(ctx, a, self(a)+"/subscribed_apps", &apps); err != nil {
		return err
	}
	if apps.Data == nil {
		return badAnswer()
	}
	for _, app := range *apps.Data {
		if slices.Contains(app.Fields, "messages") {
			return nil
		}
	}
	return &channel.Error{Class: channel.Config, Code: "not_subscribed",
		Detail: "The app is not told of messages. Switch webhook subscription on beside the account under Instagram, API setup at Meta."}
}

// ask reads a document that the API answers with.
func (m *Instagram) ask(ctx context.Context, a channel.Account, path string, into any) error {
	r, err := m.graph(a).Get(ctx, a, path)
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
func (m *Instagram) Profile(ctx context.Context, a channel.Account, id string) (channel.Profile, error) {
	var doc struct {
		Name, Username string
		Picture        string `json:"profile_pic"`
	}
	if err := m.ask(ctx, a, "/"+url.PathEscape(id)+"?fields=name,username,profile_pic", &doc); err != nil {
		return channel.Profile{}, err
	}
	p := channel.Profile{Name: doc.Name, PictureURL: doc.Picture, Attributes: map[string]string{}}
	if p.Name == "" {
		p.Name = doc.Username
	}
	if p.Name == "" {
		return channel.Profile{}, badAnswer()
	}
	if doc.Username != "" {
		p.Attributes["handle"] = doc.Username
	}
	return p, nil
}

// Fetch implements channel.Fetcher. Files lie at signed links that expire; no
// token goes there.
func (m *Instagram) Fetch(ctx context.Context, a channel.Account, ref channel.MediaRef) (channel.Media, error) {
	at, err := url.Parse(m.graph(a).Base(a))
	if err != nil {
		return channel.Media{}, &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
	}
	d := safehttp.Download{Trusted: rest.Client(m.HTTP), Guarded: m.External, Allow: graph.Files,
		Trust: func(u *url.URL) bool { return a.BaseURL != "" && safehttp.Below(u, at, "/cdn/") }}
	return graph.Download(ctx, d, ref, m.now(), words())
}
