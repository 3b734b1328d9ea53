// Package contract is the leaf that everyone may import to talk to a workflow:
// ids, task queues, and the names and payloads of signals, updates and queries.
// Payloads hold ids, times and codes: no text, name or address of a customer
// ever enters a workflow history.
package contract

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Task queues. What providers are asked for has one per kind and provider: one
// provider's outage delays nobody else's, and answers wait behind nothing else.
const (
	TaskQueue          = "switchboard"
	sendQueuePrefix    = "send-"
	mediaQueuePrefix   = "media-"
	profileQueuePrefix = "profile-"
)

// SendQueue is the task queue of agents' answers to a provider. Earlier versions
// had files and profiles fetched through it too.
func SendQueue(provider string) string { return sendQueuePrefix + provider }

// MediaQueue is the task queue of customers' files at a provider.
func MediaQueue(provider string) string { return mediaQueuePrefix + provider }

// ProfileQueue is the task queue of questions to a provider who a customer is.
func ProfileQueue(provider string) string { return profileQueuePrefix + provider }

// ConversationWorkflow is the type name of the workflow of one conversation.
const ConversationWorkflow = "ConversationWorkflow"

const conversationPrefix = "conversation/"

// ConversationID is the workflow id of a conversation.
func ConversationID(id uuid.UUID) string { return conversationPrefix + id.String() }

// ConversationOf is the conversation that a workflow id names.
func ConversationOf(workflow string) (uuid.UUID, bool) {
	text, ours := strings.CutPrefix(workflow, conversationPrefix)
	id, err := uuid.Parse(text)
	return id, ours && err == nil
}

// Names of what a conversation's workflow takes.
const (
	SignalBell    = "bell"
	UpdateSend    = "send"
	UpdateAccept  = "accept"
	UpdateDecline = "decline"
	UpdatePick    = "pick"
	UpdateEnd     = "end"
	UpdateClose   = "close"
	UpdatePark    = "park"
	UpdateSnooze  = "snooze"
	UpdateResume  = "resume"
	UpdateRelease = "release"
	UpdateForce   = "force-close"
	UpdateRule    = "switch-rule"

	UpdateCustomerEnd = "customer-end" // the customer's own

	UpdateConsult        = "consult"
	UpdateConsultAccept  = "consult-accept"
	UpdateConsultDecline = "consult-decline"
	UpdateBringIn        = "bring-in"
	UpdateRemove         = "remove"
	UpdateLeave          = "leave"
	UpdateTransfer       = "transfer"
	UpdateMonitor        = "monitor"
	UpdateJoin           = "join"
	UpdateAssign         = "assign-to"

	QueryState = "state"
)

// Start begins the workflow of a conversation. What it must know it reads from
// the conversation's row.
type Start struct {
	Conversation uuid.UUID `json:"conversation"`
	Channel      string    `json:"channel"`
	Provider     string    `json:"provider"`
}

// Bell says how far the stored facts have come. Bells merge by maximum, so
// duplicates, batches and reordering do no harm.
type Bell struct {
	InboundSeq  int64     `json:"inbound_seq"`            // the customer's last message
	InboundAt   time.Time `json:"inbound_at,omitzero"`    //
	OutboundSeq int64     `json:"outbound_seq,omitempty"` // the last message that waits to be sent
	Media       bool      `json:"media,omitempty"`        // files wait to be fetched
	Version     int64     `json:"version"`                // of the conversation's row
	Phase       string    `json:"phase,omitempty"`        // of that version; "" while it is open
	OfferID     uuid.UUID `json:"offer_id,omitzero"`      // the offer of that version
	OfferAgent  uuid.UUID `json:"offer_agent,omitzero"`   //
	OfferUntil  time.Time `json:"offer_until,omitzero"`   //
	Hold        string    `json:"hold,omitempty"`         // why it is not in its queue yet, of that version
	HeldUntil   time.Time `json:"held_until,omitzero"`    //
	Presence    int64     `json:"presence,omitempty"`     // counts the customer's coming and going, where it is known
	Away        time.Time `json:"away,omitzero"`          // since when the customer is gone, as of that count; zero: they are there
	Abandoned   uuid.UUID `json:"abandoned,omitzero"`     // the primary agent, who was disconnected and did not return
	Merging     bool      `json:"merging,omitempty"`      // its customer has another conversation, which is to go on
	Check       bool      `json:"check,omitempty"`        // the row is to be read, whatever else the bell says
}

// Merge returns what both bells know together.
func (b Bell) Merge(o Bell) Bell {
	if o.InboundSeq > b.InboundSeq {
		b.InboundSeq, b.InboundAt = o.InboundSeq, o.InboundAt
	}
	b.OutboundSeq = max(b.OutboundSeq, o.OutboundSeq)
	b.Media = b.Media || o.Media
	if o.Version > b.Version {
		b.Version, b.Phase, b.OfferID, b.OfferAgent, b.OfferUntil = o.Version, o.Phase, o.OfferID, o.OfferAgent, o.OfferUntil
		b.Hold, b.HeldUntil = o.Hold, o.HeldUntil
	}
	if o.Presence > b.Presence {
		b.Presence, b.Away = o.Presence, o.Away
	}
	if o.Abandoned != uuid.Nil {
		b.Abandoned = o.Abandoned
	}
	b.Merging = b.Merging || o.Merging
	b.Check = b.Check || o.Check
	return b
}

// Send asks for a stored message to be delivered. It carries the bell of its
// transaction, so that an agent's answer also announces what it answers.
type Send struct {
	Agent    uuid.UUID `json:"agent"`
	Seq      int64     `json:"seq"`
	Template bool      `json:"template,omitempty"` // an approved template, which passes a closed window
	Bell     Bell      `json:"bell"`
}

// Act is a person's command on a conversation: accept, park, end, close and so on.
type Act struct {
	Agent uuid.UUID `json:"agent"`
	Offer uuid.UUID `json:"offer,omitzero"` // of accept and decline: the offer that is meant
	Rule  uuid.UUID `json:"rule,omitzero"`  // of switch-rule
	On    bool      `json:"on,omitempty"`   // of switch-rule
	To    uuid.UUID `json:"to,omitzero"`    // of consult, transfer and assign-to: the agent
	Queue uuid.UUID `json:"queue,omitzero"` // of the same, instead: the queue
	Over  bool      `json:"over,omitempty"` // of assign-to: whether they have room or not
	Until time.Time `json:"until,omitzero"` // of snooze
	Note  uuid.UUID `json:"note,omitzero"`  // of transfer and assign-to: what is passed on with it
	Part  uuid.UUID `json:"part,omitzero"`  // of what concerns a consultant: the participant
	Bell  Bell      `json:"bell"`
}

// Acted is what a command led to.
type Acted struct {
	State   string `json:"state"`
	Version int64  `json:"version"`
	Agent   string `json:"agent,omitempty"`
}

// Types of a refused command, as the ApplicationError's type.
const (
	RefusedState    = "wrong_state"   // not possible in the conversation's state
	RefusedPrimary  = "not_primary"   // only the primary agent may
	RefusedOffer    = "offer_gone"    // the offer was withdrawn, expired or taken
	RefusedCapacity = "no_capacity"   // the agent has no room
	RefusedWindow   = "window_closed" // the reply window is closed
	RefusedStale    = "stale"         // it changed meanwhile

	RefusedTarget  = "target_gone"   // there is no such agent or queue, or not any more
	RefusedAway    = "target_away"   // the agent cannot be asked now
	RefusedSame    = "same_target"   // it is there already
	RefusedOutside = "outside_queue" // only the conversation's own queue may be asked
	RefusedNobody  = "nobody_there"  // nobody of the queue can be asked now
	RefusedThere   = "already_there" // they take part already
	RefusedAbsent  = "not_there"     // they do not take part
	RefusedMany    = "too_many"      // consultants

	RefusedUndisposed = "disposition_required" // it cannot be closed without a disposition
)
