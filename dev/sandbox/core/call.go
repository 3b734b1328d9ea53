package core

import (
	"slices"
	"time"
)

// Outcomes of a call.
const (
	Accepted  = "accepted"
	Refused   = "refused"
	Duplicate = "duplicate" // a retry key that was accepted before
)

// Call is one request of the product to a provider's API.
type Call struct {
	At         time.Time `json:"at"`
	Account    string    `json:"account"`
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Key        string    `json:"key,omitempty"` // LINE's retry key, or the message ID in Twilio's callback address
	To         string    `json:"to,omitempty"`
	Text       string    `json:"text,omitempty"`
	Outcome    string    `json:"outcome"`
	Status     int       `json:"status"`           // of the answer; 0 when the answer was withheld
	Reason     string    `json:"reason,omitempty"` // why it was refused
	MessageIDs []string  `json:"message_ids,omitempty"`
	RequestID  string    `json:"request_id,omitempty"`
	Quotes     []string  `json:"quote_tokens,omitempty"`
	Fault      string    `json:"fault,omitempty"` // the fault that was played on it
}

// Counts sums up an account for tests that send by the thousand.
type Counts struct {
	Calls         int `json:"calls"`       // every request, reading ones too
	Accepted      int `json:"accepted"`    // messages that reached a phone
	Undelivered   int `json:"undelivered"` // messages taken from the product that reached none
	Refused       int `json:"refused"`     // requests
	Repeats       int `json:"repeats"`     // requests with a retry key accepted before
	Duplicates    int `json:"duplicates"`  // messages whose text and recipient were accepted before
	Webhooks2xx   int `json:"webhooks_2xx"`
	WebhooksOther int `json:"webhooks_other"`
}

func (a *Account) applyCall(c Call) {
	if k, ok := a.Side.(CallKeeper); ok {
		k.KeepCall(len(a.calls), c)
	}
	a.calls = append(a.calls, c)
	a.counts.Calls++
	switch c.Outcome {
	case Refused:
		a.counts.Refused++
	case Duplicate:
		a.counts.Repeats++
	}
}

// arrived counts a message that reached a phone.
func (a *Account) arrived(p *Phone, e *Entry) {
	a.counts.Accepted++
	key := p.id + "\x00" + e.content()
	if a.seen[key]++; a.seen[key] > 1 {
		a.counts.Duplicates++
	}
	if e.Text != "" {
		p.texts[e.Text]++
	}
}

// Call is the call that KeepCall was told of under a number. The lock must be held.
func (a *Account) Call(at int) Call { return a.calls[at] }

// Calls lists what the product asked of an account's provider, oldest first.
// Requests whose token belongs to no account are under "".
func (b *Box) Calls(account string) []Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.accounts[account]; a != nil {
		return slices.Clone(a.calls)
	}
	return nil
}

// Counts sums up an account.
func (b *Box) Counts(account string) Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.accounts[account]; a != nil {
		return a.counts
	}
	return Counts{}
}

// Webhooks lists what was sent to the product for an account, oldest first.
func (b *Box) Webhooks(account string) []Webhook {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.accounts[account]; a != nil {
		return slices.Clone(a.hooks)
	}
	return nil
}

// Accepted counts the messages that reached a phone. The lock must be held.
func (a *Account) Accepted() int { return a.counts.Accepted }
