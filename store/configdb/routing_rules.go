package configdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/pg"
)

// RoutingRules is how a workstream routes. Queues are named by their ids.
type RoutingRules struct {
	Workstream uuid.UUID     `json:"workstream_id"`
	Version    int           `json:"version"` // 0: there are none yet
	Rules      routing.Model `json:"rules"`
	UpdatedAt  *time.Time    `json:"updated_at"`
	UpdatedBy  uuid.NullUUID `json:"updated_by"`
}

const selectRouting = `
SELECT w.id, COALESCE(r.version, 0) AS version, COALESCE(r.rules, '{}') AS rules, r.updated_at, r.updated_by
FROM workstream w LEFT JOIN routing_rules r ON r.workstream_id = w.id WHERE w.id = $1`

const lockRouting = `SELECT id FROM workstream WHERE id = $1 FOR NO KEY UPDATE`

// ReadLocked locks a workstream, which keeps its rules and the variables they
// use in step, and reads the rules. In two statements: one that had to wait for
// the lock would show what there was before it waited.
func ReadLocked(ctx context.Context, tx *sqlx.Tx, workstream uuid.UUID) (RoutingRules, error) {
	var id uuid.UUID
	if err := pg.GetOne(ctx, tx, &id, lockRouting, workstream); err != nil {
		return RoutingRules{}, fmt.Errorf("lock workstream: %w", err)
	}
	return ReadRouting(ctx, tx, workstream)
}

// ReadRouting reads a workstream's routing rules and their version.
func ReadRouting(ctx context.Context, q sqlx.QueryerContext, workstream uuid.UUID) (RoutingRules, error) {
	var row struct {
		ID        uuid.UUID       `db:"id"`
		Version   int             `db:"version"`
		Rules     json.RawMessage `db:"rules"`
		UpdatedAt *time.Time      `db:"updated_at"`
		UpdatedBy uuid.NullUUID   `db:"updated_by"`
	}
	if err := pg.GetOne(ctx, q, &row, selectRouting, workstream); err != nil {
		return RoutingRules{}, fmt.Errorf("read routing rules: %w", err)
	}
	r := RoutingRules{Workstream: row.ID, Version: row.Version, UpdatedAt: row.UpdatedAt, UpdatedBy: row.UpdatedBy}
	if err := json.Unmarshal(row.Rules, &r.Rules); err != nil {
		return RoutingRules{}, fmt.Errorf("read routing rules: %w", err)
	}
	r.Rules = r.Rules.Normal()
	return r, nil
}
