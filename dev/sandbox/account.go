package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// LINEAccount is one LINE official account as its console shows it.
type LINEAccount struct {
	ChannelID   string `json:"channel_id"`
	Secret      string `json:"secret"`
	AccessToken string `json:"access_token"`
	BotUserID   string `json:"bot_user_id"`
	WebhookURL  string `json:"webhook_url"`
	Name        string `json:"name"`
}

// TwilioAccount is one Twilio account with its senders.
type TwilioAccount struct {
	SID          string   `json:"sid"`
	AuthToken    string   `json:"auth_token"`
	APIKeySID    string   `json:"api_key_sid,omitempty"`
	APIKeySecret string   `json:"api_key_secret,omitempty"`
	WebhookURL   string   `json:"webhook_url"`
	Name         string   `json:"name"`
	Numbers      []string `json:"numbers,omitempty"`  // SMS senders, E.164
	WhatsApp     []string `json:"whatsapp,omitempty"` // WhatsApp senders, E.164 without prefix
}

const (
	chLINE     = "line"
	chSMS      = "sms"
	chWhatsApp = "whatsapp"
)

// account is what LINE and Twilio accounts have in common. s.mu guards it.
type account struct {
	s      *Sandbox
	id     string
	line   *LINEAccount // one of the two is set
	twilio *TwilioAccount

	phones   []*Phone
	faults   []*Fault
	cleared  []chan struct{} // to be closed when the faults are cleared, used up ones too
	hanging  int             // calls
	calls    []Call
	hooks    []Webhook
	counts   Counts
	seen     map[string]int // text and recipient → times accepted
	retry    bool           // webhooks are repeated as the provider does
	keys     map[string]int // LINE retry key → index of the accepted call
	replies  map[string]*replyToken
	contents []Content         // Twilio's templates, the oldest first
	messages map[string]*place // Twilio message SID → where it stands
	all      []*place
	byTo     map[string][]*place
	hold     bool
	held     []receipt
}

// place is a message and the phone it stands on.
type place struct {
	phone *Phone
	entry *Entry
}

// LINE is one LINE account of the sandbox.
type LINE struct{ *account }

// Twilio is one Twilio account of the sandbox.
type Twilio struct{ *account }

// AddLINE adds an account, or replaces the settings of the one with its channel ID.
func (s *Sandbox) AddLINE(a LINEAccount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(record{Kind: recLINE, LINE: &a})
}

// AddTwilio adds an account, or replaces the settings of the one with its SID.
func (s *Sandbox) AddTwilio(a TwilioAccount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.append(record{Kind: recTwilio, Twilio: &a})
}

// LINE finds an account; nil when there is none with that channel ID.
func (s *Sandbox) LINE(channelID string) *LINE {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[channelID]; a != nil && a.line != nil {
		return &LINE{a}
	}
	return nil
}

// Twilio finds an account; nil when there is none with that SID.
func (s *Sandbox) Twilio(sid string) *Twilio {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[sid]; a != nil && a.twilio != nil {
		return &Twilio{a}
	}
	return nil
}

// account finds or makes the common part of an account. s.mu must be held.
func (s *Sandbox) account(id string) *account {
	a := s.accounts[id]
	if a == nil {
		a = &account{
			s: s, id: id, seen: map[string]int{}, keys: map[string]int{}, replies: map[string]*replyToken{},
			messages: map[string]*place{}, byTo: map[string][]*place{},
		}
		s.accounts[id] = a
		s.order = append(s.order, id)
	}
	return a
}

func (s *Sandbox) applyLINE(l LINEAccount) {
	a := s.account(l.ChannelID)
	if a.line != nil && s.tokens[a.line.AccessToken] == a {
		delete(s.tokens, a.line.AccessToken)
	}
	a.line, a.twilio = &l, nil
	if l.AccessToken != "" {
		s.tokens[l.AccessToken] = a
	}
}

func (s *Sandbox) applyTwilio(t TwilioAccount) {
	a := s.account(t.SID)
	if a.twilio == nil && a.contents == nil {
		for _, c := range firstContents(t.SID) {
			c.Type = "twilio/text"
			a.applyContent(c)
		}
	}
	a.twilio, a.line = &t, nil
}

// webhookURL is where the customers' messages go now.
func (a *account) webhookURL() string {
	switch {
	case a.line != nil:
		return a.line.WebhookURL
	case a.twilio != nil:
		return a.twilio.WebhookURL
	}
	return ""
}

// Redelivery says whether failed webhooks are sent again, as a switch in LINE's
// console does; off by default so that tests see every attempt they caused.
func (l *LINE) Redelivery(on bool) { l.setRetry(on) }

// RetryOnConnectFailure says whether a webhook that found nobody listening is
// sent once more, as Twilio does.
func (t *Twilio) RetryOnConnectFailure(on bool) { t.setRetry(on) }

func (a *account) setRetry(on bool) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.retry = on
}

// CloseWindow lets the 24 hours of a person's WhatsApp conversations run out.
func (t *Twilio) CloseWindow(number string) {
	number = strings.TrimPrefix(number, waPrefix)
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for _, p := range t.phones {
		if p.channel == chWhatsApp && p.number == number {
			p.endWindow()
		}
	}
}

// OptOut lets the provider refuse messages to a number, as after a STOP that the
// product was not told of.
func (t *Twilio) OptOut(number, from string) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	p, yes := t.phone(chSMS, number, from), true
	t.s.append(record{Kind: recFlags, Account: t.id, Phone: p.id, Flags: &flags{OptedOut: &yes}})
}

// closeWindow lets the 24 hours run out on this phone.
func (p *Phone) closeWindow() error {
	if p.channel != chWhatsApp {
		return fmt.Errorf("reply window on %s: %w", p.channel, errChannel)
	}
	p.account.s.mu.Lock()
	defer p.account.s.mu.Unlock()
	p.endWindow()
	return nil
}

// endWindow sets the window back to never. s.mu must be held.
func (p *Phone) endWindow() {
	p.account.s.append(record{Kind: recFlags, Account: p.account.id, Phone: p.id, Flags: &flags{Window: &time.Time{}}})
}
