package assigndb

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/pg"
)

// Ways to match skills and to order agents.
const (
	SkillsExact   = "exact"   // every skill asked for, as well as asked for
	SkillsClosest = "closest" // whoever comes closest
	SkillsNone    = "none"    // skills do not matter

	HighestCapacity = "highest_capacity" // the most room
	RoundRobin      = "round_robin"      // in turn
	LeastActive     = "least_active"     // whose work ended longest ago
	MostIdle        = "most_idle"        // the smallest part of capacity in use
	Proficiency     = "proficiency"      // the best ratings in what is asked for
)

// Assignment says how a queue's conversations are ordered and to whom they are
// offered.
type Assignment struct {
	Priority    int             `db:"priority" json:"priority"` // among an agent's queues; lower first
	Rules       AssignmentRules `db:"assignment_rules" json:"assignment_rules"`
	Buckets     Buckets         `db:"buckets" json:"buckets"`           // the first that fits; what fits none comes last
	AgePriority int             `db:"age_priority" json:"age_priority"` // seconds of waiting that make up for one point of priority; 0: none
	AgeBucket   int             `db:"age_bucket" json:"age_bucket"`     // and for one bucket
}

// An AssignmentRule says who is asked once a conversation has waited for After
// seconds. The first under which somebody can take it decides.
type AssignmentRule struct {
	After  int    `json:"after"`
	Skills string `json:"skills"`
	Method string `json:"method"`
}

// AssignmentRules are in order; none are one, of exact skills and highest capacity.
type AssignmentRules []AssignmentRule

// A Bucket holds conversations that all come before those of the next.
type Bucket struct {
	Name         string      `json:"name"`
	PriorityUpTo *int        `json:"priority_up_to,omitempty"`
	Workstreams  []uuid.UUID `json:"workstream_ids,omitempty"`
	Channels     []string    `json:"channels,omitempty"`
	Skills       []string    `json:"skills,omitempty"` // any of these is asked for
	Order        string      `json:"order"`            // priority, oldest, newest
}

// Buckets are in order.
type Buckets []Bucket

// Scan reads jsonb.
func (r *AssignmentRules) Scan(src any) error { return scanJSON(src, r) }

// Scan reads jsonb.
func (b *Buckets) Scan(src any) error { return scanJSON(src, b) }

// Value is jsonb.
func (b Buckets) Value() (driver.Value, error) {
	if len(b) == 0 {
		return "[]", nil
	}
	v, err := json.Marshal([]Bucket(b))
	return pg.CleanJSON(string(v)), err
}

func scanJSON(src, into any) error {
	b, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("%T is not JSON", src)
	}
	return json.Unmarshal(b, into)
}

// AssignmentColumns are those of a queue q that say how it assigns.
const AssignmentColumns = `q.priority, q.buckets, q.age_priority, q.age_bucket,
       COALESCE((SELECT jsonb_agg(jsonb_build_object('after', r.after, 'skills', r.skills, 'method', r.method) ORDER BY r.position)
                 FROM assignment_rule r WHERE r.queue_id = q.id), '[]') AS assignment_rules`

const updateOrder = `UPDATE queue SET priority = $2, buckets = $3, age_priority = $4, age_bucket = $5 WHERE id = $1`

const deleteAssignmentRules = `DELETE FROM assignment_rule WHERE queue_id = $1`

const insertAssignmentRules = `
INSERT INTO assignment_rule (queue_id, position, after, skills, method)
SELECT $1, x.n, x.after, x.skills, x.method FROM unnest($2::int[], $3::text[], $4::text[]) WITH ORDINALITY x (after, skills, method, n)`

// What waits takes its place anew; what does not, when it does again.
const placeAnew = `UPDATE conversation SET tier = -1 WHERE queue_id = $1 AND state = 'open'`

// SetAssignment writes how a locked queue assigns from now on.
func SetAssignment(ctx context.Context, tx *sqlx.Tx, queue uuid.UUID, before, after Assignment) error {
	if _, err := tx.ExecContext(ctx, updateOrder, queue, after.Priority, after.Buckets, after.AgePriority, after.AgeBucket); err != nil {
		return fmt.Errorf("set order of queue: %w", err)
	}
	if before.AgePriority != after.AgePriority || before.AgeBucket != after.AgeBucket || !reflect.DeepEqual(before.Buckets, after.Buckets) {
		if _, err := tx.ExecContext(ctx, placeAnew, queue); err != nil {
			return fmt.Errorf("order queue: %w", err)
		}
	}
	if reflect.DeepEqual(before.Rules, after.Rules) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, deleteAssignmentRules, queue); err != nil {
		return fmt.Errorf("set assignment rules: %w", err)
	}
	n := len(after.Rules)
	waits, skills, methods := make([]int64, n), make([]string, n), make([]string, n)
	for i, r := range after.Rules {
		waits[i], skills[i], methods[i] = int64(r.After), r.Skills, r.Method
	}
	if _, err := tx.ExecContext(ctx, insertAssignmentRules, queue, pq.Array(waits), pq.Array(skills), pq.Array(methods)); err != nil {
		return fmt.Errorf("set assignment rules: %w", err)
	}
	return nil
}
