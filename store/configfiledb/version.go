package configfiledb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Version is one time that a configuration file was applied.
type Version struct {
	ID        uuid.UUID       `db:"id" json:"id"`
	At        time.Time       `db:"at" json:"at"`
	Agent     uuid.NullUUID   `db:"agent_id" json:"agent_id"`
	AgentName string          `db:"agent_name" json:"agent_name"`
	Token     uuid.NullUUID   `db:"token_id" json:"token_id"`
	Plan      string          `db:"plan" json:"-"`
	Pruned    bool            `db:"pruned" json:"pruned"`
	Created   int             `db:"created" json:"created"`
	Changed   int             `db:"changed" json:"changed"`
	Deleted   int             `db:"deleted" json:"deleted"`
	Changes   json.RawMessage `db:"changes" json:"changes"`
}

const versionColumns = `v.id, v.at, v.agent_id, COALESCE(a.name, '') AS agent_name, v.token_id, v.plan, v.pruned, v.created, v.changed,
  v.deleted, v.changes`

const selectVersions = `
SELECT ` + versionColumns + ` FROM config_version v LEFT JOIN agent a ON a.id = v.agent_id
WHERE (v.at, v.id) < ($1, $2) ORDER BY v.at DESC, v.id DESC LIMIT $3`

// Versions lists what was applied, the newest first.
func (s *Store) Versions(ctx context.Context, p auditdb.Page) ([]Version, error) {
	last := p.After.ID
	if p.After.At.IsZero() {
		last = uuid.Max
	}
	list := []Version{}
	if err := s.SQL.SelectContext(ctx, &list, selectVersions, pg.Latest(p.After.At), last, p.Limit); err != nil {
		return nil, fmt.Errorf("list versions of the configuration: %w", err)
	}
	return list, nil
}

const selectVersion = `
SELECT ` + versionColumns + ` FROM config_version v LEFT JOIN agent a ON a.id = v.agent_id WHERE v.id = $1`

// VersionByID returns a version or ErrNotFound.
func (s *Store) VersionByID(ctx context.Context, id uuid.UUID) (Version, error) {
	var v Version
	if err := pg.GetOne(ctx, s.SQL, &v, selectVersion, id); err != nil {
		return Version{}, fmt.Errorf("read version of the configuration: %w", err)
	}
	return v, nil
}

const selectDocument = `SELECT CASE WHEN $2 THEN before ELSE after END FROM config_version WHERE id = $1`

// Document returns the whole configuration as it was before a version was applied,
// or after it.
func (s *Store) Document(ctx context.Context, id uuid.UUID, before bool) (string, error) {
	var text string
	if err := pg.GetOne(ctx, s.SQL, &text, selectDocument, id, before); err != nil {
		return "", fmt.Errorf("read version of the configuration: %w", err)
	}
	return text, nil
}

const insertVersion = `
INSERT INTO config_version (agent_id, token_id, plan, pruned, changes, created, changed, deleted, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`

// AuditConfiguration is what the audit log calls a configuration file that was applied.
const AuditConfiguration = auditdb.AuditConfiguration

// Keep records that v was applied, with the configuration before and after it. It
// is called in the transaction that applies it.
func (s *Store) Keep(ctx context.Context, by auditdb.Actor, v Version, before, after string) (uuid.UUID, error) {
	var id uuid.UUID
	err := pg.GetOne(ctx, s.SQL, &id, insertVersion, by.Agent, by.Token, v.Plan, v.Pruned, pg.CleanJSON(string(v.Changes)),
		v.Created, v.Changed, v.Deleted, before, after)
	if err != nil {
		return id, fmt.Errorf("keep version of the configuration: %w", err)
	}
	counts := map[string]any{"created": v.Created, "changed": v.Changed, "deleted": v.Deleted, "pruned": v.Pruned}
	return id, auditdb.WriteAudit(ctx, s.SQL, by, "apply", AuditConfiguration, id.String(), counts)
}

// Whoever changes the configuration waits meanwhile; who only refers to it, such as
// a conversation that begins, does not.
const lockConfiguration = `
LOCK TABLE account, address, automated_message, capacity_profile, context_variable, message_template, message_template_text,
  operating_hours, outbound_configuration, outbound_setting, outbound_source, outbound_trigger, presence, queue, queue_member,
  queue_overflow, quick_reply, routing_rules, skill, timeout_rule, webhook_subscription, widget, workstream IN SHARE ROW EXCLUSIVE MODE`

// Lock keeps the configuration as it is for everybody else until the transaction ends.
func (s *Store) Lock(ctx context.Context) error {
	if _, err := s.SQL.ExecContext(ctx, lockConfiguration); err != nil {
		return fmt.Errorf("lock the configuration: %w", err)
	}
	return nil
}

// PausedSecrets is why an account is paused that was made without its secrets.
const PausedSecrets = "secrets_missing"

const pauseForSecrets = `UPDATE account SET paused_code = '` + PausedSecrets + `', paused_at = now() WHERE id = $1 AND paused_code IS NULL`

// PauseForSecrets has nothing sent through an account that lacks secrets.
func (s *Store) PauseForSecrets(ctx context.Context, account uuid.UUID) error {
	if _, err := s.SQL.ExecContext(ctx, pauseForSecrets, account); err != nil {
		return fmt.Errorf("pause account: %w", err)
	}
	return nil
}

const resumeWithSecrets = `UPDATE account SET paused_code = NULL, paused_at = NULL WHERE id = $1 AND paused_code = '` + PausedSecrets + `'`

// ResumeWithSecrets ends the pause of an account that has its secrets now.
func (s *Store) ResumeWithSecrets(ctx context.Context, account uuid.UUID) error {
	if _, err := s.SQL.ExecContext(ctx, resumeWithSecrets, account); err != nil {
		return fmt.Errorf("resume account: %w", err)
	}
	return nil
}
