package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Workstream says how conversations of some addresses are handled. Durations are
// whole seconds; 0 is never where the schema allows it.
type Workstream struct {
	ID               uuid.UUID      `db:"id" json:"id"`
	Name             string         `db:"name" json:"name"`
	Mode             string         `db:"mode" json:"mode"` // push: offered by the system; pick: taken by agents
	CapacityUnits    int            `db:"capacity_units" json:"capacity_units"`
	AllowedPresences pq.StringArray `db:"allowed_presences" json:"allowed_presences"`
	OfferTimeout     int            `db:"offer_timeout" json:"offer_timeout"`
	ReofferAfter     int            `db:"reoffer_after" json:"reoffer_after"`
	MaxOffers        int            `db:"max_offers" json:"max_offers"`
	Style            string         `db:"style" json:"style"` // messaging, persistent, live
	OpenTimeout      *int           `db:"open_timeout" json:"open_timeout"`
	ActiveTimeout    *int           `db:"active_timeout" json:"active_timeout"`
	WaitingTimeout   *int           `db:"waiting_timeout" json:"waiting_timeout"`
	WrapUpTimeout    *int           `db:"wrap_up_timeout" json:"wrap_up_timeout"`
	WrapUpBlocks     bool           `db:"wrap_up_blocks" json:"wrap_up_blocks"`
	WrapUpBlockFor   int            `db:"wrap_up_block_for" json:"wrap_up_block_for"`
	FollowUpAfter    int            `db:"follow_up_after" json:"follow_up_after"`
	SameAgent        bool           `db:"same_agent" json:"same_agent"`
	SamePatience     int            `db:"same_agent_patience" json:"same_agent_patience"`
	ReleaseGone      *bool          `db:"release_on_disconnect" json:"release_on_disconnect"`
	WindowNotice     int            `db:"window_notice" json:"window_notice"`
	SendTimeout      int            `db:"send_timeout" json:"send_timeout"`
	CustomerFiles    bool           `db:"customer_files" json:"customer_files"`
	AgentFiles       bool           `db:"agent_files" json:"agent_files"`
	MaxFileBytes     *int64         `db:"max_file_bytes" json:"max_file_bytes"`
	BlockedFiles     pq.StringArray `db:"blocked_files" json:"blocked_files"`
	AwayTimeout      *int           `db:"away_timeout" json:"away_timeout"`   // of customers of live chats
	ReconnectFor     int            `db:"reconnect_for" json:"reconnect_for"` // and how long they are waited for
	MissedInactive   bool           `db:"missed_inactive" json:"missed_inactive"`
	RejectedDND      bool           `db:"rejected_dnd" json:"rejected_dnd"`
	ConsultAnyone    bool           `db:"consult_anyone" json:"consult_anyone"`                 // any agent and queue; false: only the conversation's own queue
	ConsultCapacity  bool           `db:"consult_takes_capacity" json:"consult_takes_capacity"` // of who advises
	CapacityProfile  uuid.NullUUID  `db:"capacity_profile_id" json:"capacity_profile_id"`       // its conversations take it; null: none
	Queue            uuid.UUID      `db:"queue_id" json:"queue_id"`
	FallbackQueue    uuid.UUID      `db:"fallback_queue_id" json:"fallback_queue_id"`
	CreatedAt        time.Time      `db:"created_at" json:"created_at"`
	UpdatedAt        time.Time      `db:"updated_at" json:"updated_at"`
}

const workstreamColumns = `id, name, mode, capacity_units, allowed_presences, offer_timeout, reoffer_after, max_offers, style, open_timeout,
  active_timeout, waiting_timeout, wrap_up_timeout, wrap_up_blocks, wrap_up_block_for, follow_up_after, same_agent,
  same_agent_patience, release_on_disconnect, window_notice, send_timeout, customer_files, agent_files, max_file_bytes,
  blocked_files, missed_inactive, rejected_dnd, consult_anyone, queue_id, fallback_queue_id, away_timeout, reconnect_for, capacity_profile_id, consult_takes_capacity, created_at, updated_at`

const selectWorkstreams = `
SELECT ` + workstreamColumns + ` FROM workstream WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Workstreams lists workstreams, the oldest first.
func (s *Store) Workstreams(ctx context.Context, p Page) ([]Workstream, error) {
	list := []Workstream{}
	if err := s.db.SelectContext(ctx, &list, selectWorkstreams, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list workstreams: %w", err)
	}
	return list, nil
}

const selectWorkstream = `SELECT ` + workstreamColumns + ` FROM workstream WHERE id = $1`

// WorkstreamByID returns a workstream or ErrNotFound.
func (s *Store) WorkstreamByID(ctx context.Context, id uuid.UUID) (Workstream, error) {
	var w Workstream
	if err := get(ctx, s.db, &w, selectWorkstream, id); err != nil {
		return Workstream{}, fmt.Errorf("read workstream: %w", err)
	}
	return w, nil
}

const insertWorkstream = `
INSERT INTO workstream (name, mode, capacity_units, allowed_presences, offer_timeout, reoffer_after, max_offers, style, open_timeout,
  active_timeout, waiting_timeout, wrap_up_timeout, wrap_up_blocks, wrap_up_block_for, follow_up_after, same_agent,
  same_agent_patience, release_on_disconnect, window_notice, send_timeout, customer_files, agent_files, max_file_bytes,
  blocked_files, missed_inactive, rejected_dnd, consult_anyone, queue_id, fallback_queue_id, away_timeout, reconnect_for, capacity_profile_id, consult_takes_capacity)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)
RETURNING ` + workstreamColumns

// CreateWorkstream adds a workstream. A name that is taken is a *Conflict, a
// queue that does not exist an *Invalid.
func (s *Store) CreateWorkstream(ctx context.Context, by Actor, w Workstream) (Workstream, error) {
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := get(ctx, tx, &w, insertWorkstream, w.values()...); err != nil {
			return workstreamConstraint(err)
		}
		return auditDiff(ctx, tx, by, "create", AuditWorkstream, w.ID.String(), nil, w, nil)
	})
	if err != nil {
		return Workstream{}, fmt.Errorf("create workstream: %w", err)
	}
	return w, nil
}

func (w Workstream) values() []any {
	return []any{w.Name, w.Mode, w.CapacityUnits, w.AllowedPresences, w.OfferTimeout, w.ReofferAfter, w.MaxOffers, w.Style,
		w.OpenTimeout, w.ActiveTimeout, w.WaitingTimeout, w.WrapUpTimeout, w.WrapUpBlocks, w.WrapUpBlockFor, w.FollowUpAfter,
		w.SameAgent, w.SamePatience, w.ReleaseGone, w.WindowNotice, w.SendTimeout, w.CustomerFiles, w.AgentFiles, w.MaxFileBytes,
		w.BlockedFiles, w.MissedInactive, w.RejectedDND, w.ConsultAnyone, w.Queue, w.FallbackQueue,
		w.AwayTimeout, w.ReconnectFor, w.CapacityProfile, w.ConsultCapacity}
}

func workstreamConstraint(err error) error {
	switch name, code := constraint(err); {
	case name == "workstream_name_key":
		return &Conflict{Reason: "Another workstream has this name."}
	case name == "workstream_queue_id_fkey":
		return &Invalid{Field: "queue_id", Reason: "is no queue"}
	case name == "workstream_fallback_queue_id_fkey":
		return &Invalid{Field: "fallback_queue_id", Reason: "is no queue"}
	case name == "workstream_capacity_profile_id_fkey":
		return &Invalid{Field: "capacity_profile_id", Reason: "is no capacity profile"}
	case code == "23503":
		return &Conflict{Reason: "An account, an address or a conversation still uses this workstream."}
	}
	return err
}

const lockWorkstream = selectWorkstream + ` FOR NO KEY UPDATE`

const updateWorkstream = `
UPDATE workstream SET name = $1, mode = $2, capacity_units = $3, allowed_presences = $4, offer_timeout = $5, reoffer_after = $6,
  max_offers = $7, style = $8, open_timeout = $9, active_timeout = $10, waiting_timeout = $11, wrap_up_timeout = $12,
  wrap_up_blocks = $13, wrap_up_block_for = $14, follow_up_after = $15, same_agent = $16, same_agent_patience = $17,
  release_on_disconnect = $18, window_notice = $19, send_timeout = $20, customer_files = $21, agent_files = $22,
  max_file_bytes = $23, blocked_files = $24, missed_inactive = $25, rejected_dnd = $26, consult_anyone = $27,
  queue_id = $28, fallback_queue_id = $29, away_timeout = $30, reconnect_for = $31, capacity_profile_id = $32, consult_takes_capacity = $33, updated_at = now()
WHERE id = $34 RETURNING ` + workstreamColumns

// ChangeWorkstream lets change edit a locked workstream and writes what it left.
// An error of change is returned and nothing is written.
func (s *Store) ChangeWorkstream(ctx context.Context, by Actor, id uuid.UUID, change func(*Workstream) error) (Workstream, error) {
	var after Workstream
	err := s.txAnnounced(ctx, func(tx *sqlx.Tx) error {
		var before Workstream
		if err := get(ctx, tx, &before, lockWorkstream, id); err != nil {
			return err
		}
		w := before
		if err := change(&w); err != nil {
			return err
		}
		if err := get(ctx, tx, &after, updateWorkstream, append(w.values(), id)...); err != nil {
			return workstreamConstraint(err)
		}
		if err := refuseThreads(ctx, tx, openThreadsOf, id, "style"); err != nil {
			return err
		}
		if !samePolicy(before, after) {
			if err := reread(ctx, tx, rereadWorkstream, id); err != nil {
				return err
			}
		}
		return auditDiff(ctx, tx, by, "update", AuditWorkstream, id.String(), before, after, nil)
	})
	if err != nil {
		return Workstream{}, fmt.Errorf("change workstream: %w", err)
	}
	return after, nil
}

const deleteWorkstream = `DELETE FROM workstream WHERE id = $1`

// DeleteWorkstream removes a workstream that nothing refers to; otherwise it
// fails with a *Conflict.
func (s *Store) DeleteWorkstream(ctx context.Context, by Actor, id uuid.UUID) error {
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var before Workstream
		if err := get(ctx, tx, &before, lockWorkstream, id); err != nil {
			return err
		}
		if err := unlessInBuckets(ctx, tx, "workstream", workstreamInBuckets, id.String()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteWorkstream, id); err != nil {
			return workstreamConstraint(err)
		}
		return auditDiff(ctx, tx, by, "delete", AuditWorkstream, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete workstream: %w", err)
	}
	return nil
}
