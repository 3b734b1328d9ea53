package channel

import (
	"context"
	"strings"
)

// A WebhookLister can say which webhook addresses the provider calls for an
// account. The error, if not nil, is an *Error.
type WebhookLister interface {
	WebhookAddresses(context.Context, Account) ([]WebhookAddress, error)
}

// WebhookAddress is where a provider sends what comes in.
type WebhookAddress struct {
	Sender string // our number; "" where the whole account has one address
	URL    string // "" where none is set
	Active bool   // the provider calls it
}

// SameWebhook reports whether an address that a provider has is ours. What stands
// behind # is for the provider alone, such as how often it tries again.
func SameWebhook(ours, theirs string) bool {
	theirs, _, _ = strings.Cut(strings.TrimSpace(theirs), "#")
	return theirs != "" && strings.TrimRight(theirs, "/") == strings.TrimRight(ours, "/")
}
