package contract

import (
	"time"

	"github.com/google/uuid"
)

// PresenceWorkflow is the type name of the workflow that waits for the
// deadlines of one agent's presence.
const PresenceWorkflow = "PresenceWorkflow"

// SignalDeadlines tells it of deadlines.
const SignalDeadlines = "deadlines"

// PresenceID is the workflow id of an agent's presence.
func PresenceID(agent uuid.UUID) string { return "presence/" + agent.String() }

// PresenceStart begins the workflow of an agent's presence.
type PresenceStart struct {
	Agent uuid.UUID `json:"agent"`
}

// Deadlines of an agent's presence; zero: there is none. They say when to look
// at the row, which alone says what is due: earlier ones, later ones, duplicates
// and old ones do no harm.
type Deadlines struct {
	Grace    time.Time `json:"grace,omitzero"`    // offers are kept until then
	Inactive time.Time `json:"inactive,omitzero"` // a choice lasts until then, unless something is used
}

// None says that there is no deadline.
func (d Deadlines) None() bool { return d.Grace.IsZero() && d.Inactive.IsZero() }

// First is the earliest deadline, or zero.
func (d Deadlines) First() time.Time { return earlier(d.Grace, d.Inactive) }

// Merge keeps the earlier of each: to look once too often costs little.
func (d Deadlines) Merge(o Deadlines) Deadlines {
	return Deadlines{Grace: earlier(d.Grace, o.Grace), Inactive: earlier(d.Inactive, o.Inactive)}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
