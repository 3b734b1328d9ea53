// Package conversation is the domain, pure: what states a conversation has, who
// may do what in each, whose capacity it takes and when something must happen by
// itself. It does no I/O and reads no clock, so every rule is a table test.
//
// docs/states.md shows the rules as a picture.
package conversation

import (
	"slices"
	"time"
)

// Phase is where a conversation stands.
type Phase string

// Phases of a conversation.
const (
	Open    Phase = "open"    // it waits for an agent; one may have been offered it
	Active  Phase = "active"  // an agent has accepted it
	Waiting Phase = "waiting" // parked until the customer or the agent comes back
	WrapUp  Phase = "wrap-up" // ended; the agent finishes notes
	Closed  Phase = "closed"  // final; a new message opens a new conversation
)

// Phases lists all phases, in the order of a conversation's life.
func Phases() []Phase { return []Phase{Open, Active, Waiting, WrapUp, Closed} }

// Style is how a conversation is held. It decides what leaving it means and when
// silence ends it.
type Style string

// Styles of conversations.
const (
	Messaging  Style = "messaging"  // SMS, social channels: asynchronous
	Persistent Style = "persistent" // web chat that goes on for weeks
	Live       Style = "live"       // web chat while both sides are there
)

// Offer asks one agent to take the conversation.
type Offer struct {
	ID    string    `json:"id"`
	Agent string    `json:"agent"`
	Until time.Time `json:"until"`
}

// Policy is what the workstream and the channel say about a conversation. It is
// read anew with every decision, so a change takes effect at once. A zero
// duration is never.
type Policy struct {
	Style          Style         `json:"style,omitempty"`
	OpenTimeout    time.Duration `json:"open_timeout"`                // without activity, then closed
	ActiveTimeout  time.Duration `json:"active_timeout"`              // without activity, then closed
	WaitingTimeout time.Duration `json:"waiting_timeout,omitempty"`   // without activity, then closed
	WrapUpTimeout  time.Duration `json:"wrap_up_timeout"`             // since the end, then closed
	WrapUpBlocks   bool          `json:"wrap_up_blocks"`              // wrap-up keeps the agent's capacity
	WrapUpBlockFor time.Duration `json:"wrap_up_block_for,omitempty"` // and not longer; zero: as long as it lasts
	FollowUpAfter  time.Duration `json:"follow_up_after,omitempty"`   // of waiting, then offered to the agent again
	SameAgent      bool          `json:"same_agent,omitempty"`        // a returning customer goes back to their agent
	Window         time.Duration `json:"window"`                      // free answers after the customer's last message
	HumanWindow    time.Duration `json:"human_window,omitempty"`      // longer, for what a person typed
	WindowMessages int           `json:"window_messages,omitempty"`   // free answers in one window; 0 is any number
	Templates      bool          `json:"templates,omitempty"`         // approved templates pass a closed window
	WindowNotice   time.Duration `json:"window_notice,omitempty"`     // how long before its end it is announced
	Rules          []Rule        `json:"rules,omitempty"`
	SaysAssigned   bool          `json:"says_assigned,omitempty"` // the customer is told when an agent was found
	QueueWait      time.Duration `json:"queue_wait,omitempty"`    // in its queue, then the queue says what happens
	OfferTimeout   time.Duration `json:"offer_timeout,omitempty"` // how long a consultant is asked
	AwayTimeout    time.Duration `json:"away_timeout,omitempty"`  // live: a customer who is gone for so long has left
	ReconnectFor   time.Duration `json:"reconnect_for,omitempty"` // live: and is waited for, counted from leaving too
}

// State is all that decides what may happen next. Version is the conversation
// row's: every change of the other fields but the Inbound, Agent… and Activity
// ones raises it by one.
type State struct {
	Phase      Phase                `json:"phase"`
	Version    int64                `json:"version"`
	Agent      string               `json:"agent,omitempty"` // the primary agent
	Offer      *Offer               `json:"offer,omitempty"`
	InboundSeq int64                `json:"inbound_seq"`
	InboundAt  time.Time            `json:"inbound_at,omitzero"` // by the provider's clock where it has one
	AgentSeq   int64                `json:"agent_seq,omitempty"` // of the agent's last message
	AgentAt    time.Time            `json:"agent_at,omitzero"`
	Unanswered time.Time            `json:"unanswered,omitzero"` // the customer's first message that has no answer
	Sent       int                  `json:"sent,omitempty"`      // free answers in this window
	Activity   time.Time            `json:"activity,omitzero"`   // of either side, as far as known here
	ParkedAt   time.Time            `json:"parked_at,omitzero"`
	WakeAt     time.Time            `json:"wake_at,omitzero"` // of a parked one that is snoozed: when its agent is offered it again
	EndedAt    time.Time            `json:"ended_at,omitzero"`
	EndReason  string               `json:"end_reason,omitempty"` // of wrap-up: who ended it, and why
	Freed      bool                 `json:"freed,omitempty"`      // wrap-up gave the capacity back
	WindowTold time.Time            `json:"window_told,omitzero"` // the window's end that was announced ahead
	WindowOver time.Time            `json:"window_over,omitzero"` // the window's end that was announced when it came
	Done       map[string]time.Time `json:"done,omitempty"`       // rules, and when they were applied last
	Off        []string             `json:"off,omitempty"`        // rules switched off here
	Said       []string             `json:"said,omitempty"`       // what the customer is told once only
	Hold       Deferral             `json:"hold,omitempty"`       // why it is not in its queue yet
	HeldUntil  time.Time            `json:"held_until,omitzero"`  // and until when
	Entered    time.Time            `json:"entered,omitzero"`     // when it entered its queue
	Overflowed bool                 `json:"overflowed,omitempty"` // it waited too long there, and that was acted on
	Beside     []Participant        `json:"beside,omitempty"`     // those who take part besides the primary agent
	Away       time.Time            `json:"away,omitzero"`        // since no client of the customer's is connected; zero: one is, or nobody knows
	Presence   int64                `json:"presence,omitempty"`   // counts changes of Away
	Policy     Policy               `json:"policy"`
}

// Holder is the agent whose capacity the conversation takes, or "".
func (s State) Holder() string {
	switch {
	case s.Phase == Open && s.Offer != nil:
		return s.Offer.Agent
	case s.Phase == Active:
		return s.Agent
	case s.Phase == WrapUp && s.Policy.WrapUpBlocks && !s.Freed:
		return s.Agent
	}
	return ""
}

// Deadline is the earliest moment at which something must happen by itself, and
// what. A zero time is never.
func (s State) Deadline() (time.Time, Kind) {
	var at time.Time
	var kind Kind
	for _, d := range s.deadlines() {
		if !d.at.IsZero() && (at.IsZero() || d.at.Before(at)) {
			at, kind = d.at, d.kind
		}
	}
	if at.IsZero() {
		return at, Idle
	}
	return at, kind
}

type deadline struct {
	at   time.Time
	kind Kind
}

// deadlines are all that the phase has; the first of equal ones goes first.
func (s State) deadlines() []deadline {
	p := s.Policy
	switch s.Phase {
	case Open:
		if s.Offer != nil {
			return []deadline{{s.Offer.Until, Lapse}, {s.goneAt(), Gone}}
		}
		return append(s.openDeadlines(), deadline{s.goneAt(), Gone})
	case Active:
		_, silent := s.nextRule()
		soon, over := s.windowDeadlines()
		return []deadline{{silent, Silence}, {soon, WindowSoon}, {over, WindowOver}, {after(s.Activity, p.ActiveTimeout), Idle},
			{s.askedUntil(), ConsultLapse}, {s.goneAt(), Gone}}
	case Waiting: // windows are not announced: nobody looks, and a parked conversation costs nothing
		if !s.WakeAt.IsZero() { // somebody said when to go on: nothing ends it before
			return []deadline{{s.WakeAt, Wake}}
		}
		_, silent := s.nextRule()
		return []deadline{{silent, Silence}, {after(s.ParkedAt, p.FollowUpAfter), FollowUp}, {after(s.Activity, p.WaitingTimeout), Idle}}
	case WrapUp:
		free := after(s.EndedAt, p.WrapUpBlockFor)
		if !p.WrapUpBlocks || s.Freed {
			free = time.Time{}
		}
		// Capacity that is blocked for longer keeps wrap-up open.
		closes := p.WrapUpTimeout
		if closes > 0 && p.WrapUpBlocks {
			closes = max(closes, p.WrapUpBlockFor)
		}
		return []deadline{{free, Free}, {after(s.EndedAt, closes), Idle}}
	}
	return nil
}

// after is a moment and a duration later, or never if either is missing.
func after(t time.Time, d time.Duration) time.Time {
	if t.IsZero() || d <= 0 {
		return time.Time{}
	}
	return t.Add(d)
}

// Timeouts are the durations of silence after which a conversation closes.
type Timeouts struct{ Open, Active, Waiting, WrapUp time.Duration }

const day = 24 * time.Hour

// DefaultTimeouts are those of a style, where the workstream gives none.
// For Waiting a month, which is what the
// other asynchronous states have.
func DefaultTimeouts(s Style) Timeouts {
	switch s {
	case Live:
		return Timeouts{Open: 20 * time.Minute, WrapUp: 15 * time.Minute}
	case Persistent:
		return Timeouts{Open: 30 * day, Waiting: 30 * day, WrapUp: day}
	default:
		return Timeouts{Open: 30 * day, Active: 30 * day, Waiting: 30 * day, WrapUp: day}
	}
}

// said says that the customer was told once.
func (s State) said(trigger string) bool { return slices.Contains(s.Said, trigger) }
