package auditdb

import (
	"database/sql/driver"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Scope is which conversations somebody may see whoever has them: all, those of
// some queues, or none. The zero Scope is none.
type Scope struct {
	all    bool
	queues []uuid.UUID
}

// Everywhere is the scope of those who see every conversation.
func Everywhere() Scope { return Scope{all: true} }

// InQueues is the scope of those who see the conversations of some queues.
func InQueues(queues ...uuid.UUID) Scope {
	queues = slices.Clone(queues)
	slices.SortFunc(queues, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return Scope{queues: slices.Compact(queues)}
}

// All reports whether the scope is everywhere.
func (s Scope) All() bool { return s.all }

// None reports whether nothing is in the scope.
func (s Scope) None() bool { return !s.all && len(s.queues) == 0 }

// Queues are those of a scope that is not everywhere.
func (s Scope) Queues() []uuid.UUID { return append([]uuid.UUID{}, s.queues...) }

// Has reports whether the conversations of a queue are in the scope. Those that no
// queue has yet are only in that of everywhere.
func (s Scope) Has(queue uuid.NullUUID) bool {
	return s.all || queue.Valid && slices.Contains(s.queues, queue.UUID)
}

// And is what is in both scopes.
func (s Scope) And(other Scope) Scope {
	switch {
	case s.all:
		return other
	case other.all:
		return s
	}
	return InQueues(slices.DeleteFunc(slices.Clone(s.queues), func(q uuid.UUID) bool { return !slices.Contains(other.queues, q) })...)
}

// Equal reports whether both scopes are the same.
func (s Scope) Equal(other Scope) bool {
	return s.all == other.all && slices.Equal(s.queues, other.queues)
}

// Value is the scope as a statement takes it: null is everywhere, else an array of
// queues.
func (s Scope) Value() (driver.Value, error) {
	if s.all {
		return nil, nil
	}
	names := make([]string, len(s.queues))
	for i, q := range s.queues {
		names[i] = q.String()
	}
	return "{" + strings.Join(names, ",") + "}", nil
}

// Viewer is who looks. They see the conversations of their scope; besides, an
// agent sees those of their queues, those they have or were offered, those in
// which they take part or are asked to, and those that they had and whose customer
// they answered; internal messages and advice give nobody a right to stay.
type Viewer struct {
	Scope Scope
	Agent uuid.UUID
}

// InScope is the rule of which conversations c are in a scope ($1).
const InScope = `($1::uuid[] IS NULL OR c.queue_id = ANY($1::uuid[]))`

// Visible is the one rule of which conversations c a viewer ($1 scope, $2 agent) sees.
const Visible = `($1::uuid[] IS NULL OR c.queue_id = ANY($1::uuid[]) OR c.agent_id = $2::uuid OR c.offer_agent_id = $2::uuid
    OR EXISTS (SELECT FROM queue_member vm WHERE vm.queue_id = c.queue_id AND vm.agent_id = $2::uuid)
    OR EXISTS (SELECT FROM message vt WHERE vt.conversation_id = c.id AND vt.agent_id = $2::uuid AND vt.direction = 'out')
       AND NOT EXISTS (SELECT FROM participation vl WHERE vl.conversation_id = c.id AND vl.agent_id = $2::uuid AND vl.left_at IS NOT NULL AND vl.joined_at IS NOT NULL
                       AND NOT EXISTS (SELECT FROM session vs WHERE vs.conversation_id = c.id AND vs.agent_id = $2::uuid AND vs.accepted_at IS NOT NULL))
    OR EXISTS (SELECT FROM participation vp WHERE vp.conversation_id = c.id AND vp.agent_id = $2::uuid AND vp.left_at IS NULL))`
