// Package line stands in for LINE: its Messaging API, its official accounts and
// the people who write to them.
package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"switchboard/dev/sandbox/core"
)

const channel = "line"

// Settings are one LINE official account as its console shows it.
type Settings struct {
	ChannelID   string `json:"channel_id"`
	Secret      string `json:"secret"`
	AccessToken string `json:"access_token"`
	BotUserID   string `json:"bot_user_id"`
	WebhookURL  string `json:"webhook_url"`
	Name        string `json:"name"`
}

// Account is one LINE account of a sandbox. The box's lock guards it.
type Account struct {
	*core.Account
	provider *provider
	settings Settings
	keys     map[string]int // retry key → number of the accepted call
	replies  map[string]*replyToken
}

// provider is LINE in one box.
type provider struct {
	tokens map[string]*Account // by access token
}

// New makes LINE for one box.
func New() core.Provider { return &provider{tokens: map[string]*Account{}} }

// Add adds an account, or replaces the settings of the one with its channel ID.
func Add(b *core.Box, s Settings) (*Account, error) {
	if err := b.AddAccount(channel, s); err != nil {
		return nil, err
	}
	return Find(b, s.ChannelID), nil
}

// Find finds an account; nil when there is none with that channel ID.
func Find(b *core.Box, channelID string) *Account {
	b.Lock()
	defer b.Unlock()
	a, _ := core.SideOf[*Account](b, channelID)
	return a
}

func (*provider) Name() string { return channel }

func (*provider) AccountID(settings json.RawMessage) (string, error) {
	var s Settings
	if err := json.Unmarshal(settings, &s); err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	if s.ChannelID == "" {
		return "", errors.New("the account needs its channel_id")
	}
	return s.ChannelID, nil
}

func (l *provider) Open(a *core.Account) core.Side {
	return &Account{Account: a, provider: l, keys: map[string]int{}, replies: map[string]*replyToken{}}
}

func (l *provider) Routes(b *core.Box, mux *http.ServeMux) { routes(api{b, l}, mux) }

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
		Ways: []core.Way{{Channel: channel, Label: "LINE", Can: []string{"location", "sticker"}}}}
}

// KeepCall remembers the retry key of a call that was accepted.
func (a *Account) KeepCall(at int, c core.Call) {
	if c.Key != "" && c.Outcome == core.Accepted {
		a.keys[c.Key] = at
	}
}

// Phone finds or makes a person's phone; who has no user ID gets one.
func (a *Account) Phone(_, userID, _ string) (*core.Phone, error) {
	if userID == "" {
		userID = core.HexID("U")
	}
	return a.Account.Phone(channel, userID, ""), nil
}

// User is a person on LINE, made on first use.
func (a *Account) User(userID string) *core.Phone {
	a.Box.Lock()
	defer a.Box.Unlock()
	return a.Account.Phone(channel, userID, "")
}

// Redelivery says whether failed webhooks are sent again, as a switch in LINE's
// console does; off by default so that tests see every attempt they caused.
func (a *Account) Redelivery(on bool) { a.SetRetry(on) }
