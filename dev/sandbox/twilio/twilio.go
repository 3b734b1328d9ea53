// Package twilio stands in for Twilio: its API for messages and templates, its
// accounts with SMS and WhatsApp numbers, and the people who write to them.
package twilio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchboard/dev/sandbox/core"
)

const (
	provider = "twilio"
	chSMS    = "sms"
	chWA     = "whatsapp"
)

// Settings are one Twilio account with its senders.
type Settings struct {
	SID          string   `json:"sid"`
	AuthToken    string   `json:"auth_token"`
	APIKeySID    string   `json:"api_key_sid,omitempty"`
	APIKeySecret string   `json:"api_key_secret,omitempty"`
	WebhookURL   string   `json:"webhook_url"`
	Name         string   `json:"name"`
	Numbers      []string `json:"numbers,omitempty"`  // SMS senders, E.164
	WhatsApp     []string `json:"whatsapp,omitempty"` // WhatsApp senders, E.164 without prefix
}

// Account is one Twilio account of a sandbox. The box's lock guards it.
type Account struct {
	*core.Account
	provider *company
	settings Settings
	contents []Content         // templates, the oldest first
	messages map[string]*place // by message SID
	all      []*place
	byTo     map[string][]*place
	hold     bool
	held     []receipt
}

// place is a message and the phone it stands on.
type place struct {
	phone *core.Phone
	entry *core.Entry
}

// company is Twilio in one box.
type company struct {
	slots chan struct{} // bounds the status callbacks under way
}

// New makes Twilio for one box.
func New() core.Provider { return &company{slots: make(chan struct{}, 64)} }

// Add adds an account, or replaces the settings of the one with its SID.
func Add(b *core.Box, s Settings) (*Account, error) {
	if err := b.AddAccount(provider, s); err != nil {
		return nil, err
	}
	return Find(b, s.SID), nil
}

// Find finds an account; nil when there is none with that SID.
func Find(b *core.Box, sid string) *Account {
	b.Lock()
	defer b.Unlock()
	a, _ := core.SideOf[*Account](b, sid)
	return a
}

func (*company) Name() string { return provider }

func (*company) AccountID(settings json.RawMessage) (string, error) {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	if s.SID == "" {
		return "", errors.New("the account needs its sid")
	}
	return s.SID, nil
}

func (t *company) Open(a *core.Account) core.Side {
	return &Account{Account: a, provider: t, contents: firstContents(a.ID), messages: map[string]*place{}, byTo: map[string][]*place{}}
}

func (t *company) Routes(b *core.Box, mux *http.ServeMux) { routes(api{b}, mux) }

// Set takes the account's settings.
func (a *Account) Set(settings json.RawMessage) error {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	a.settings = s
	return nil
}

// View shows the account.
func (a *Account) View() core.View {
	v := core.View{Name: a.settings.Name, WebhookURL: a.settings.WebhookURL, Held: len(a.held)}
	for _, n := range a.settings.WhatsApp {
		can := []string{"location", "sticker", "reads", "close-window"}
		v.Ways = append(v.Ways, core.Way{Channel: chWA, Label: "WhatsApp", To: n, Numbers: true, Can: can})
	}
	for _, n := range a.settings.Numbers {
		v.Ways = append(v.Ways, core.Way{Channel: chSMS, Label: "SMS", To: n, Numbers: true})
	}
	return v
}

// senders are the account's own numbers on a channel.
func (a *Account) senders(channel string) []string {
	if channel == chWA {
		return a.settings.WhatsApp
	}
	return a.settings.Numbers
}

// Phone finds or makes a person's phone; who has no number gets one.
func (a *Account) Phone(channel, number, to string) (*core.Phone, error) {
	if channel != chSMS && channel != chWA {
		return nil, fmt.Errorf("%w: the channel is sms or whatsapp", core.ErrInput)
	}
	own := a.senders(channel)
	if to == "" && len(own) > 0 {
		to = own[0]
	}
	if !slices.Contains(own, to) {
		return nil, fmt.Errorf("number %q: %w", to, core.ErrNone)
	}
	if number == "" {
		number = "+6680" + strconv.Itoa(1000000+int(core.Random(1)[0])*30000+int(core.Random(1)[0])*100+int(core.Random(1)[0])%100)
	}
	if !e164.MatchString(number) && (channel != chWA || !bsuid.MatchString(number)) {
		return nil, fmt.Errorf("%w: %q is not a number with + and country", core.ErrInput, number)
	}
	return a.Account.Phone(channel, number, to), nil
}

// SMS is a person's number talking to one of the account's numbers, made on first use.
func (a *Account) SMS(number, to string) *core.Phone {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Account.Phone(chSMS, number, to)
}

// WhatsApp is a person's number talking to one of the account's WhatsApp
// senders, both without prefix, made on first use.
func (a *Account) WhatsApp(number, to string) *core.Phone {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Account.Phone(chWA, strings.TrimPrefix(number, waPrefix), strings.TrimPrefix(to, waPrefix))
}

// RetryOnConnectFailure says whether a webhook that found nobody listening is
// sent once more, as Twilio does.
func (a *Account) RetryOnConnectFailure(on bool) { a.SetRetry(on) }

// Window is the time in which WhatsApp takes free messages.
func (*Account) Window(p *core.Phone) time.Duration {
	if p.Channel == chWA {
		return window
	}
	return 0
}

// OptOut lets the provider refuse messages to a number, as after a STOP that the
// product was not told of.
func (a *Account) OptOut(number, from string) {
	p, yes := a.SMS(number, from), true
	a.Box.Lock()
	defer a.Box.Unlock()
	p.Flag(core.Flags{OptedOut: &yes})
}
