package conversationdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/autotext"
	"switchboard/domain/conversation"
	"switchboard/domain/routing"
	"switchboard/store/configdb"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// A routed conversation is what the pipeline decides about, and where it
// comes from.
type Routed struct {
	ID         uuid.UUID     `db:"id"`
	Workstream uuid.UUID     `db:"workstream_id"`
	Hours      uuid.NullUUID `db:"hours_id"` // of our address
	Queue      uuid.NullUUID `db:"queue_id"`
	Entered    sql.NullTime  `db:"entered_at"`
	HoldAgent  uuid.NullUUID `db:"hold_agent"`
	HasPhone   bool          `db:"has_phone"`
	Now        time.Time     `db:"now"`
}

// SelectRouted reads a Routed.
const SelectRouted = `
SELECT c.id, c.workstream_id, d.operating_hours_id AS hours_id, c.queue_id, c.entered_at, c.hold_agent, now() AS now,
       c.queue_id IS NULL AND (` + contactdb.HasPhone + ` WHERE p.id = c.contact_point_id) AS has_phone
FROM conversation c JOIN address d ON d.id = c.address_id WHERE c.id = $1`

// decision is a decision and what a customer is told about it.
type decision struct {
	Version int // of the rules; 0: there were none, or they were not asked
	at      time.Time
	routing.Decision
	classified bool   // rules were asked, so what they ask of an agent counts
	trigger    string // '': nothing
	values     map[string]string
}

// RouteNew decides where a conversation goes that is in no queue yet: the rules
// classify it and choose a queue, whose overflow rules are asked. It is what
// simulations run too; they lock nothing.
func (s *Store) RouteNew(ctx context.Context, q sqlx.QueryerContext, c Routed, o Override) (decision, routing.Env, error) {
	rules, err := s.Config.RulesFor(ctx, q, c.Workstream, o.Rules)
	if err != nil {
		return decision{}, routing.Env{}, err
	}
	env, err := factsFor(ctx, q, c, rules, o)
	if err != nil {
		return decision{}, env, err
	}
	st, err := readState(ctx, q, c, rules.Queues, o)
	if err != nil {
		return decision{}, env, err
	}
	out := decision{Version: rules.Version, at: c.Now, classified: true, Decision: rules.Program.Decide(env, st.State)}
	out.explain(st)
	return out, env, nil
}

// reroute decides about a conversation that has a queue: one that waited
// there for too long, that comes back to it, or that was moved to it.
func (s *Store) reroute(ctx context.Context, q sqlx.QueryerContext, c Routed, why routing.Reason, wait time.Duration) (decision, error) {
	st, err := readState(ctx, q, c, nil, Override{lock: true})
	if err != nil {
		return decision{}, err
	}
	out := decision{at: c.Now}
	queue := c.Queue.UUID.String()
	if why == routing.TooLong {
		waited := max(c.Now.Sub(c.Entered.Time), wait)
		out.Decision = routing.WaitedTooLong(st.State, queue, int(waited/time.Second))
	} else {
		out.Decision = routing.Stay(st.State, queue, why)
	}
	out.explain(st)
	return out, nil
}

// explain chooses what the customer is told: that it is closed, or that too many
// write.
func (d *decision) explain(st state) {
	byHours := len(d.Overflow) > 0 && d.Overflow[len(d.Overflow)-1].When == routing.OutOfHours
	switch {
	case d.Outcome == routing.Held, d.Outcome == routing.Ended && byHours:
		d.trigger, d.values = st.closed(d.Queue)
	case d.Outcome == routing.Ended:
		d.trigger = autotext.Overflowed
	case d.Outcome == routing.Later:
		d.trigger = autotext.CallbackLater
	}
}

// recheck is when a closed queue is looked at again that does not say when it opens.
const recheck = 24 * time.Hour

// deferral is what keeps the conversation from its queue, and until when.
func (d decision) deferral() (why conversation.Deferral, until time.Time) {
	switch d.Outcome {
	case routing.Held:
		if d.Until == nil {
			return conversation.HoldHours, d.at.Add(recheck)
		}
		return conversation.HoldHours, *d.Until
	case routing.Later:
		return conversation.HoldCallback, d.at.Add(time.Duration(d.After) * time.Second)
	case routing.Ended:
		return conversation.HoldEnd, d.at
	case routing.Queued:
	}
	return "", time.Time{}
}

// The hold keeps it from being offered: what is not pushed is not.
const applyDecision = `
UPDATE conversation c SET queue_id = $2, priority = CASE WHEN c.priority_chosen THEN c.priority ELSE COALESCE($3, c.priority) END, context = c.context || $4, version = c.version + $5,
  pushed = $6::text IS NULL AND w.mode = 'push', hold = $6, held_until = $7, hold_agent = $8,
  entered_at = CASE WHEN $6::text IS NULL AND NOT $9 THEN CASE WHEN c.queue_id IS NULL THEN LEAST($10, c.waiting_since) ELSE $10 END ELSE c.entered_at END, overflowed = $9,
  waiting_since = COALESCE(c.waiting_since, now()),
  previous_id = CASE WHEN c.queue_id IS NOT NULL THEN c.previous_id ELSE
    (SELECT p.id FROM conversation p WHERE p.contact_point_id = c.contact_point_id AND p.address_id = c.address_id
       AND p.state = 'closed' ORDER BY p.created_at DESC LIMIT 1) END
FROM workstream w WHERE c.id = $1 AND w.id = c.workstream_id AND c.state = 'open'
RETURNING c.version`

// applyRouting keeps a decision with its explanation and makes it true: the
// conversation is in its queue, or held. An agent to be asked first is
// remembered while it is held.
func applyRouting(ctx context.Context, tx *sqlx.Tx, c Routed, d decision, prefer uuid.NullUUID, bump int) (version int64, err error) {
	if err := recordDecision(ctx, tx, c.ID, d.Version, d.at, d.Decision); err != nil {
		return 0, err
	}
	queue, err := uuid.Parse(d.Queue)
	if err != nil {
		return 0, fmt.Errorf("apply routing decision: %w", err)
	}
	values, err := json.Marshal(d.Context)
	if err != nil {
		return 0, fmt.Errorf("apply routing decision: %w", err)
	}
	why, until := d.deferral()
	stays := d.Reason == routing.TooLong && d.Outcome == routing.Queued && c.Queue.UUID == queue
	if why == "" {
		prefer = uuid.NullUUID{}
	}
	err = pg.GetOne(ctx, tx, &version, applyDecision, c.ID, queue, d.Priority, pg.CleanJSON(string(values)), bump,
		sql.NullString{String: string(why), Valid: why != ""}, pg.NullTime(until), prefer, stays, d.at)
	if err != nil {
		return 0, fmt.Errorf("apply routing decision: %w", err)
	}
	if !d.classified {
		return version, nil
	}
	profile := ""
	if d.CapacityProfile != nil {
		profile = *d.CapacityProfile
	}
	return version, configdb.SetRequirements(ctx, tx, c.ID, d.Skills, profile)
}

// sendToCustomer says what the decision means to the customer. That they will hear
// later is said once.
func (d decision) sendToCustomer(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
	if d.trigger == "" {
		return nil
	}
	if d.trigger == autotext.CallbackLater {
		res, err := tx.ExecContext(ctx, markSent, id, d.trigger)
		if err != nil {
			return fmt.Errorf("say %s: %w", d.trigger, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
	return SendAuto(ctx, tx, AutoMessage{Conversation: id, Trigger: d.trigger, Values: d.values})
}

const markSent = `UPDATE conversation SET said = array_append(said, $2) WHERE id = $1 AND NOT $2 = ANY(said)`

// Begin routes a new conversation: its customer is identified by their phone
// number, the pipeline decides where it goes, and it is offered at once if
// somebody is free. On one that was begun before it only reads the facts, so
// that a workflow may be started anew at any time.
func (s *Store) Begin(ctx context.Context, id uuid.UUID) (Snapshot, error) {
	var f Snapshot
	entered := false
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		row, _, err := s.readSnapshot(ctx, tx, lockSnapshot, id)
		if err != nil {
			return err
		}
		if entered = row.State == string(conversation.Open) && !row.Queue.Valid; entered {
			if err := s.EnterQueue(ctx, tx, id); err != nil {
				return err
			}
		}
		_, f, err = s.readSnapshot(ctx, tx, selectSnapshot, id)
		return err
	})
	if err != nil {
		return Snapshot{}, fmt.Errorf("begin conversation: %w", err)
	}
	if entered {
		_ = s.Assignment.OfferLater(ctx, id) // the sweep does what failed
	}
	return f, nil
}

// EnterQueue takes a conversation that was never routed through the pipeline.
func (s *Store) EnterQueue(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) error {
	var c Routed
	if err := pg.GetOne(ctx, tx, &c, SelectRouted, id); err != nil {
		return err
	}
	if c.HasPhone {
		if err := contactdb.LinkByPhone(ctx, tx, id); err != nil {
			return err
		}
	}
	d, _, err := s.RouteNew(ctx, tx, c, Override{lock: true})
	if err != nil {
		return err
	}
	version, err := applyRouting(ctx, tx, c, d, uuid.NullUUID{}, 1)
	if err != nil {
		return err
	}
	err = outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(id), Queue: ParseNullUUID(d.Queue),
		Data: map[string]any{"change": "created", "state": conversation.Open, "version": version}})
	if err != nil {
		return fmt.Errorf("tell of the conversation: %w", err)
	}
	if err := SendAuto(ctx, tx, AutoMessage{Conversation: id, Trigger: autotext.Greeting}); err != nil {
		return err
	}
	if err := d.sendToCustomer(ctx, tx, id); err != nil || d.Outcome != routing.Queued {
		return err
	}
	if err := sendNobodyThere(ctx, tx, id); err != nil {
		return err
	}
	return s.Assignment.AssignNew(ctx, tx, id)
}

// rerouteIfNeeded decides about a conversation that is looking for an agent again: where
// it goes, if that is to be decided anew, and whether somebody is there. One
// that was offered in vain stays where it is. It says whether it is held.
func (s *Store) rerouteIfNeeded(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection) (held bool, prefer uuid.NullUUID, err error) {
	prefer = ParseNullUUID(p.Effects.Prefer)
	if row.State == string(conversation.Open) && !p.Effects.Decide {
		return false, prefer, nil
	}
	var c Routed
	if err := pg.GetOne(ctx, tx, &c, SelectRouted, p.Conversation); err != nil {
		return false, prefer, fmt.Errorf("decide: %w", err)
	}
	var d decision
	switch {
	case p.Effects.Queue != "":
		d, err = s.reroute(ctx, tx, c, routing.Moved, 0)
	case row.State != string(conversation.Open):
		d, err = s.reroute(ctx, tx, c, routing.CameBack, 0)
	case p.To.Overflowed:
		d, err = s.reroute(ctx, tx, c, routing.TooLong, p.To.Policy.QueueWait)
	default:
		prefer = c.HoldAgent
		c.Now = later(c.Now, row.HeldUntil.Time) // clocks differ; it is due by the workflow's
		if c.Entered.Valid {
			d, err = s.reroute(ctx, tx, c, routing.CameBack, 0)
		} else {
			d, _, err = s.RouteNew(ctx, tx, c, Override{lock: true})
		}
	}
	if err != nil {
		return false, prefer, fmt.Errorf("decide: %w", err)
	}
	if d.Outcome == routing.Held && row.Hold.String == string(conversation.HoldHours) {
		d.trigger = "" // the customer knows
	}
	if _, err := applyRouting(ctx, tx, c, d, prefer, 0); err != nil {
		return false, prefer, err
	}
	return d.Outcome != routing.Queued, prefer, d.sendToCustomer(ctx, tx, p.Conversation)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// factsFor are what conditions ask about. Without rules nothing asks.
func factsFor(ctx context.Context, q sqlx.QueryerContext, c Routed, rules configdb.Compiled, o Override) (routing.Env, error) {
	zone, err := time.LoadLocation(rules.Zone)
	if err != nil {
		zone = time.UTC // it was checked when the rules were saved
	}
	at := c.Now.In(zone)
	if o.Facts != nil {
		env := *o.Facts
		if env.Time == (routing.Time{}) {
			env.Time = RoutingTime(at)
		}
		if env.Context == nil {
			env.Context = map[string]any{}
		}
		return env, nil
	}
	if o.lock && rules.Version == 0 {
		return routing.Env{}, nil
	}
	env, _, err := routingFacts(ctx, q, c.ID, at, false)
	return env, err
}
