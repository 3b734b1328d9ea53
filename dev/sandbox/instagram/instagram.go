// Package instagram stands in for the Instagram messaging API: professional
// accounts with Instagram login, and the people who write to them.
package instagram

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
	channel     = "instagram"
	window      = 24 * time.Hour
	humanWindow = 7 * 24 * time.Hour
)

// Settings are one account with the app that speaks for it. Accounts of one app have
// one webhook address.
type Settings struct {
	ID          string `json:"ig_id"`
	AppSecret   string `json:"app_secret"`
	AccessToken string `json:"access_token"`
	WebhookURL  string `json:"webhook_url"`
	Name        string `json:"name"`
}

// Account is one account of a sandbox. The box's lock guards it.
type Account struct {
	*core.Account
	provider *provider
	settings Settings
}

// provider is Instagram in one box.
type provider struct {
	tokens map[string]*Account // by access token
}

// New makes Instagram for one box.
func New() core.Provider { return &provider{tokens: map[string]*Account{}} }

// Add adds an account, or replaces the settings of the one with its ID.
func Add(b *core.Box, s Settings) (*Account, error) {
	if err := b.AddAccount(channel, s); err != nil {
		return nil, err
	}
	return Find(b, s.ID), nil
}

// Find finds an account; nil when there is none with that ID.
func Find(b *core.Box, id string) *Account {
	b.Lock()
	defer b.Unlock()
	a, _ := core.SideOf[*Account](b, id)
	return a
}

func (*provider) Name() string { return channel }

func (*provider) AccountID(settings json.RawMessage) (string, error) {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	if s.ID == "" {
		return "", errors.New("the account needs its ig_id")
	}
	return s.ID, nil
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
		Ways: []core.Way{{Channel: channel, Label: "Instagram", Can: []string{"sticker", "reads", "close-window"}}}}
}

// Phone finds or makes a person's phone; who has no id at the account gets one.
func (a *Account) Phone(on, igsid, _ string) (*core.Phone, error) {
	if on != "" && on != channel {
		return nil, fmt.Errorf("%w: the channel is instagram", core.ErrInput)
	}
	if igsid == "" {
		r := core.Random(7)
		n := uint64(0)
		for _, b := range r {
			n = n<<8 | uint64(b)
		}
		igsid = strconv.FormatUint(2_000_000_000_000_000+n%1_000_000_000_000_000, 10)
	}
	return a.Account.Phone(channel, igsid, ""), nil
}

// Person is somebody who writes to the account, made on first use.
func (a *Account) Person(igsid string) *core.Phone {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Account.Phone(channel, igsid, "")
}

// Window is the time in which the account may answer freely.
func (*Account) Window(*core.Phone) time.Duration { return window }
