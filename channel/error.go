package channel

import (
	"errors"
	"fmt"
	"time"
)

// ErrSignature says that the provider did not send this request.
var ErrSignature = errors.New("signature does not match")

// ErrMalformed says that a verified body is no document of the provider's.
var ErrMalformed = errors.New("malformed body")

// Invalid says which field of an account was refused and why.
type Invalid struct{ Field, Reason string }

func (e *Invalid) Error() string { return e.Field + " " + e.Reason }

// Class says what to do about a failed send.
type Class string

// Classes of failure, from the outcome classes of the providers.
const (
	Refused     Class = "refused"     // this message will never go: tell the agent
	Window      Class = "window"      // the reply window is closed: offer a template
	OptedOut    Class = "opted_out"   // the customer forbids messages: remember it
	Throttled   Class = "throttled"   // not taken: try again after RetryAfter
	Unavailable Class = "unavailable" // not taken: try again
	Uncertain   Class = "uncertain"   // perhaps taken: try again only if Caps.SafeSend
	Config      Class = "config"      // credentials, plan or quota: pause the account, tell the administrator
)

// Error is a failed call to a provider. Code is the provider's own; Detail is a
// sentence of ours that never holds customer text, an address or a secret,
// because it is kept in workflow histories.
type Error struct {
	Class      Class
	Code       string
	Detail     string
	RetryAfter time.Duration
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%s): %s", e.Class, e.Code, e.Detail) }

// Rank orders statuses: a report is applied only if it ranks higher than what is
// known, because providers deliver reports out of order. "unknown" ranks as
// sending (any report resolves it); "failed" loses to delivered and read.
func (s Status) Rank() int {
	switch s {
	case StatusSending, StatusUnknown:
		return 2
	case StatusSent:
		return 3
	case StatusFailed:
		return 4
	case StatusDelivered:
		return 5
	case StatusRead:
		return 6
	default:
		return 0
	}
}
