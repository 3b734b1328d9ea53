package configdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/pg"
)

// Kinds of what leads to a queue or a workstream.
const (
	UsedByWorkstream = "workstream"
	UsedByRules      = "routing_rules" // of the workstream that is named
	UsedByOverflow   = "overflow"      // of the queue that is named
	UsedByAccount    = "account"
	UsedByAddress    = "address"
	UsedByWidget     = "widget"
)

// A Use is something that sends conversations to a queue or a workstream. It has to
// lead elsewhere before that can be archived.
type Use struct {
	Kind string    `db:"kind" json:"kind"`
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// Uses is what leads to a queue or a workstream, and how many conversations it has
// that are not closed: Waiting for an agent, and Assigned to one.
type Uses struct {
	By       []Use `json:"used_by"`
	Waiting  int   `json:"waiting"`
	Assigned int   `json:"assigned"`
}

const (
	selectQueueUses = `
SELECT '` + UsedByWorkstream + `' AS kind, w.id, w.name FROM workstream w WHERE w.queue_id = $1 AND w.archived_at IS NULL
UNION SELECT '` + UsedByWorkstream + `', w.id, w.name FROM workstream w WHERE w.fallback_queue_id = $1 AND w.archived_at IS NULL
UNION SELECT '` + UsedByOverflow + `', q.id, q.name FROM queue_overflow o JOIN queue q ON q.id = o.queue_id
WHERE o.target_id = $1 AND q.archived_at IS NULL
ORDER BY kind DESC, name`
	selectRulesInUse = `
SELECT w.id, w.name, r.rules FROM routing_rules r JOIN workstream w ON w.id = r.workstream_id WHERE w.archived_at IS NULL ORDER BY w.name`
	selectWorkstreamUses = `
SELECT '` + UsedByAccount + `' AS kind, a.id, a.name FROM account a
WHERE a.workstream_id = $1 AND a.deleted_at IS NULL AND a.provider NOT IN ('` + ProviderWebchat + `', '` + ChannelWorkItem + `')
UNION SELECT '` + UsedByAddress + `', d.id, COALESCE(NULLIF(d.name, ''), NULLIF(d.address, ''), a.name)
FROM address d JOIN account a ON a.id = d.account_id
WHERE d.workstream_id = $1 AND a.deleted_at IS NULL AND a.provider NOT IN ('` + ProviderWebchat + `', '` + ChannelWorkItem + `')
UNION SELECT '` + UsedByWidget + `', x.id, x.name FROM widget x JOIN address d ON d.id = x.address_id
WHERE d.workstream_id = $1 AND x.deleted_at IS NULL
ORDER BY kind, name`
	CountOfQueue = `
SELECT (SELECT count(*) FROM conversation WHERE queue_id = $1 AND state = 'open'),
       (SELECT count(*) FROM conversation WHERE queue_id = $1 AND state NOT IN ('open', 'closed'))`
	CountOfWorkstream = `
SELECT count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state <> 'open')
FROM conversation WHERE workstream_id = $1 AND state <> 'closed'`
)

// QueueUses is what leads to a queue.
func QueueUses(ctx context.Context, q sqlx.QueryerContext, id uuid.UUID) ([]Use, error) {
	list := []Use{}
	if err := sqlx.SelectContext(ctx, q, &list, selectQueueUses, id); err != nil {
		return nil, fmt.Errorf("read uses of queue: %w", err)
	}
	var rows []struct {
		ID    uuid.UUID       `db:"id"`
		Name  string          `db:"name"`
		Rules json.RawMessage `db:"rules"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, selectRulesInUse); err != nil {
		return nil, fmt.Errorf("read routing rules: %w", err)
	}
	for _, r := range rows {
		var m routing.Model
		if err := json.Unmarshal(r.Rules, &m); err != nil {
			return nil, fmt.Errorf("read routing rules: %w", err)
		}
		if slices.Contains(m.Queues(), id.String()) {
			list = append(list, Use{Kind: UsedByRules, ID: r.ID, Name: r.Name})
		}
	}
	return list, nil
}

// WorkstreamUses is what leads to a workstream.
func WorkstreamUses(ctx context.Context, q sqlx.QueryerContext, id uuid.UUID) ([]Use, error) {
	list := []Use{}
	if err := sqlx.SelectContext(ctx, q, &list, selectWorkstreamUses, id); err != nil {
		return nil, fmt.Errorf("read uses of workstream: %w", err)
	}
	return list, nil
}

var useSentences = map[string]string{
	UsedByWorkstream: "the workstream %q",
	UsedByRules:      "the routing rules of the workstream %q",
	UsedByOverflow:   "the overflow of the queue %q",
	UsedByAccount:    "the channel %q",
	UsedByAddress:    "the address %q",
	UsedByWidget:     "the chat widget %q",
}

// UnlessUsed is a *Conflict that names what still leads to a queue or a workstream.
func UnlessUsed(by []Use, what string) error {
	if len(by) == 0 {
		return nil
	}
	const most = 5
	var named []string
	for _, u := range by[:min(len(by), most)] {
		named = append(named, fmt.Sprintf(useSentences[u.Kind], u.Name))
	}
	if more := len(by) - len(named); more > 0 {
		named = append(named, fmt.Sprintf("%d more", more))
	}
	return &pg.Conflict{Reason: fmt.Sprintf("It is still used by %s. Choose another %s there first.", strings.Join(named, ", "), what)}
}
