// Package webchat carries the conversations of chat widgets. There is nobody
// outside to call, to connect or to be told by: what is
// sent is a row that the visitor's event stream shows, and what visitors write
// comes through the chat routes of the API.
package webchat

import (
	"context"

	"switchboard/channel"
)

// Provider is the web chat: a sender, and nothing else.
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

// Send has delivered as soon as the row says so. The message's own id stands for
// the provider's, so that a repeated try is the same message.
func (*Provider) Send(_ context.Context, _ channel.Account, m channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{IDs: []string{m.ID}}, nil
}
