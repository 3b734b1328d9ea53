// Package webchat carries the conversations of chat widgets. It is a provider
// like any other to the rest of the system, with nobody outside to call: what is
// sent is a row that the visitor's event stream shows, and what visitors write
// comes through the chat routes of the API.
package webchat

import (
	"context"

	"switchboard/channel"
)

// Provider is the web chat.
type Provider struct{}

// New returns it.
func New() *Provider { return &Provider{} }

// Channel is the one kind of conversation it carries.
const Channel = "webchat"

// MaxText is the longest message, in UTF-16 code units.
const MaxText = 4000

// MaxFiles is how many files one message may have.
const MaxFiles = 5

// MaxButtons is how many quick replies one message may offer.
const MaxButtons = 13

const maxBytes = 128 << 20 // the workstream's or the installation's limit is lower

// Type is the provider's name.
func (*Provider) Type() string { return Channel }

// Channels says what fits through a widget.
func (*Provider) Channels() map[string]channel.Caps {
	return map[string]channel.Caps{Channel: {MaxText: MaxText, MaxMedia: MaxFiles, MaxButtons: MaxButtons, Delivered: true, Read: true, SafeSend: true,
		MediaLimits: []channel.MediaLimit{{Type: "*/*", MaxBytes: maxBytes}}}}
}

// Fields: an account of a widget has no credentials.
func (*Provider) Fields() []channel.Field { return []channel.Field{} }

// Validate refuses every account: a widget makes its own.
func (*Provider) Validate(channel.Account) error {
	return &channel.Invalid{Field: "provider", Reason: "is for widgets: make one with POST /v1/widgets"}
}

// Verify refuses every webhook: nobody sends any.
func (*Provider) Verify(channel.Account, channel.Request) error { return channel.ErrSignature }

// Parse has nothing to read.
func (*Provider) Parse(channel.Account, channel.Request) ([]channel.Event, error) {
	return nil, channel.ErrMalformed
}

// Send has delivered as soon as the row says so. The message's own id stands for
// the provider's, so that a repeated try is the same message.
func (*Provider) Send(_ context.Context, _ channel.Account, m channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{IDs: []string{m.ID}}, nil
}

// Test succeeds: there is nothing that could be wrong.
func (*Provider) Test(context.Context, channel.Account) error { return nil }
