package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/conversation"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// PendingBell is a conversation's bell as it stands: what its workflow should know.
// Rings counts what was announced so far; answering takes back only those.
type PendingBell struct {
	Conversation uuid.UUID
	Bell         contract.Bell
	Rings        int64
	Provider     string
	Channel      string
	State        string
	Account      uuid.UUID
	Workstream   uuid.UUID
	Late         time.Duration // since it was due when it was claimed
}

const claimBells = `
UPDATE bell SET leased_until = now() + $2::interval
WHERE conversation_id IN (
  SELECT conversation_id FROM bell WHERE due_at <= now() AND (leased_until IS NULL OR leased_until < now())
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING conversation_id, rings, extract(epoch FROM now() - due_at) AS late`

// ClaimBells takes up to limit bells that are due and leases them, so that at
// most one ring per conversation is in flight. The facts are read after the
// claim, never before: they are at least as new as the rings that are claimed.
func (s *Store) ClaimBells(ctx context.Context, limit int, lease time.Duration) ([]PendingBell, error) {
	var claimed []struct {
		ID    uuid.UUID `db:"conversation_id"`
		Rings int64     `db:"rings"`
		Late  float64   `db:"late"`
	}
	if err := s.SQL.SelectContext(ctx, &claimed, claimBells, limit, lease.String()); err != nil {
		return nil, fmt.Errorf("claim bells: %w", err)
	}
	if len(claimed) == 0 {
		return nil, nil
	}
	ids, at := make([]string, len(claimed)), make(map[uuid.UUID]int, len(claimed))
	for i, c := range claimed {
		ids[i], at[c.ID] = c.ID.String(), i
	}
	rungs, err := ReadBells(ctx, s.SQL, ids)
	if err != nil {
		return nil, fmt.Errorf("read bells: %w", err)
	}
	for i := range rungs {
		c := claimed[at[rungs[i].Conversation]]
		rungs[i].Rings, rungs[i].Late = c.Rings, time.Duration(c.Late*float64(time.Second))
	}
	return rungs, nil
}

const selectBells = `
SELECT c.id, c.state, c.channel, a.provider, c.account_id, c.workstream_id, c.version, c.inbound_seq, c.last_inbound_at,
       c.offer_id, c.offer_agent_id, c.offer_expires_at, COALESCE(c.hold, '') AS hold, c.held_until, c.abandoned_by, c.presence_no, c.away_since, c.merging,
       COALESCE(b.rings, 0) AS rings, COALESCE(b.reread, false) AS reread,
       COALESCE((SELECT max(m.seq) FROM message m WHERE m.conversation_id = c.id AND m.status IN ('queued', 'sending')), 0) AS outbound_seq,
       EXISTS (SELECT FROM attachment f WHERE f.conversation_id = c.id AND f.state = 'pending') AS media
FROM conversation c JOIN account a ON a.id = c.account_id LEFT JOIN bell b ON b.conversation_id = c.id
WHERE c.id = ANY($1::uuid[])`

// ReadBells reads bells with what their workflows must know.
func ReadBells(ctx context.Context, q sqlx.QueryerContext, ids []string) ([]PendingBell, error) {
	var rows []struct {
		ID           uuid.UUID     `db:"id"`
		State        string        `db:"state"`
		Channel      string        `db:"channel"`
		Provider     string        `db:"provider"`
		Account      uuid.UUID     `db:"account_id"`
		Workstream   uuid.UUID     `db:"workstream_id"`
		Version      int64         `db:"version"`
		InboundSeq   int64         `db:"inbound_seq"`
		InboundAt    sql.NullTime  `db:"last_inbound_at"`
		OfferID      uuid.NullUUID `db:"offer_id"`
		OfferAgent   uuid.NullUUID `db:"offer_agent_id"`
		OfferExpires sql.NullTime  `db:"offer_expires_at"`
		Hold         string        `db:"hold"`
		HeldUntil    sql.NullTime  `db:"held_until"`
		Abandoned    uuid.NullUUID `db:"abandoned_by"`
		Presence     int64         `db:"presence_no"`
		AwaySince    sql.NullTime  `db:"away_since"`
		Merging      bool          `db:"merging"`
		Rings        int64         `db:"rings"`
		Reread       bool          `db:"reread"`
		OutboundSeq  int64         `db:"outbound_seq"`
		Media        bool          `db:"media"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, selectBells, pq.Array(ids)); err != nil {
		return nil, err
	}
	out := make([]PendingBell, len(rows))
	for i, r := range rows {
		phase := r.State
		if phase == string(conversation.Open) {
			phase = ""
		}
		out[i] = PendingBell{Conversation: r.ID, Rings: r.Rings, Provider: r.Provider, Channel: r.Channel, State: r.State,
			Account: r.Account, Workstream: r.Workstream,
			Bell: contract.Bell{InboundSeq: r.InboundSeq, InboundAt: r.InboundAt.Time, OutboundSeq: r.OutboundSeq, Media: r.Media,
				Version: r.Version, Phase: phase, OfferID: r.OfferID.UUID, OfferAgent: r.OfferAgent.UUID, OfferUntil: r.OfferExpires.Time,
				Hold: r.Hold, HeldUntil: r.HeldUntil.Time, Abandoned: r.Abandoned.UUID, Presence: r.Presence, Away: r.AwaySince.Time, Merging: r.Merging, Check: r.Reread}}
	}
	return out, nil
}

// ReadBell returns one conversation's bell without claiming it, for a command
// that carries it to the workflow.
func (s *Store) ReadBell(ctx context.Context, conversation uuid.UUID) (PendingBell, error) {
	rungs, err := ReadBells(ctx, s.SQL, []string{conversation.String()})
	if err != nil {
		return PendingBell{}, fmt.Errorf("read bell: %w", err)
	}
	if len(rungs) == 0 {
		return PendingBell{}, pg.ErrNotFound
	}
	return rungs[0], nil
}

// A bell that was rung again meanwhile stays, free to be claimed at once. Rows
// that somebody is ringing are passed over here and answered one by one, so that
// no answer ever waits for one row while it holds another.
//
// What decides is the count that the lock returned: the statement's snapshot may
// be older, and a bell judged by it would stay leased until the lease runs out.
const ackBells = `
WITH answered AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS t(id, rings)),
locked AS (
  SELECT b.conversation_id, b.rings <= a.rings AS heard FROM bell b JOIN answered a ON a.id = b.conversation_id FOR UPDATE OF b SKIP LOCKED
), gone AS (
  DELETE FROM bell b USING locked l WHERE b.conversation_id = l.conversation_id AND l.heard
), kept AS (
  UPDATE bell b SET leased_until = NULL FROM locked l WHERE b.conversation_id = l.conversation_id AND NOT l.heard
)
SELECT conversation_id FROM locked`

const ackBell = `
WITH locked AS (
  SELECT conversation_id, rings <= $2 AS heard FROM bell WHERE conversation_id = $1 FOR UPDATE
), gone AS (
  DELETE FROM bell b USING locked l WHERE b.conversation_id = l.conversation_id AND l.heard
)
UPDATE bell b SET leased_until = NULL FROM locked l WHERE b.conversation_id = l.conversation_id AND NOT l.heard`

// AckBells takes back bells that their workflows have heard.
func (s *Store) AckBells(ctx context.Context, rungs []PendingBell) error {
	ids, rings := make([]string, len(rungs)), make([]int64, len(rungs))
	for i, r := range rungs {
		ids[i], rings[i] = r.Conversation.String(), r.Rings
	}
	var answered []uuid.UUID
	if err := s.SQL.SelectContext(ctx, &answered, ackBells, pq.Array(ids), pq.Array(rings)); err != nil {
		return fmt.Errorf("answer bells: %w", err)
	}
	for _, r := range rungs {
		if slices.Contains(answered, r.Conversation) {
			continue
		}
		if err := s.AckBell(ctx, r.Conversation, r.Rings); err != nil {
			return err
		}
	}
	return nil
}

// AckBell takes back one conversation's bell up to rings, because a command
// carried it. A ring in flight at the same time does no harm.
func (s *Store) AckBell(ctx context.Context, conversation uuid.UUID, rings int64) error {
	if rings == 0 {
		return nil
	}
	if _, err := s.SQL.ExecContext(ctx, ackBell, conversation, rings); err != nil {
		return fmt.Errorf("answer bell: %w", err)
	}
	return nil
}

const releaseBells = `
UPDATE bell SET leased_until = NULL, due_at = now() + $2::interval WHERE conversation_id = $1`

// ReleaseBells gives up leases after a ring that did not get through; the bells
// are due again after the pause.
func (s *Store) ReleaseBells(ctx context.Context, rungs []PendingBell, pause time.Duration) error {
	for _, r := range rungs {
		_, err := s.SQL.ExecContext(ctx, releaseBells, r.Conversation, pause.String())
		if err != nil {
			return fmt.Errorf("release bells: %w", err)
		}
	}
	return nil
}

const ringBell = `
INSERT INTO bell (conversation_id, due_at) VALUES ($1, now() + $2::interval)
ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)`

// Ring announces a change of a conversation to its workflow, after the pause at
// the latest.
func Ring(ctx context.Context, tx sqlx.ExecerContext, conversation uuid.UUID, pause time.Duration) error {
	_, err := tx.ExecContext(ctx, ringBell, conversation, pause.String())
	return err
}

const countBells = `SELECT count(*) FROM bell`

// CountBells counts conversations whose workflows have not heard the latest.
func (s *Store) CountBells(ctx context.Context) (int, error) {
	var n int
	err := s.SQL.GetContext(ctx, &n, countBells)
	return n, err
}
