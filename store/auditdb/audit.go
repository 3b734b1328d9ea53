package auditdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Actor is who makes an administrative change: an agent who signed in, or a token.
type Actor struct{ Agent, Token uuid.NullUUID }

// Cursor is a place in a list that is ordered by a time and an id. The zero
// Cursor is before the first row.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}

// Page asks for up to Limit rows after a place.
type Page struct {
	After Cursor
	Limit int
}

// AuditEntry is one administrative change. Changes maps a field to what it was
// ("from") and became ("to"), or to {"changed": true} where the value is secret.
type AuditEntry struct {
	ID         int64           `db:"id" json:"id"`
	At         time.Time       `db:"at" json:"at"`
	Agent      uuid.NullUUID   `db:"agent_id" json:"agent_id"`
	AgentName  string          `db:"agent_name" json:"agent_name"`
	Token      uuid.NullUUID   `db:"token_id" json:"token_id"`
	TokenName  string          `db:"token_name" json:"token_name"`
	Action     string          `db:"action" json:"action"`
	ObjectType string          `db:"object_type" json:"object_type"`
	ObjectID   string          `db:"object_id" json:"object_id"`
	Changes    json.RawMessage `db:"changes" json:"changes"`
}

// AuditFilter narrows the audit log; an empty field is no restriction. Before is
// the id of the last entry that was read, 0 from the newest.
type AuditFilter struct {
	ObjectType, ObjectID, Action string
	Agent, Token                 uuid.NullUUID
	From, Until                  *time.Time // From is included
	Before                       int64
	Limit                        int
}

// Objects that the audit log names.
const (
	AuditAccount       = "account"
	AuditAddress       = "address"
	AuditAgent         = "agent"
	AuditLog           = "audit"
	AuditAutomated     = "automated_message"
	AuditCapacity      = "capacity_profile"
	AuditCampaign      = "campaign"
	AuditConfiguration = "configuration"
	AuditConsent       = "consent"
	AuditContact       = "contact"
	AuditDisposition   = "disposition"
	AuditHours         = "operating_hours"
	AuditIdentity      = "identity_provider"
	AuditInvitation    = "invitation"
	AuditNote          = "note"
	AuditOutbound      = "outbound"
	AuditPassword      = "password"
	AuditPresence      = "presence"
	AuditQueue         = "queue"
	AuditQuickReply    = "quick_reply"
	AuditRole          = "role"
	AuditRouting       = "routing_rules"
	AuditSecondFactor  = "second_factor"
	AuditSession       = "session"
	AuditSignIn        = "sign_in"
	AuditSkill         = "skill"
	AuditConversation  = "conversation"
	AuditTag           = "tag"
	AuditTemplate      = "template"
	AuditTimeoutRule   = "timeout_rule"
	AuditToken         = "token"
	AuditVariable      = "context_variable"
	AuditWebhook       = "webhook"
	AuditWidget        = "widget"
	AuditWorkstream    = "workstream"
)

const selectAudit = `
SELECT u.id, u.at, u.agent_id, COALESCE(a.name, '') AS agent_name, u.token_id, COALESCE(t.name, '') AS token_name,
       u.action, u.object_type, u.object_id, u.changes
FROM audit u LEFT JOIN agent a ON a.id = u.agent_id LEFT JOIN api_token t ON t.id = u.token_id
WHERE ($1 = '' OR u.object_type = $1) AND ($2 = '' OR u.object_id = $2) AND ($3 = 0 OR u.id < $3)
  AND ($5 = '' OR u.action = $5) AND ($6::uuid IS NULL OR u.agent_id = $6) AND ($7::uuid IS NULL OR u.token_id = $7)
  AND ($8::timestamptz IS NULL OR u.at >= $8) AND ($9::timestamptz IS NULL OR u.at < $9)
ORDER BY u.id DESC LIMIT $4`

// Audit returns administrative changes, the newest first.
func (s *Store) Audit(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	entries := []AuditEntry{}
	if err := s.SQL.SelectContext(ctx, &entries, selectAudit, f.ObjectType, f.ObjectID, f.Before, f.Limit, f.Action, f.Agent, f.Token, f.From, f.Until); err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return entries, nil
}

const insertAudit = `
INSERT INTO audit (agent_id, token_id, action, object_type, object_id, changes) VALUES ($1, $2, $3, $4, $5, $6)`

// WriteAudit records a change in the transaction that makes it.
func WriteAudit(ctx context.Context, tx sqlx.ExecerContext, by Actor, action, typ, id string, changes map[string]any) error {
	if changes == nil {
		changes = map[string]any{}
	}
	data, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	if _, err := tx.ExecContext(ctx, insertAudit, by.Agent, by.Token, action, typ, id, data); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}

// Record writes an entry of something that changes nothing, such as an export.
func (s *Store) Record(ctx context.Context, by Actor, action, typ, id string, details map[string]any) error {
	return WriteAudit(ctx, s.SQL, by, action, typ, id, details)
}

// ChangedSecret stands in the audit log where a value must not.
func ChangedSecret() map[string]any { return map[string]any{"changed": true} }

// Diff compares two versions of a row by their JSON fields. A nil before is a
// creation, a nil after a deletion. What the JSON form hides stays hidden.
func Diff(before, after any) (map[string]any, error) {
	was, err := fieldsOf(before)
	if err != nil {
		return nil, err
	}
	is, err := fieldsOf(after)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	all := maps.Clone(was)
	maps.Copy(all, is)
	for name := range all {
		if name == "id" || name == "created_at" || name == "updated_at" || reflect.DeepEqual(was[name], is[name]) {
			continue
		}
		change := map[string]any{}
		if before != nil {
			change["from"] = was[name]
		}
		if after != nil {
			change["to"] = is[name]
		}
		out[name] = change
	}
	return out, nil
}

func fieldsOf(v any) (map[string]any, error) {
	fields := map[string]any{}
	if v == nil {
		return fields, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	return fields, json.Unmarshal(data, &fields)
}

// AuditDiff records the difference between two versions of a row, and nothing
// if there is none. extra adds what the JSON form hides.
func AuditDiff(ctx context.Context, tx sqlx.ExecerContext, by Actor, action, typ, id string, before, after any, extra map[string]any) error {
	if action == "update" { // under the lock under which before was read
		if err := UnlessMatching(ctx, before); err != nil {
			return err
		}
	}
	changes, err := Diff(before, after)
	if err != nil {
		return err
	}
	maps.Copy(changes, extra)
	if len(changes) == 0 && action == "update" {
		return nil
	}
	return WriteAudit(ctx, tx, by, action, typ, id, changes)
}
