// Package messenger stands in for the Messenger Platform: its part of the Graph
// API, Facebook pages and the people who write to them.
package messenger

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"switchboard/dev/sandbox/core"
)

const (
	channel     = "messenger"
	window      = 24 * time.Hour
	humanWindow = 7 * 24 * time.Hour
)

// Settings are one page with the app that speaks for it. Pages of one app have one
// webhook address.
type Settings struct {
	PageID      string `json:"page_id"`
	AppID       string `json:"app_id"`
	AppSecret   string `json:"app_secret"`
	AccessToken string `json:"access_token"`
	WebhookURL  string `json:"webhook_url"`
	Name        string `json:"name"`
}

// Account is one page of a sandbox. The box's lock guards it.
type Account struct {
	*core.Account
	provider *provider
	settings Settings
}

// provider is Messenger in one box.
type provider struct {
	tokens map[string]*Account // by access token
}

// New makes Messenger for one box.
func New() core.Provider { return &provider{tokens: map[string]*Account{}} }

// Add adds a page, or replaces the settings of the one with its ID.
func Add(b *core.Box, s Settings) (*Account, error) {
	if err := b.AddAccount(channel, s); err != nil {
		return nil, err
	}
	return Find(b, s.PageID), nil
}

// Find finds a page; nil when there is none with that ID.
func Find(b *core.Box, pageID string) *Account {
	b.Lock()
	defer b.Unlock()
	a, _ := core.SideOf[*Account](b, pageID)
	return a
}

func (*provider) Name() string { return channel }

func (*provider) AccountID(settings json.RawMessage) (string, error) {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	if s.PageID == "" {
		return "", errors.New("the account needs its page_id")
	}
	return s.PageID, nil
}

func (m *provider) Open(a *core.Account) core.Side { return &Account{Account: a, provider: m} }

func (m *provider) Routes(b *core.Box, mux *http.ServeMux) { routes(api{b, m}, mux) }

// Set takes the account's settings.
func (a *Account) Set(settings json.RawMessage) error {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if a.provider.tokens[a.settings.AccessToken] == a {
		delete(a.provider.tokens, a.settings.AccessToken)
	}
	a.settings = s
	if s.AccessToken != "" {
		a.provider.tokens[s.AccessToken] = a
	}
	return nil
}

// View shows the account.
func (a *Account) View() core.View {
	return core.View{Name: a.settings.Name, WebhookURL: a.settings.WebhookURL,
		Ways: []core.Way{{Channel: channel, Label: "Messenger", Can: []string{"location", "sticker", "reads", "close-window"}}}}
}

// Phone finds or makes a person's phone; who has no id on the page gets one.
func (a *Account) Phone(on, psid, _ string) (*core.Phone, error) {
	if on != "" && on != channel {
		return nil, fmt.Errorf("%w: the channel is messenger", core.ErrInput)
	}
	if psid == "" {
		r := core.Random(7)
		n := uint64(0)
		for _, b := range r {
			n = n<<8 | uint64(b)
		}
		psid = strconv.FormatUint(2_000_000_000_000_000+n%1_000_000_000_000_000, 10)
	}
	return a.Account.Phone(channel, psid, ""), nil
}

// Person is somebody who writes to the page, made on first use.
func (a *Account) Person(psid string) *core.Phone {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Account.Phone(channel, psid, "")
}

// Window is the time in which the page may answer freely.
func (*Account) Window(*core.Phone) time.Duration { return window }
