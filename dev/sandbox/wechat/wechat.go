// Package wechat stands in for WeChat's Official Accounts: their API, their
// webhooks in plain and encrypted mode, and the people who follow them.
package wechat

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"switchboard/dev/sandbox/core"
)

const (
	channel  = "wechat"
	window   = 48 * time.Hour
	sends    = 5 // answers after a message of the customer's
	life     = 2 * time.Hour
	uploaded = "wechat_upload" // in the journal
)

// Settings are one Official Account. Without a key it is in plain mode.
type Settings struct {
	AppID      string `json:"app_id"`
	AppSecret  string `json:"app_secret"`
	OriginalID string `json:"original_id"` // gh_…
	Token      string `json:"token"`
	AESKey     string `json:"encoding_aes_key,omitempty"`
	WebhookURL string `json:"webhook_url"`
	Name       string `json:"name"`
}

// Account is one Official Account of a sandbox. The box's lock guards it.
type Account struct {
	*core.Account
	provider *provider
	settings Settings
	key      []byte // nil in plain mode
	token    string // the one access token that is accepted
	until    time.Time
	files    map[string]upload // by media ID
}

// upload is a file of the product's at WeChat.
type upload struct {
	ID   string         `json:"id"`
	Kind string         `json:"kind"`
	File core.MediaSeen `json:"file"`
}

// provider is WeChat in one box.
type provider struct {
	apps   map[string]*Account // by AppID
	tokens map[string]*Account // by access token, those that are over too
}

// New makes WeChat for one box.
func New() core.Provider {
	return &provider{apps: map[string]*Account{}, tokens: map[string]*Account{}}
}

// Add adds an account, or replaces the settings of the one with its AppID.
func Add(b *core.Box, s Settings) (*Account, error) {
	if err := b.AddAccount(channel, s); err != nil {
		return nil, err
	}
	return Find(b, s.AppID), nil
}

// Find finds an account; nil when there is none with that AppID.
func Find(b *core.Box, appID string) *Account {
	b.Lock()
	defer b.Unlock()
	a, _ := core.SideOf[*Account](b, appID)
	return a
}

func (*provider) Name() string { return channel }

func (*provider) AccountID(settings json.RawMessage) (string, error) {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	if s.AppID == "" {
		return "", errors.New("the account needs its app_id")
	}
	return s.AppID, nil
}

func (w *provider) Open(a *core.Account) core.Side {
	return &Account{Account: a, provider: w, files: map[string]upload{}}
}

func (w *provider) Routes(b *core.Box, mux *http.ServeMux) { routes(api{b, w}, mux) }

// Set takes the account's settings.
func (a *Account) Set(settings json.RawMessage) error {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	a.key = nil
	if s.AESKey != "" {
		key, err := base64.RawStdEncoding.DecodeString(s.AESKey)
		if err != nil || len(key) != 32 {
			return errors.New("encoding_aes_key must have 43 characters of base64")
		}
		a.key = key
	}
	delete(a.provider.apps, a.settings.AppID)
	a.settings = s
	a.provider.apps[s.AppID] = a
	return nil
}

// KeepOwn knows an upload again after a restart.
func (a *Account) KeepOwn(kind string, own json.RawMessage) error {
	if kind != uploaded {
		return nil
	}
	var u upload
	if err := json.Unmarshal(own, &u); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	a.files[u.ID] = u
	return nil
}

// View shows the account.
func (a *Account) View() core.View {
	return core.View{Name: a.settings.Name, WebhookURL: a.settings.WebhookURL,
		Ways: []core.Way{{Channel: channel, Label: "WeChat", Can: []string{"location", "close-window"}}}}
}

// Phone finds or makes a person's phone; who has no id at the account gets one.
func (a *Account) Phone(on, openID, _ string) (*core.Phone, error) {
	if on != "" && on != channel {
		return nil, fmt.Errorf("%w: the channel is wechat", core.ErrInput)
	}
	if openID == "" {
		openID = "o" + base64.RawURLEncoding.EncodeToString(core.Random(20)) + "A"
	}
	return a.Account.Phone(channel, openID, ""), nil
}

// Person is somebody who follows the account, made on first use.
func (a *Account) Person(openID string) *core.Phone {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Account.Phone(channel, openID, "")
}

// Window is the time in which the account may answer.
func (*Account) Window(*core.Phone) time.Duration { return window }

// EndToken ends the access token in use before its time, as another system that
// shares the account does.
func (a *Account) EndToken() {
	a.Box.Lock()
	defer a.Box.Unlock()
	a.token = ""
}

// stable is the token that all have; a new one where there is none any more, or
// where it is to be replaced. The lock must be held.
func (a *Account) stable(replace bool) (string, time.Duration) {
	now := a.Box.Now()
	if a.token == "" || replace || !now.Before(a.until) {
		a.token, a.until = core.HexID("86_"), now.Add(life)
		a.provider.tokens[a.token] = a
	}
	return a.token, a.until.Sub(now)
}
