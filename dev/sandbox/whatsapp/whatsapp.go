// Package whatsapp stands in for the WhatsApp Cloud API: its part of the Graph
// API, numbers of businesses and the people who write to them.
package whatsapp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"switchboard/dev/sandbox/core"
)

const (
	provider = "whatsapp_cloud"
	channel  = "whatsapp"
	window   = 24 * time.Hour
)

// Settings are one number with its business account and the app that speaks for
// it. Numbers of one app have one webhook address.
type Settings struct {
	NumberID    string `json:"phone_number_id"`
	BusinessID  string `json:"waba_id"`
	Number      string `json:"number"` // E.164
	AppSecret   string `json:"app_secret"`
	AccessToken string `json:"access_token"`
	WebhookURL  string `json:"webhook_url"`
	Name        string `json:"name"`
}

// Account is one number of a sandbox. The box's lock guards it.
type Account struct {
	*core.Account
	company   *company
	settings  Settings
	templates []Template
}

// company is the Cloud API in one box.
type company struct {
	tokens map[string]*Account // by access token
}

// New makes the Cloud API for one box.
func New() core.Provider { return &company{tokens: map[string]*Account{}} }

// Add adds a number, or replaces the settings of the one with its ID.
func Add(b *core.Box, s Settings) (*Account, error) {
	if err := b.AddAccount(provider, s); err != nil {
		return nil, err
	}
	return Find(b, s.NumberID), nil
}

// Find finds a number; nil when there is none with that ID.
func Find(b *core.Box, numberID string) *Account {
	b.Lock()
	defer b.Unlock()
	a, _ := core.SideOf[*Account](b, numberID)
	return a
}

func (*company) Name() string { return provider }

func (*company) AccountID(settings json.RawMessage) (string, error) {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	if s.NumberID == "" {
		return "", errors.New("the account needs its phone_number_id")
	}
	return s.NumberID, nil
}

func (c *company) Open(a *core.Account) core.Side {
	return &Account{Account: a, company: c, templates: firstTemplates()}
}

func (c *company) Routes(b *core.Box, mux *http.ServeMux) { routes(api{b, c}, mux) }

// Set takes the account's settings.
func (a *Account) Set(settings json.RawMessage) error {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if a.company.tokens[a.settings.AccessToken] == a {
		delete(a.company.tokens, a.settings.AccessToken)
	}
	a.settings = s
	if s.AccessToken != "" {
		a.company.tokens[s.AccessToken] = a
	}
	return nil
}

// View shows the account.
func (a *Account) View() core.View {
	return core.View{Name: a.settings.Name, WebhookURL: a.settings.WebhookURL, Ways: []core.Way{{
		Channel: channel, Label: "WhatsApp Cloud", To: a.settings.Number, Numbers: true, Can: []string{"location", "sticker", "reads", "close-window"}}}}
}

var (
	e164 = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	user = regexp.MustCompile(`^[A-Z]{2}\.[A-Za-z0-9]{1,128}$`) // somebody whose number the business does not know
)

// Phone finds or makes a person's phone; who has no number gets one.
func (a *Account) Phone(on, number, _ string) (*core.Phone, error) {
	if on != "" && on != channel {
		return nil, fmt.Errorf("%w: the channel is whatsapp", core.ErrInput)
	}
	if number == "" {
		number = "+447700" + digits(6)
	}
	if !e164.MatchString(number) && !user.MatchString(number) {
		return nil, fmt.Errorf("%w: %q is not a number with + and country", core.ErrInput, number)
	}
	return a.Account.Phone(channel, number, a.settings.Number), nil
}

// Person is somebody who writes to the number, by number or id, made on first use.
func (a *Account) Person(number string) *core.Phone {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Account.Phone(channel, number, a.settings.Number)
}

// Window is the time in which the business may answer freely.
func (*Account) Window(*core.Phone) time.Duration { return window }

// digits are some random ones.
func digits(n int) string {
	out := ""
	for _, b := range core.Random(n) {
		out += strconv.Itoa(int(b) % 10)
	}
	return out
}
