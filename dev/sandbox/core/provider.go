package core

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Provider is a company that carries messages, such as LINE or Twilio.
type Provider interface {
	// Name is the provider's in the journal and in the sandbox's own API.
	Name() string
	// Routes adds the provider's API, under /<name>/, and what tests and people may
	// ask of the provider besides, under /_sandbox/.
	Routes(b *Box, mux *http.ServeMux)
	// AccountID reads the identifier from an account's settings.
	AccountID(settings json.RawMessage) (string, error)
	// Open makes the provider's side of an account. The lock is held.
	Open(a *Account) Side
}

// Side is the provider's side of one account: how it looks, what its customers
// can do, and how their webhooks are written. The lock is held for everything but
// what a customer does.
type Side interface {
	// Set takes the account's settings, as they were given to AccountID.
	Set(settings json.RawMessage) error
	View() View
	// Phone finds or makes a phone. What is empty is chosen; what cannot be is refused.
	Phone(channel, number, to string) (*Phone, error)
	// Sign writes an event for the address to which it goes; again: it was sent before.
	Sign(e *Event, address string, again bool) (http.Header, string)

	// Says sends a text of the customer.
	Says(ctx context.Context, p *Phone, text string) (Sent, error)
	// SendsFile sends a file of the customer, with a text, which may be empty.
	SendsFile(ctx context.Context, p *Phone, m MediaSeen, text string) (Sent, error)
	// SendsRaw sends an event as given, completed by what all events of the provider have.
	SendsRaw(ctx context.Context, p *Phone, raw any) (Sent, error)
}

// View is an account as the page shows it, without its secrets.
type View struct {
	Name       string
	WebhookURL string
	Ways       []Way
	Held       int // receipts that are held back
}

// Way is one way in which a customer can write to an account.
type Way struct {
	Channel string `json:"channel"`
	Label   string `json:"label"`             // of the channel
	To      string `json:"to,omitempty"`      // number or name that is written to
	Numbers bool   `json:"numbers,omitempty"` // customers are telephone numbers
	// Can is what else a customer can do there: location, sticker, reads, close-window.
	Can []string `json:"can,omitempty"`
}

// The interfaces below are for a Side that does more. A phone refuses what its
// account's provider does not have, with ErrChannel.

// Keeper is told of every message on a phone of the account, at a restart too.
type Keeper interface {
	Keep(p *Phone, e *Entry)
}

// CallKeeper is told of every call that is journalled, at a restart too.
type CallKeeper interface {
	KeepCall(at int, c Call)
}

// OwnKeeper is told of what the provider journalled with Account.Own.
type OwnKeeper interface {
	KeepOwn(kind string, own json.RawMessage) error
}

// Addresser proves its webhooks in the address that they are posted to.
type Addresser interface {
	Address(e *Event, address string) string
}

// Locator lets customers send places.
type Locator interface {
	SendsLocation(ctx context.Context, p *Phone, at Place) (Sent, error)
}

// Stickers lets customers send stickers.
type Stickers interface {
	SendsSticker(ctx context.Context, p *Phone, packageID, stickerID string) (Sent, error)
}

// Buttons lets customers tap what is offered under a message.
type Buttons interface {
	TapsButton(ctx context.Context, p *Phone, label, data string) (Sent, error)
}

// Unsender lets customers take a message back.
type Unsender interface {
	Unsends(ctx context.Context, p *Phone, providerMessageID string) (Sent, error)
}

// Follower lets customers follow the account, and tells the product of it.
type Follower interface {
	Follows(ctx context.Context, p *Phone) (Sent, error)
	Unfollows(ctx context.Context, p *Phone) (Sent, error)
}

// Reader tells the product what customers read.
type Reader interface {
	Reads(ctx context.Context, p *Phone) error
}

// Windowed closes its channels to free messages some time after a customer wrote.
type Windowed interface {
	// Window is how long free messages reach a phone after its person wrote; 0 is for ever.
	Window(p *Phone) time.Duration
}
