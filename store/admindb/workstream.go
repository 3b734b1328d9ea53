package admindb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/conversation"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
	"switchboard/store/webchatdb"
)

const workstreamColumns = `id, name, mode, capacity_units, allowed_presences, offer_timeout, reoffer_after, max_offers, style, open_timeout,
  active_timeout, waiting_timeout, wrap_up_timeout, wrap_up_blocks, wrap_up_block_for, follow_up_after, same_agent,
  same_agent_patience, release_on_disconnect, window_notice, send_timeout, customer_files, agent_files, max_file_bytes,
  blocked_files, missed_inactive, rejected_dnd, consult_anyone, queue_id, fallback_queue_id, away_timeout, reconnect_for, capacity_profile_id, consult_takes_capacity, disposition_required,
  archived_at IS NOT NULL AS archived, archived_at, created_at, updated_at`

const selectWorkstreams = `
SELECT ` + workstreamColumns + ` FROM workstream
WHERE ($4::boolean IS NULL OR (archived_at IS NOT NULL) = $4) AND (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Workstreams lists workstreams, the oldest first: those that are archived or those
// that are not, or all of them.
func (s *Store) Workstreams(ctx context.Context, archived sql.NullBool, p auditdb.Page) ([]configdb.Workstream, error) {
	list := []configdb.Workstream{}
	if err := s.SQL.SelectContext(ctx, &list, selectWorkstreams, p.After.At, p.After.ID, p.Limit, archived); err != nil {
		return nil, fmt.Errorf("list workstreams: %w", err)
	}
	return list, nil
}

const selectWorkstream = `SELECT ` + workstreamColumns + ` FROM workstream WHERE id = $1`

// WorkstreamByID returns a workstream or ErrNotFound.
func (s *Store) WorkstreamByID(ctx context.Context, id uuid.UUID) (configdb.Workstream, error) {
	var w configdb.Workstream
	if err := pg.GetOne(ctx, s.SQL, &w, selectWorkstream, id); err != nil {
		return configdb.Workstream{}, fmt.Errorf("read workstream: %w", err)
	}
	return w, nil
}

const insertWorkstream = `
INSERT INTO workstream (name, mode, capacity_units, allowed_presences, offer_timeout, reoffer_after, max_offers, style, open_timeout,
  active_timeout, waiting_timeout, wrap_up_timeout, wrap_up_blocks, wrap_up_block_for, follow_up_after, same_agent,
  same_agent_patience, release_on_disconnect, window_notice, send_timeout, customer_files, agent_files, max_file_bytes,
  blocked_files, missed_inactive, rejected_dnd, consult_anyone, queue_id, fallback_queue_id, away_timeout, reconnect_for, capacity_profile_id, consult_takes_capacity, disposition_required,
  archived_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
  CASE WHEN $35 THEN now() END)
RETURNING ` + workstreamColumns

// CreateWorkstream adds a workstream. A name that is taken is a *Conflict, a
// queue that does not exist an *Invalid.
func (s *Store) CreateWorkstream(ctx context.Context, by auditdb.Actor, w configdb.Workstream) (configdb.Workstream, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &w, insertWorkstream, w.Values()...); err != nil {
			return workstreamConstraint(err)
		}
		if err := refuseArchivedQueues(ctx, tx, configdb.Workstream{}, w); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditWorkstream, w.ID.String(), nil, w, nil)
	})
	if err != nil {
		return configdb.Workstream{}, fmt.Errorf("create workstream: %w", err)
	}
	return w, nil
}

func workstreamConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "workstream_name_key":
		return &pg.Conflict{Reason: "Another workstream has this name, maybe an archived one."}
	case name == "workstream_queue_id_fkey":
		return &pg.Invalid{Field: "queue_id", Reason: "is no queue"}
	case name == "workstream_fallback_queue_id_fkey":
		return &pg.Invalid{Field: "fallback_queue_id", Reason: "is no queue"}
	case name == "workstream_capacity_profile_id_fkey":
		return &pg.Invalid{Field: "capacity_profile_id", Reason: "is no capacity profile"}
	case code == "23503":
		return &pg.Conflict{Reason: "An account, an address or a conversation still uses this workstream. One that was used can be archived."}
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
  queue_id = $28, fallback_queue_id = $29, away_timeout = $30, reconnect_for = $31, capacity_profile_id = $32, consult_takes_capacity = $33,
  disposition_required = $34, archived_at = CASE WHEN $35 THEN COALESCE(archived_at, now()) END, updated_at = now()
WHERE id = $36 RETURNING ` + workstreamColumns

// ChangeWorkstream lets change edit a locked workstream and writes what it left.
// An error of change is returned and nothing is written.
func (s *Store) ChangeWorkstream(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*configdb.Workstream) error) (configdb.Workstream, error) {
	return s.changeWorkstream(ctx, by, id, lockWorkstream, change)
}

func (s *Store) changeWorkstream(ctx context.Context, by auditdb.Actor, id uuid.UUID, lock string,
	change func(*configdb.Workstream) error) (after configdb.Workstream, err error) {
	err = s.BellTx(ctx, func(tx *sqlx.Tx) error {
		var before configdb.Workstream
		if err := pg.GetOne(ctx, tx, &before, lock, id); err != nil {
			return err
		}
		w := before
		if err := change(&w); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateWorkstream, append(w.Values(), id)...); err != nil {
			return workstreamConstraint(err)
		}
		if err := checkChangedWorkstream(ctx, tx, before, after); err != nil {
			return err
		}
		if !conversationdb.SamePolicy(before, after) {
			if err := conversationdb.Reread(ctx, tx, conversationdb.RereadWorkstream, id); err != nil {
				return err
			}
		}
		return auditdb.AuditDiff(ctx, tx, by, archiving(before.Archived, after.Archived), auditdb.AuditWorkstream, id.String(), before, after, nil)
	})
	if err != nil {
		return configdb.Workstream{}, fmt.Errorf("change workstream: %w", err)
	}
	return after, nil
}

// checkChangedWorkstream refuses what does not fit what leads to a workstream, or
// where it leads.
func checkChangedWorkstream(ctx context.Context, tx *sqlx.Tx, before, after configdb.Workstream) error {
	if err := webchatdb.RefuseThreads(ctx, tx, webchatdb.OpenThreadsOf, after.ID, "style"); err != nil {
		return err
	}
	if before.Style != after.Style {
		if err := refuseStyle(ctx, tx, after); err != nil {
			return err
		}
	}
	if after.Archived && !before.Archived {
		return unlessWorkstreamUsed(ctx, tx, after.ID)
	}
	return refuseArchivedQueues(ctx, tx, before, after)
}

func refuseStyle(ctx context.Context, tx *sqlx.Tx, w configdb.Workstream) error {
	switch conversation.Style(w.Style) {
	case conversation.Live:
		return configdb.RefuseMessengers(ctx, tx, w.ID)
	case conversation.Messaging:
		return configdb.RefuseWidgets(ctx, tx, w.ID)
	case conversation.Persistent:
	}
	return nil
}

const deleteWorkstream = `DELETE FROM workstream WHERE id = $1`

// DeleteWorkstream removes a workstream that nothing refers to; otherwise it
// fails with a *Conflict.
func (s *Store) DeleteWorkstream(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before configdb.Workstream
		if err := pg.GetOne(ctx, tx, &before, lockWorkstream, id); err != nil {
			return err
		}
		if err := configdb.UnlessInBuckets(ctx, tx, "workstream", configdb.WorkstreamInBuckets, id.String()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteWorkstream, id); err != nil {
			return workstreamConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditWorkstream, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete workstream: %w", err)
	}
	return nil
}
