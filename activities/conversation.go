// Package activities is what workflows do to the world: one file per
// capability, methods on structs that hold their dependencies. Inputs, results
// and errors hold ids, times and codes only, because histories keep them.
package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"

	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// Conversations keeps the conversation's row in step with its workflow. Both
// methods are local activities: short, and idempotent by the row's version.
type Conversations struct {
	Store    *store.Store
	Registry *channel.Registry
	Profiles *Profiles // nil: customers are not asked for before routing
}

// Facts is a conversation as its row tells it.
type Facts struct {
	State      conversation.State `json:"state"`
	Channel    string             `json:"channel"`
	Provider   string             `json:"provider"`
	Account    uuid.UUID          `json:"account"`
	Workstream uuid.UUID          `json:"workstream"`
	Queue      uuid.UUID          `json:"queue,omitzero"`
	Waiting    time.Time          `json:"waiting,omitzero"`
	Outbound   int64              `json:"outbound,omitempty"`   // seq of the last message that waits to be sent
	Abandoned  uuid.UUID          `json:"abandoned,omitzero"`   // the agent who was disconnected and did not return
	Heard      int64              `json:"heard,omitempty"`      // the last message that a workflow had acted on
	NoProfile  bool               `json:"no_profile,omitempty"` // the provider can be asked who the customer is, and was not lately
}

// Projection asks for a transition to become true; see store.Projection.
type Projection struct {
	Conversation uuid.UUID            `json:"conversation"`
	From         int64                `json:"from"`
	To           conversation.State   `json:"to"`
	Effects      conversation.Effects `json:"effects"`
}

// Projected is what became of it; see store.Projected.
type Projected struct {
	Done    bool                  `json:"done,omitempty"`
	NoRoom  bool                  `json:"no_room,omitempty"`
	Unseen  bool                  `json:"unseen,omitempty"`
	Refused *conversation.Refusal `json:"refused,omitempty"`
	Facts   Facts                 `json:"facts"`
}

// Gone is the type of the error for a conversation that has no row.
const Gone = "gone"

// Begin routes a new conversation, its customer's name being known if the provider
// tells it at once, and tells its facts.
func (a *Conversations) Begin(ctx context.Context, id uuid.UUID) (Facts, error) {
	if a.Profiles != nil {
		a.Profiles.askFirst(ctx, id)
	}
	f, err := a.Store.Conversation.Begin(ctx, id)
	if err != nil {
		return Facts{}, permanent(err)
	}
	return a.facts(f), nil
}

// Project writes a transition.
func (a *Conversations) Project(ctx context.Context, p Projection) (Projected, error) {
	out, err := a.Store.Conversation.Project(ctx, conversationdb.Projection{Conversation: p.Conversation, From: p.From, To: p.To, Effects: p.Effects})
	if err != nil {
		return Projected{}, permanent(err)
	}
	return Projected{Done: out.Done, NoRoom: out.NoRoom, Unseen: out.Unseen, Refused: out.Refused, Facts: a.facts(out.Facts)}, nil
}

func (a *Conversations) facts(f conversationdb.Snapshot) Facts {
	out := Facts{State: f.State, Channel: f.Channel, Provider: f.Provider, Account: f.Account, Workstream: f.Workstream,
		Queue: f.Queue, Waiting: f.Waiting, Outbound: f.Outbound, Abandoned: f.Abandoned, Heard: f.Heard}
	if p, err := a.Registry.Get(f.Provider); err == nil {
		caps := p.Channels()[f.Channel]
		w := &out.State.Policy
		_, profiles := p.(channel.Profiler)
		out.NoProfile = profiles && f.NoProfile
		w.Window, w.HumanWindow, w.WindowMessages, w.Templates = caps.Window, caps.HumanWindow, caps.WindowSends, caps.Templates
	}
	return out
}

// permanent keeps an error that no retry mends from being retried.
func permanent(err error) error {
	if errors.Is(err, pg.ErrNotFound) {
		return temporal.NewNonRetryableApplicationError("the conversation has no row", Gone, nil)
	}
	return fmt.Errorf("conversation: %w", err)
}
