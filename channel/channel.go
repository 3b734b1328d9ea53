// Package channel says what a messaging provider must do to carry conversations.
// Each provider lives in a folder below this one and is added to a Registry by
// the program that needs it.
package channel

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"
)

// A Sender carries messages to customers. Every channel is one, and it is what a
// Registry holds. What only some can do is a separate interface below; callers ask
// for it by type assertion.
type Sender interface {
	// Type is the name kept in rows and seen in webhook addresses: "line", "twilio".
	Type() string

	// Channels lists the kinds of conversation this provider carries
	// ("line"; "sms" and "whatsapp"), with what fits through each. The rest of
	// the system reads Caps and never compares Type.
	Channels() map[string]Caps

	// Send delivers one message. The error, if not nil, is an *Error.
	Send(context.Context, Account, Outbound) (Receipt, error)
}

// A Connector has accounts that an administrator connects.
type Connector interface {
	// Fields describes what an administrator must enter for an account.
	Fields() []Field

	// Validate checks an account's settings and secrets before they are stored.
	// The error, if not nil, is an *Invalid that names the field.
	Validate(Account) error

	// Test makes a cheap call that proves the credentials and sends no message.
	// The error, if not nil, is an *Error whose Detail a person can act on.
	Test(context.Context, Account) error
}

// A Webhook is told of events by requests to us.
type Webhook interface {
	// Verify reports whether the provider sent this request to this account. It
	// runs on the raw body, before anything is parsed. All reasons for refusal
	// are ErrSignature, so that an attacker learns nothing.
	Verify(Account, Request) error

	// Parse turns one verified request into events, in the provider's order. It
	// is pure: no clock, no I/O. A kind we do not know becomes KindUnknown,
	// never an error: providers add kinds without notice, and an error makes
	// them resend for ever. A body that is no valid document at all is an
	// ErrMalformed.
	Parse(Account, Request) ([]Event, error)
}

// A Provider is a company outside: it has accounts, is sent to and sends to us.
type Provider interface {
	Sender
	Connector
	Webhook
}

// A Handshaker answers some requests by what they ask, before anything is
// received: proof that an address is ours. Handled is false for a request that is
// no such question. The only error is ErrSignature.
type Handshaker interface {
	Handshake(Account, Request) (a Answer, handled bool, err error)
}

// Answer is what a request is answered with.
type Answer struct {
	ContentType string
	Body        []byte
}

// A Dispatcher has webhooks in which events of several accounts may come
// together, because they share one address. It says in Event.Owner whose each
// is. An event goes to every account that owns it and that proves the request with a
// secret of its own.
type Dispatcher interface {
	Owns(a Account, owner string) bool
}

// A Fetcher can download media that a customer sent. The caller closes Body.
type Fetcher interface {
	Fetch(context.Context, Account, MediaRef) (Media, error)
}

// A Finder can look for a message whose sending ended in doubt. It answers
// found = false when the provider does not know the message, and an error when
// it could not be asked.
type Finder interface {
	Find(context.Context, Account, Outbound, time.Time) (r Receipt, found bool, err error)
}

// A Profiler can say who a customer is.
type Profiler interface {
	Profile(context.Context, Account, string) (Profile, error)
}

// A Templater can list the wordings that an account has at the provider, all of
// them and whatever their approval. The error, if not nil, is an *Error.
type Templater interface {
	Templates(context.Context, Account) ([]ProviderTemplate, error)
}

// A Signaler shows customers what their agent does. It is a courtesy: what fails is
// not tried again. The error, if not nil, is an *Error.
type Signaler interface {
	Signal(context.Context, Account, Signal) error
}

// Signal is what an agent does at this moment: they type, or have read what came.
type Signal struct {
	To        string // the customer, as Outbound.To
	MessageID string // the provider's id of what they wrote last
	Typing    bool
}

// A Limiter caps the size of its webhooks; without one, MaxBody is the cap.
type Limiter interface {
	MaxBody() int64 // bytes
}

// MaxBody is the most that a webhook's body may be, unless its provider says less.
const MaxBody = 1 << 20

// An Answerer says what its provider wants to read in answer to a webhook that
// was taken; without one, an empty 200 is enough.
type Answerer interface {
	Answer() (contentType string, body []byte)
}

// Caps says what a channel can carry.
type Caps struct {
	Window      time.Duration // free replies after the customer's last message; 0 is for ever
	HumanWindow time.Duration // longer, for what a person typed; 0: not longer
	WindowSends int           // free replies in one window; 0 is any number
	Templates   bool          // a template is one that the provider approved, and it may be sent after Window
	MaxText     int           // longest text in UTF-16 code units; longer text is refused
	MaxMedia    int           // attachments in one message
	MediaLimits []MediaLimit  // what may be attached; empty is nothing
	Delivered   bool          // the provider reports delivery
	Read        bool          // the provider reports reading
	MaxButtons  int           // quick replies under one message; 0: the channel has none
	SafeSend    bool          // a repeated Send with the same ID delivers once
	SafeFor     time.Duration // for so long after the first; 0: for ever
}

// MediaLimit is one kind of attachment that fits.
type MediaLimit struct {
	Type     string // "image/jpeg", or "image/*"
	MaxBytes int64
	AsLink   bool // sent as a link in a text, because the channel has no such object
}

// A Field is one setting of an account, for forms and for validation.
type Field struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Help     string `json:"help,omitempty"`
	Secret   bool   `json:"secret"` // encrypted at rest and never shown again
	Required bool   `json:"required"`
	Unique   bool   `json:"-"` // what the account is at the provider: no two accounts have the same
}

// An Account is one set of credentials at a provider.
type Account struct {
	ID       string
	Key      string            // unguessable part of the webhook address
	BaseURL  string            // overrides the provider's API host; "" is the real one
	Settings map[string]string // not secret, by Field.Name
	Secrets  map[string]string // by Field.Name; never logged
}

// Request is a webhook request as it reached us.
type Request struct {
	Method string
	URL    *url.URL // our public base URL plus the request's raw path and query
	Header http.Header
	Body   []byte
}

// Kind is the kind of an inbound event.
type Kind string

// Kinds of inbound events.
const (
	KindMessage  Kind = "message"  // the customer wrote: a row of the thread
	KindStatus   Kind = "status"   // a receipt of a message of ours
	KindRedact   Kind = "redact"   // the customer took a message back
	KindEdit     Kind = "edit"     // the customer changed a message's text
	KindOptIn    Kind = "opt_in"   // the customer allows messages: follow, START
	KindOptOut   Kind = "opt_out"  // the customer forbids messages: unfollow, STOP
	KindEcho     Kind = "echo"     // an answer that was sent from elsewhere: the provider's own inbox
	KindTemplate Kind = "template" // the approval of a template changed
	KindSystem   Kind = "system"   // known, kept, and nothing to do: beacon, member joined
	KindUnknown  Kind = "unknown"  // a kind that we do not know, kept as it came
)

// TypeAgain is the type of a KindOptIn that only undoes an earlier opt-out: YES is
// an answer, too.
const TypeAgain = "opt_in_again"

// Message types. A type that is none of these is TypeUnknown.
const (
	TypeText        = "text"
	TypeImage       = "image"
	TypeVideo       = "video"
	TypeAudio       = "audio"
	TypeFile        = "file"
	TypeLocation    = "location"
	TypeSticker     = "sticker"
	TypeContacts    = "contacts"
	TypePostback    = "postback"    // a tap on a button that carries data
	TypeInteractive = "interactive" // an answer to a list, a form or buttons
	TypeReaction    = "reaction"
	TypeUnknown     = "unknown"
)

// An Event is one thing a provider told us.
type Event struct {
	Kind    Kind      `json:"kind"`
	ID      string    `json:"id"`                // unique within the account: a repeat is the same event
	Type    string    `json:"type"`              // message type, or the provider's event type
	Channel string    `json:"channel,omitempty"` // "line", "sms", "whatsapp"
	Owner   string    `json:"owner,omitempty"`   // which account, where one webhook tells of several (Dispatcher)
	Address string    `json:"address,omitempty"` // which of our addresses: "+12028831111", "" where there is one
	From    string    `json:"from,omitempty"`    // the customer, as the provider addresses them
	Aliases []string  `json:"aliases,omitempty"` // further ids of the same customer (phone beside a scoped id)
	Name    string    `json:"name,omitempty"`    // display name, where the event carries one
	At      time.Time `json:"at"`                // by the provider's clock; zero where it gives none

	// Of KindMessage. Of KindRedact and KindEdit MessageID, and the new Text.
	MessageID string         `json:"message_id,omitempty"` // the provider's id of the message
	ReplyTo   string         `json:"reply_to,omitempty"`   // provider's id of the quoted message
	Text      string         `json:"text,omitempty"`
	Media     []MediaRef     `json:"media,omitempty"`
	Data      map[string]any `json:"data,omitempty"` // what else the message type carries
	Reply     *ReplyToken    `json:"reply,omitempty"`
	Standby   bool           `json:"standby,omitempty"` // another system owns the chat: store, do not answer

	// Of KindStatus. Ref is our message id where the provider returns it. A report
	// with UpTo names no message: it is about all that went to From until then.
	Ref    string    `json:"ref,omitempty"`
	UpTo   time.Time `json:"up_to,omitzero"`
	Status Status    `json:"status,omitempty"`
	Class  Class     `json:"class,omitempty"` // of a failure
	Code   string    `json:"code,omitempty"`  // the provider's error code

	// Of KindSystem: the customer goes by this number or id from now on, one of Aliases.
	MovedTo string `json:"moved_to,omitempty"`

	// Of KindTemplate.
	Template *ProviderTemplate `json:"template,omitempty"`
}

// ReplyToken allows one free answer for a short while.
type ReplyToken struct {
	Token string    `json:"token"`
	Until time.Time `json:"until"`
}

// MediaRef points at a file at the provider.
type MediaRef struct {
	ID          string `json:"id,omitempty"`
	URL         string `json:"url,omitempty"`
	ContentType string `json:"content_type,omitempty"` // as the provider says; sniffed on arrival
	Name        string `json:"name,omitempty"`
	Size        int64  `json:"size,omitempty"`
	External    bool   `json:"external,omitempty"` // not on the provider's own hosts
}

// Status is how far a message of ours has come. It only moves forward.
type Status string

// Statuses of an outbound message.
const (
	StatusQueued    Status = "queued"    // stored, not yet tried
	StatusSending   Status = "sending"   // handed to the provider, no answer yet
	StatusSent      Status = "sent"      // the provider took it
	StatusFailed    Status = "failed"    // it will not arrive
	StatusUnknown   Status = "unknown"   // it may have been taken: never sent again by itself
	StatusDelivered Status = "delivered" // it reached the customer's device
	StatusRead      Status = "read"      // the customer saw it
)

// Outbound is one message to a customer. ID is ours (a UUID), the same on every
// try, and doubles as the provider's idempotency key where there is one.
type Outbound struct {
	ID          string
	Channel     string // "line", "sms", "whatsapp"
	From        string // our address
	To          string // the customer, as Event.From gave it
	Text        string
	Media       []OutMedia
	Template    *Template   // what Text was made from, where the provider knows it; or nil
	Buttons     []Button    // quick replies, where the channel has them
	Reply       *ReplyToken // a fresh, unused reply token, or nil
	InboundAt   time.Time   // of the customer's last message; zero where nobody wrote
	Automated   bool        // no person typed it
	ReplyAgain  bool        // an earlier try with Reply may have been taken: it must go by that token, which works once, or not at all
	CallbackURL string      // where status reports go; carries our message id
}

// A Numberer knows how addresses of ours are written on a channel. Own returns the
// one form in which events name it, or an error whose text says what it must be.
type Numberer interface {
	Own(channel, raw string) (string, error)
}

// ReplySpent is the code of a repeat that did not go by its reply token.
const ReplySpent = "reply_spent"

// Button is a quick reply that a message offers. A tap on it comes back as an
// inbound message with its value.
type Button struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

// Template names a wording at the provider and what fills its gaps.
type Template struct {
	ContentSID string
	Variables  map[string]string // by placeholder
}

// ProviderTemplate is one wording in one language, as the provider keeps it.
type ProviderTemplate struct {
	ContentSID string
	Channel    string
	Name       string // shared by the languages of one template
	Language   string
	Kind       string // TemplateText, or the provider's name of a kind that is not sent from here
	Text       string
	Variables  map[string]string // sample values by placeholder
	Approval   Approval
	Reason     string // of a rejection
}

// TemplateText is the kind of a template that is text and nothing else.
const TemplateText = "text"

// Approval is what the channel's owner thinks of a template.
type Approval string

// Approvals. Only what is approved can be sent.
const (
	ApprovalNone     Approval = "none" // not asked for, or not needed
	ApprovalPending  Approval = "pending"
	ApprovalApproved Approval = "approved"
	ApprovalRejected Approval = "rejected"
	ApprovalPaused   Approval = "paused"
	ApprovalDisabled Approval = "disabled"
	ApprovalGone     Approval = "gone" // the provider has it no more
)

// OutMedia is a file on its way to a customer, fetched by the provider or given to
// it.
type OutMedia struct {
	Open        func(context.Context) (io.ReadCloser, error) // its content, for a provider that fetches nothing; nil where there is none
	URL         string                                       // public, expires
	PreviewURL  string                                       // a small image; "" where there is none
	ContentType string
	Name        string
	Size        int64
}

// Receipt is what the provider answered to a send.
type Receipt struct {
	IDs       []string // the provider's ids; several where it split the message
	UsedReply bool     // the reply token was spent
}

// Media is a downloaded file.
type Media struct {
	Body        io.ReadCloser
	ContentType string
	Name        string
}

// Profile is what a provider says about a customer.
type Profile struct {
	Name       string
	PictureURL string
	Language   string
	Attributes map[string]string // what else rules can ask about, by the names of ProfileAttributes
}

// ProfileAttributes are what channels tell of customers besides name, picture
// and language. Followers and friends are numbers.
func ProfileAttributes() []string {
	return []string{"timezone", "gender", "city", "province", "country", "handle", "followers", "friends", "group_id", "intent_id", "entry_point", "place_id"}
}
