package admindb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
)

// A Comparison asks which conversations of a time other rules would have led elsewhere
// than the saved ones.
type Comparison struct {
	Workstream  uuid.UUID
	Rules       routing.Model
	From, Until time.Time
	Limit       int // the newest so many
}

// Compared is what came of a comparison.
type Compared struct {
	Version      int                    `json:"version"` // of the saved rules; 0: there are none
	From         time.Time              `json:"from"`
	Until        time.Time              `json:"until"`
	Checked      int                    `json:"checked"`
	More         bool                   `json:"more"`         // there were more than the limit
	Moved        int                    `json:"moved"`        // to another queue, or with another outcome
	Reclassified int                    `json:"reclassified"` // to the same queue, with other skills, priority or profile
	Items        []ComparedConversation `json:"items"`
}

// ComparedConversation is a conversation about which the two sets of rules differ.
type ComparedConversation struct {
	Conversation uuid.UUID `json:"conversation_id"`
	CreatedAt    time.Time `json:"created_at"`
	Channel      string    `json:"channel"`
	Moved        bool      `json:"moved"`
	Saved        RoutedTo  `json:"saved"`
	Draft        RoutedTo  `json:"draft"`
}

// RoutedTo is what of a decision tells where a conversation goes and as what.
type RoutedTo struct {
	Queue           string          `json:"queue"`
	Rule            string          `json:"rule"` // '': none chose the queue
	Outcome         routing.Outcome `json:"outcome"`
	Reason          routing.Reason  `json:"reason"`
	Priority        *int            `json:"priority"`
	CapacityProfile *string         `json:"capacity_profile"`
	Skills          map[string]int  `json:"skills"`
}

func routedTo(d routing.Decision) RoutedTo {
	return RoutedTo{Queue: d.Queue, Rule: d.Rule, Outcome: d.Outcome, Reason: d.Reason, Priority: d.Priority,
		CapacityProfile: d.CapacityProfile, Skills: d.Skills}
}

func (r RoutedTo) goesWith(o RoutedTo) bool { return r.Queue == o.Queue && r.Outcome == o.Outcome }

func (r RoutedTo) classifiedAs(o RoutedTo) bool {
	return same(r.Priority, o.Priority) && same(r.CapacityProfile, o.CapacityProfile) && maps.Equal(r.Skills, o.Skills)
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// What the first decision set is among the context of a conversation by now.
const selectPast = `
SELECT c.id, c.workstream_id, c.channel, d.operating_hours_id AS hours_id, c.created_at AS now,
       COALESCE((SELECT r.decision->'context' FROM routing_decision r WHERE r.conversation_id = c.id ORDER BY r.at, r.id LIMIT 1), '{}') AS decided
FROM conversation c JOIN address d ON d.id = c.address_id
WHERE c.workstream_id = $1 AND c.created_at >= $2 AND c.created_at < $3
ORDER BY c.created_at DESC, c.id DESC LIMIT $4`

type pastRow struct {
	conversationdb.Routed
	Channel string          `db:"channel"`
	Decided json.RawMessage `db:"decided"`
}

// CompareRouting says which conversations of a time would go elsewhere with other
// rules than with the saved ones. Rules with mistakes are *RuleMistakes. Nothing is
// changed.
func (s *Store) CompareRouting(ctx context.Context, in Comparison) (Compared, error) {
	out := Compared{From: in.From, Until: in.Until, Items: []ComparedConversation{}}
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := configdb.ReadRouting(ctx, tx, in.Workstream); err != nil {
			return err
		}
		checked, err := checkRouting(ctx, tx, in.Workstream, in.Rules)
		if err != nil {
			return err
		}
		saved, err := s.Config.RulesFor(ctx, tx, in.Workstream, nil)
		if err != nil {
			return err
		}
		draft, err := s.Config.RulesFor(ctx, tx, in.Workstream, &checked)
		if err != nil {
			return err
		}
		out.Version = saved.Version
		var rows []pastRow
		if err := tx.SelectContext(ctx, &rows, selectPast, in.Workstream, in.From, in.Until, in.Limit+1); err != nil {
			return err
		}
		if out.More = len(rows) > in.Limit; out.More {
			rows = rows[:in.Limit]
		}
		for _, row := range rows {
			if err := s.comparePast(ctx, tx, row, &out, saved, draft); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Compared{}, fmt.Errorf("compare routing rules: %w", err)
	}
	return out, nil
}

func (s *Store) comparePast(ctx context.Context, tx *sqlx.Tx, row pastRow, out *Compared, saved, draft configdb.Compiled) error {
	decided := map[string]any{}
	if err := json.Unmarshal(row.Decided, &decided); err != nil {
		return fmt.Errorf("read what was decided: %w", err)
	}
	both, err := s.Conversation.RoutePast(ctx, tx, row.Routed, decided, saved, draft)
	if err != nil {
		return err
	}
	out.Checked++
	a, b := routedTo(both[0]), routedTo(both[1])
	moved := !a.goesWith(b)
	switch {
	case moved:
		out.Moved++
	case !a.classifiedAs(b):
		out.Reclassified++
	default:
		return nil
	}
	out.Items = append(out.Items, ComparedConversation{Conversation: row.ID, CreatedAt: row.Now, Channel: row.Channel, Moved: moved, Saved: a, Draft: b})
	return nil
}
