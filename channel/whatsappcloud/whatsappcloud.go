// Package whatsappcloud carries conversations of one WhatsApp number over Meta's
// own Cloud API.
//
// https://developers.facebook.com/docs/whatsapp/cloud-api
package whatsappcloud

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
	"switchboard/channel/internal/rest"
	"switchboard/channel/safehttp"
)

var (
	_ channel.Provider   = (*Cloud)(nil)
	_ channel.Handshaker = (*Cloud)(nil)
	_ channel.Dispatcher = (*Cloud)(nil)
	_ channel.Fetcher    = (*Cloud)(nil)
	_ channel.Templater  = (*Cloud)(nil)
	_ channel.Signaler   = (*Cloud)(nil)
	_ channel.Numberer   = (*Cloud)(nil)
)

const (
	typ        = "whatsapp_cloud"
	whatsapp   = "whatsapp"
	maxText    = 4096
	maxCaption = 1024
	maxButtons = 3
	// What a button brings back, in bytes.
	maxButtonID = 256
	mega        = 1 << 20
)

// Cloud is a client of the WhatsApp Cloud API. Its fields may be set before use.
type Cloud struct {
	HTTP     *http.Client     // for the Graph API; nil is one with timeouts
	External *http.Client     // for where Meta keeps files; nil is a guarded one
	Now      func() time.Time // nil is time.Now
	Window   time.Duration    // free replies after the customer's last message; 0 is 24 hours
}

// New returns a provider with its defaults. Accounts' addresses may lead to the
// internet and to the named private hosts.
func New(private ...string) *Cloud {
	return &Cloud{HTTP: rest.New(private...), External: safehttp.New(), Now: time.Now}
}

// Type implements channel.Sender.
func (*Cloud) Type() string { return typ }

// Channels implements channel.Sender: the same channel that other providers of
// WhatsApp have.
func (c *Cloud) Channels() map[string]channel.Caps {
	window := c.Window
	if window == 0 {
		window = 24 * time.Hour
	}
	return map[string]channel.Caps{whatsapp: {
		Window: window, Templates: true, MaxText: maxText, MaxMedia: 1, MaxButtons: maxButtons, Delivered: true, Read: true,
		MediaLimits: []channel.MediaLimit{
			{Type: "image/jpeg", MaxBytes: 5 * mega}, {Type: "image/png", MaxBytes: 5 * mega},
			{Type: "video/mp4", MaxBytes: 16 * mega}, {Type: "video/3gpp", MaxBytes: 16 * mega},
			{Type: "audio/aac", MaxBytes: 16 * mega}, {Type: "audio/mp4", MaxBytes: 16 * mega}, {Type: "audio/mpeg", MaxBytes: 16 * mega},
			{Type: "audio/amr", MaxBytes: 16 * mega}, {Type: "audio/ogg", MaxBytes: 16 * mega},
			{Type: "*/*", MaxBytes: 100 * mega},
		},
	}}
}

// Fields implements channel.Connector.
func (*Cloud) Fields() []channel.Field {
	return append([]channel.Field{
		{Name: "phone_number_id", Label: "Phone number ID", Required: true, Unique: true, Help: "Meta App Dashboard, WhatsApp, API setup. It is not the number itself."},
		{Name: "waba_id", Label: "WhatsApp Business account ID", Required: true, Help: "On the same page. Templates belong to it."},
		{Name: "access_token", Label: "Access token", Secret: true, Required: true,
			Help: "Of a system user with whatsapp_business_messaging and whatsapp_business_management, without an end."},
	}, graph.AppFields()...)
}

// Validate implements channel.Connector.
func (c *Cloud) Validate(a channel.Account) error {
	if err := channel.Require(c.Fields(), a); err != nil {
		return err
	}
	return graph.ValidateApp(a, "phone_number_id", "waba_id")
}

// Verify implements channel.Webhook.
func (*Cloud) Verify(a channel.Account, r channel.Request) error { return graph.Verify(a, r) }

// Handshake implements channel.Handshaker.
func (*Cloud) Handshake(a channel.Account, r channel.Request) (channel.Answer, bool, error) {
	return graph.Handshake(a, r)
}

// Owns implements channel.Dispatcher: an app's callback address hears of all its
// numbers, and of what belongs to a business account with all of its numbers.
func (*Cloud) Owns(a channel.Account, owner string) bool {
	return owner != "" && (a.Settings["phone_number_id"] == owner || a.Settings["waba_id"] == owner)
}

func (c *Cloud) graph() graph.Client { return graph.Client{HTTP: c.HTTP, Token: "access_token"} }

func (c *Cloud) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func at(a channel.Account, setting string) string { return "/" + url.PathEscape(a.Settings[setting]) }

// Test implements channel.Connector: the token reads the number, and the business
// account tells an app of its events.
func (c *Cloud) Test(ctx context.Context, a channel.Account) error {
	var number struct{ ID string }
	if err := c.ask(ctx, a, at(a, "phone_number_id")+"?fields=id,display_phone_number,verified_name,quality_rating", &number); err != nil {
		return err
	}
	if number.ID != a.Settings["phone_number_id"] {
		return badAnswer()
	}
	var apps struct{ Data *[]json.RawMessage }
	if err := c.ask(ctx, a, at(a, "waba_id")+"/subscribed_apps", &apps); err != nil {
		return err
	}
	if apps.Data == nil {
		return badAnswer()
	}
	if len(*apps.Data) == 0 {
		return &channel.Error{Class: channel.Config, Code: "not_subscribed",
			Detail: "No app is told of this business account's messages. Subscribe to messages under WhatsApp, Configuration at Meta."}
	}
	return nil
}

// ask reads a document that the API answers with.
func (c *Cloud) ask(ctx context.Context, a channel.Account, path string, into any) error {
	r, err := c.graph().Get(ctx, a, path)
	if err != nil {
		return err
	}
	if _, fault := graph.FaultOf(r); !r.OK() || fault {
		return rest.Asked(words().Refusal(r, c.now()))
	}
	if r.Torn || json.Unmarshal(r.Body, into) != nil {
		return badAnswer()
	}
	return nil
}

func badAnswer() error {
	return &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "Meta's answer could not be read."}
}

// Fetch implements channel.Fetcher: the id of a file is asked for its address,
// which lives for some minutes and wants the token, too.
func (c *Cloud) Fetch(ctx context.Context, a channel.Account, ref channel.MediaRef) (channel.Media, error) {
	host, err := url.Parse(c.graph().Base(a))
	if err != nil {
		return channel.Media{}, &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
	}
	d := safehttp.Download{Trusted: rest.Client(c.HTTP), Guarded: c.External, Allow: graph.Files,
		Trust: func(u *url.URL) bool { return a.BaseURL != "" && safehttp.Below(u, host, "/cdn/") }}
	if ref.URL == "" {
		if ref.ID == "" || strings.Trim(ref.ID, "0123456789") != "" {
			return channel.Media{}, refused("media_id", "This is no id of a file at WhatsApp.")
		}
		var doc struct{ URL string }
		path := "/" + ref.ID + "?phone_number_id=" + url.QueryEscape(a.Settings["phone_number_id"])
		if err := c.ask(ctx, a, path, &doc); err != nil {
			return channel.Media{}, err
		}
		if doc.URL == "" {
			return channel.Media{}, badAnswer()
		}
		ref.URL = doc.URL
	}
	if u, err := url.Parse(ref.URL); err == nil && (graph.Files(u) || safehttp.SameHost(u, host)) {
		d.Authorize = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+a.Secrets["access_token"]) }
	}
	return graph.Download(ctx, d, ref, c.now(), words())
}
