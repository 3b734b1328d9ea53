package factdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// What became of a visit of a queue.
const (
	Accepted  = "accepted"  // an agent took the conversation
	Abandoned = "abandoned" // it ended before one did
	Moved     = "moved"     // it went to another queue
	Held      = "held"      // it is kept out until the queue opens, or a callback is due
)

// Segment is one visit of a queue: a conversation waits there for an agent.
type Segment struct {
	Conversation uuid.UUID     `db:"conversation_id"`
	Queue        uuid.UUID     `db:"queue_id"`
	Entered      time.Time     `db:"entered_at"`
	FirstOffer   *time.Time    `db:"first_offer_at"`
	Offers       int           `db:"offers"`
	Left         *time.Time    `db:"left_at"`
	Outcome      *string       `db:"outcome"` // null: it waits
	Agent        uuid.NullUUID `db:"agent_id"`
	ToQueue      uuid.NullUUID `db:"to_queue_id"`
	Reason       *string       `db:"reason"`
}

const segmentsOf = `
SELECT conversation_id, queue_id, entered_at, first_offer_at, offers, left_at, outcome, agent_id, to_queue_id, reason
FROM queue_segment WHERE conversation_id = $1 ORDER BY entered_at, left_at NULLS LAST`

// Segments returns the visits of queues of a conversation, the first one first.
func (s *Store) Segments(ctx context.Context, conversation uuid.UUID) ([]Segment, error) {
	list := []Segment{}
	if err := s.SQL.SelectContext(ctx, &list, segmentsOf, conversation); err != nil {
		return nil, fmt.Errorf("list visits of queues: %w", err)
	}
	return list, nil
}

// Interval is a time in which an agent had one presence.
type Interval struct {
	Presence string        `db:"presence"`
	Custom   uuid.NullUUID `db:"custom_id"`
	Began    time.Time     `db:"began_at"`
	Ended    *time.Time    `db:"ended_at"`
}

const intervalsOf = `
SELECT presence, custom_id, began_at, ended_at FROM presence_interval WHERE agent_id = $1 ORDER BY began_at, ended_at NULLS LAST`

// Intervals returns the presences that an agent had, the first one first.
func (s *Store) Intervals(ctx context.Context, agent uuid.UUID) ([]Interval, error) {
	list := []Interval{}
	if err := s.SQL.SelectContext(ctx, &list, intervalsOf, agent); err != nil {
		return nil, fmt.Errorf("list presences of an agent: %w", err)
	}
	return list, nil
}
