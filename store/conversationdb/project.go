package conversationdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/conversation"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// A Projection asks for a transition of the pure state machine to become true.
type Projection struct {
	Conversation uuid.UUID
	From         int64              // the version that was decided on
	To           conversation.State // the state after it
	Effects      conversation.Effects
}

// Projected is what became of a projection. Done is false when nothing was
// written because the conversation is not as it was thought to be (Stale), the
// agent has no room (NoRoom), the customer wrote before it closed (Unseen), or
// whom it is to go to or who is to be asked cannot be (Refused); Facts then tell
// how it is.
type Projected struct {
	Done    bool
	Stale   bool
	NoRoom  bool
	Unseen  bool
	Refused *conversation.Refusal
	Facts   Snapshot
}

// Project writes a transition in one transaction, guarded by the version:
// state, the agent's capacity and session, the event, what is said
// automatically, the next offer of this conversation, and, where capacity was
// freed, the oldest waiting conversation for that agent.
func (s *Store) Project(ctx context.Context, p Projection) (Projected, error) {
	var out Projected
	err := s.BellTx(ctx, func(tx *sqlx.Tx) error {
		row, facts, err := s.readSnapshot(ctx, tx, lockSnapshot, p.Conversation)
		if err != nil {
			return err
		}
		out = checkStale(row, facts, p)
		if out.Stale || out.Unseen {
			return nil
		}
		aimed, err := resolveTargets(ctx, tx, row, p)
		if errors.As(err, &out.Refused) {
			return nil
		} else if err != nil {
			return err
		}
		if p.Effects.Wraps && row.Undisposed {
			out.Refused = conversation.DispositionMissing()
			return nil
		}
		if p.Effects.Merge {
			if err := mergeIntoOther(ctx, tx, row, p.Conversation); errors.As(err, &out.Refused) {
				return nil
			} else if err != nil {
				return err
			}
		}
		if p.Effects.Take {
			room, err := take(ctx, tx, row, p.To)
			if err != nil || !room {
				out.NoRoom = !room
				return err
			}
		}
		room, err := takeForAdvice(ctx, tx, facts.State.Beside, aimed)
		if err != nil || !room {
			out.NoRoom = !room
			return err
		}
		if err := s.write(ctx, tx, row, facts.State.Beside, aimed); err != nil {
			return err
		}
		out.Done = true
		_, out.Facts, err = s.readSnapshot(ctx, tx, selectSnapshot, p.Conversation)
		return err
	})
	if err != nil {
		return Projected{}, fmt.Errorf("project conversation: %w", err)
	}
	return out, nil
}

// checkStale compares what was decided on with what is there.
func checkStale(row snapshotRow, facts Snapshot, p Projection) Projected {
	out, e := Projected{Facts: facts}, p.Effects
	byTime := e.Closing && strings.HasPrefix(e.Reason, "timeout_") && !e.Quiet && row.State != string(conversation.WrapUp)
	switch {
	case row.Version != p.From:
		out.Stale = true
	case e.Gone && !(row.AwaySince.Valid && row.AwaySince.Time.Equal(p.To.Away)):
		out.Stale = true // the customer is back
	case (e.Closing && !e.Merge || e.Quiet) && row.InboundSeq > p.To.InboundSeq:
		out.Unseen = true
	case byTime && row.Activity.After(p.To.Activity), e.Quiet && row.AgentSeq > p.To.AgentSeq:
		out.Stale = true // somebody was active after all: the time-out is counted anew
	}
	return out
}

// take finds room for a conversation that was not offered before.
func take(ctx context.Context, tx *sqlx.Tx, row snapshotRow, to conversation.State) (bool, error) {
	return assigndb.TakeCapacity(ctx, tx, uuid.MustParse(to.Agent), row.Units, row.Profiles, false)
}

// A customer who has no answer waits since they wrote; $19 is false where the
// agent is only reminded.
const writeState = `
UPDATE conversation SET state = $2, version = version + 1, agent_id = $3,
  offer_id = CASE WHEN $9 THEN offer_id END, offer_agent_id = CASE WHEN $9 THEN offer_agent_id END,
  offer_expires_at = CASE WHEN $9 THEN offer_expires_at END, held_by = $4, held_units = $5,
  held_profiles = CASE WHEN $4::uuid IS NULL THEN '{}' WHEN held_by = $4 THEN held_profiles ELSE profile_ids END,
  declined_by_all_at = CASE WHEN $2 = 'open' AND state = 'open' THEN declined_by_all_at END,
  waiting_since = CASE WHEN $2 = 'open' THEN COALESCE(waiting_since, CASE WHEN $19 AND unanswered_since IS NOT NULL THEN (
    SELECT m.created_at FROM message m WHERE m.conversation_id = conversation.id AND m.direction = 'in' AND m.seq > conversation.last_agent_seq
    ORDER BY m.seq LIMIT 1) END, now()) END,
  declined_by = CASE WHEN $2 = 'open' AND state IN ('waiting', 'wrap-up') THEN '{}' -- a new question, asked anew
                     WHEN $6::uuid IS NULL THEN declined_by ELSE declined_by || $6::uuid END,
  declined_at = CASE WHEN $2 = 'open' AND state IN ('waiting', 'wrap-up') THEN '{}'
                     WHEN $6::uuid IS NULL THEN declined_at ELSE declined_at || now() END,
  reoffer_at = CASE WHEN $6::uuid IS NULL THEN reoffer_at ELSE now() + make_interval(secs =>
               (SELECT reoffer_after FROM workstream w WHERE w.id = workstream_id)) END,
  accepted_at = CASE WHEN $2 = 'active' THEN COALESCE(accepted_at, now()) ELSE accepted_at END,
  ended_at = $7, end_reason = NULLIF($20, ''), closed_at = CASE WHEN $2 = 'closed' THEN now() END,
  close_reason = CASE WHEN $2 = 'closed' THEN $8 END,
  last_activity_at = GREATEST(last_activity_at, $10), parked_at = $11, wake_at = CASE WHEN $2 = 'waiting' THEN $21::timestamptz END, capacity_freed = $12, window_told = $13, window_over = $14,
  rules_done = $15, rules_off = $16, said = $17, abandoned_by = CASE WHEN $2 = 'active' THEN abandoned_by END,
  heard_seq = GREATEST(heard_seq, $18), hold = CASE WHEN $2 = 'open' THEN hold END, held_until = CASE WHEN $2 = 'open' THEN held_until END
WHERE id = $1`

// reminds says that a change offers it to its agent again without the customer.
func reminds(event string) bool { return event == "followed_up" || event == "woke" }

func (s *Store) write(ctx context.Context, tx *sqlx.Tx, row snapshotRow, beside []conversation.Participant, p Projection) error {
	holder, units := uuid.NullUUID{}, 0
	if h := p.To.Holder(); h != "" && (row.Units > 0 || len(row.Profiles) > 0) {
		holder, units = outbox.NullUUID(uuid.MustParse(h)), row.Units
	}
	keep := p.To.Offer != nil && row.OfferID.Valid && p.To.Offer.ID == row.OfferID.UUID.String()
	agent := ParseNullUUID(p.To.Agent)
	done, err := json.Marshal(orEmpty(p.To.Done))
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	_, err = tx.ExecContext(ctx, writeState, p.Conversation, p.To.Phase, agent, holder, units, ParseNullUUID(p.Effects.Missed),
		pg.NullTime(p.To.EndedAt), p.Effects.Reason, keep, pg.NullTime(p.To.Activity), pg.NullTime(p.To.ParkedAt), p.To.Freed, pg.NullTime(p.To.WindowTold), pg.NullTime(p.To.WindowOver),
		string(done), pq.Array(pg.NotNil(p.To.Off)), pq.Array(pg.NotNil(p.To.Said)), p.To.InboundSeq, !reminds(p.Effects.Event), p.To.EndReason,
		pg.NullTime(p.To.WakeAt))
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := publishChange(ctx, tx, row, p, agent, keep); err != nil {
		return err
	}
	if err := auditCommand(ctx, tx, row, p); err != nil {
		return err
	}
	if err := writeParticipants(ctx, tx, row, beside, p); err != nil {
		return err
	}
	if p.Effects.Queue != "" {
		if err := moveToQueue(ctx, tx, p); err != nil {
			return err
		}
	}
	if p.Effects.Note != "" {
		if _, err := tx.ExecContext(ctx, passOn, p.Effects.Note, p.Conversation); err != nil {
			return fmt.Errorf("pass on with the transfer: %w", err)
		}
	}
	if err := writeSession(ctx, tx, p); err != nil {
		return err
	}
	if err := sendAutoFor(ctx, tx, row, p); err != nil {
		return err
	}
	if err := presenceAfter(ctx, tx, row, p); err != nil {
		return err
	}
	freed := row.HeldBy.Valid && row.HeldBy != holder
	if freed {
		if err := assigndb.FreeCapacity(ctx, tx, row.HeldBy.UUID, row.HeldUnits, row.HeldProfiles); err != nil {
			return err
		}
	}
	if err := s.route(ctx, tx, row, p); err != nil {
		return err
	}
	if freed {
		_, err = s.Assignment.OfferWaiting(ctx, tx, row.HeldBy.UUID)
	}
	return err
}

// auditCommand keeps what a supervisor did with somebody else's conversation.
func auditCommand(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection) error {
	if p.Effects.By == "" {
		return nil
	}
	action, changes := "force_close", map[string]any{"state": map[string]any{"from": row.State, "to": p.To.Phase}}
	if !p.Effects.Closing {
		action = "assign"
		changes["agent_id"] = map[string]any{"from": row.Agent, "to": ParseNullUUID(p.Effects.Hand)}
		changes["queue_id"] = map[string]any{"from": row.Queue, "to": row.Queue}
		if p.Effects.Queue != "" {
			changes["queue_id"] = map[string]any{"from": row.Queue, "to": p.Effects.Queue}
		}
	}
	return auditdb.WriteAudit(ctx, tx, auditdb.Actor{Agent: ParseNullUUID(p.Effects.By)}, action, auditdb.AuditConversation, p.Conversation.String(), changes)
}

// route offers it to whom it was handed, or looks for an agent, unless it is
// held: first the one who had it, then the best.
func (s *Store) route(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection) error {
	if p.Effects.Hand != "" {
		return s.handToTarget(ctx, tx, p)
	}
	if !p.Effects.Route {
		return nil
	}
	held, prefer, err := s.rerouteIfNeeded(ctx, tx, row, p)
	if err != nil || held {
		return err
	}
	if prefer.Valid {
		o, err := s.Assignment.AssignBack(ctx, tx, p.Conversation, prefer.UUID)
		if err != nil || o != nil {
			return err
		}
	}
	_, err = s.Assignment.AssignTo(ctx, tx, p.Conversation)
	return err
}

// sendAutoFor says what the transition says automatically.
func sendAutoFor(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection) error {
	passes := p.To.Passes(conversation.Sending{Automated: true}, time.Now())
	if p.Effects.Rule != "" {
		return sendOfRule(ctx, tx, p.Conversation, p.Effects.Rule, passes)
	}
	if p.Effects.Say == "" {
		return nil
	}
	return SendAuto(ctx, tx, AutoMessage{Conversation: p.Conversation, Trigger: p.Effects.Say, Agent: row.speaker(p), Refused: passes})
}

// speaker is the agent whom an automated message names: whom the change is
// about, who has the conversation, had it, or is offered it.
func (r snapshotRow) speaker(p Projection) uuid.NullUUID {
	if p.Effects.About != "" {
		return ParseNullUUID(p.Effects.About)
	}
	if p.To.Agent != "" {
		return ParseNullUUID(p.To.Agent)
	}
	if r.Agent.Valid {
		return r.Agent
	}
	return r.OfferAgent
}

// ParseNullUUID is null for the empty string.
func ParseNullUUID(id string) uuid.NullUUID {
	if id == "" {
		return uuid.NullUUID{}
	}
	return outbox.NullUUID(uuid.MustParse(id))
}

func orEmpty(m map[string]time.Time) map[string]time.Time {
	if m == nil {
		return map[string]time.Time{}
	}
	return m
}

func publishChange(ctx context.Context, tx *sqlx.Tx, row snapshotRow, p Projection, agent uuid.NullUUID, kept bool) error {
	if row.OfferID.Valid && p.Effects.Event != "accepted" && !kept {
		err := outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventOfferGone, Conversation: outbox.NullUUID(p.Conversation), Agent: row.OfferAgent, State: string(p.To.Phase), Version: p.From + 1,
			Data: map[string]any{"offer_id": row.OfferID.UUID, "agent_id": row.OfferAgent.UUID, "reason": p.Effects.Event}})
		if err != nil {
			return fmt.Errorf("tell of the offer: %w", err)
		}
	}
	if !agent.Valid {
		agent = row.Agent
	}
	data := map[string]any{"change": p.Effects.Event, "state": p.To.Phase, "version": p.From + 1}
	if p.Effects.Reason != "" {
		data["reason"] = p.Effects.Reason
	}
	if p.Effects.About != "" {
		data["about"] = p.Effects.About
	}
	if at := p.To.WindowClosesAt(); !at.IsZero() && strings.HasPrefix(p.Effects.Event, "window_") {
		data["closes_at"] = at
	}
	err := outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventConversation, Conversation: outbox.NullUUID(p.Conversation), Queue: row.Queue, Agent: agent, Data: data})
	if err != nil {
		return fmt.Errorf("tell of the change: %w", err)
	}
	return nil
}
