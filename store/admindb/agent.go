package admindb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/permission"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/identitydb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/store/presencedb"
)

// Agent is a person who signs in, with how they stand now.
type Agent struct {
	ID            uuid.UUID     `db:"id" json:"id"`
	Name          string        `db:"name" json:"name"`
	Email         string        `db:"email" json:"email"`
	Role          string        `db:"role" json:"role"`
	RoleID        uuid.NullUUID `db:"role_id" json:"role_id"` // null: the built-in role
	RoleName      *string       `db:"role_name" json:"role_name"`
	QueuesLimited bool          `db:"queues_limited" json:"queues_limited"` // sees the conversations of some queues only
	Disabled      bool          `db:"disabled" json:"disabled"`
	Presence      string        `db:"presence" json:"presence"`
	Chosen        *string       `db:"chosen" json:"chosen_presence"`       // by hand; null: it follows from connection and load
	ChosenID      uuid.NullUUID `db:"custom_id" json:"chosen_presence_id"` // the presence chosen, if it was added; Chosen is its base
	ChosenText    *string       `db:"custom_text" json:"chosen_presence_text"`
	Default       *string       `db:"default_presence" json:"default_presence"` // null: available
	DefaultID     uuid.NullUUID `db:"default_presence_id" json:"default_presence_id"`
	InactiveAfter int           `db:"inactive_after" json:"inactive_after"`         // seconds
	WorkingHours  uuid.NullUUID `db:"operating_hours_id" json:"operating_hours_id"` // when they are offered work; null: always
	OffDuty       bool          `db:"off_duty" json:"off_duty"`                     // outside them now
	Capacity      int           `db:"capacity" json:"capacity"`
	Load          int           `db:"load" json:"load"`
	CreatedAt     time.Time     `db:"created_at" json:"created_at"`
	UpdatedAt     time.Time     `db:"updated_at" json:"updated_at"`
}

// NewAgent is a person to add. An empty PasswordHash cannot sign in with a password.
// MustChange: somebody else chose the password, and it is good for choosing one's own.
type NewAgent struct {
	Name, Email, Role, PasswordHash string
	MustChange                      bool
	Capacity                        int
	Default                         presencedb.Choice // zero: available
	InactiveAfter                   int               // seconds unused until a choice of presence ends; 0: never
	WorkingHours                    uuid.NullUUID
	Ceiling                         *permission.Set // of who adds them; nil: none
}

// AgentChange holds what to change of an agent; nil stays. A PasswordHash is that of
// a password that somebody else chose: it is good for choosing one's own.
type AgentChange struct {
	Name, Email, Role, PasswordHash *string
	Capacity                        *int
	Disabled                        *bool
	Default                         *presencedb.Choice // that is zero: available
	InactiveAfter                   *int
	WorkingHours                    *uuid.NullUUID  // that is null: always
	Ceiling                         *permission.Set // of who changes them; nil: none
}

const selectAgent = `
SELECT g.id, g.name, g.email, g.role, g.role_id, (SELECT r.name FROM role r WHERE r.id = g.role_id) AS role_name, g.queues_limited, g.disabled_at IS NOT NULL AS disabled, COALESCE(s.presence, 'offline') AS presence, s.chosen,
       s.custom_id, p.text AS custom_text, COALESCE(d.base, g.default_presence) AS default_presence, g.default_presence_id, g.inactive_after,
       g.operating_hours_id, COALESCE(s.off_duty, false) AS off_duty,
       COALESCE(s.capacity, 0) AS capacity, COALESCE(s.load, 0) AS load, g.created_at, g.updated_at
FROM agent g LEFT JOIN agent_status s ON s.agent_id = g.id
  LEFT JOIN presence p ON p.id = s.custom_id LEFT JOIN presence d ON d.id = g.default_presence_id `

const selectAgentByID = selectAgent + `WHERE g.id = $1`

// AgentByID returns an agent or ErrNotFound.
func (s *Store) AgentByID(ctx context.Context, id uuid.UUID) (Agent, error) {
	var a Agent
	if err := pg.GetOne(ctx, s.SQL, &a, selectAgentByID, id); err != nil {
		return Agent{}, fmt.Errorf("read agent: %w", err)
	}
	return a, nil
}

const selectAgents = selectAgent + `WHERE (g.created_at, g.id) > ($1, $2) ORDER BY g.created_at, g.id LIMIT $3`

// Agents lists agents, the oldest first.
func (s *Store) Agents(ctx context.Context, p auditdb.Page) ([]Agent, error) {
	list := []Agent{}
	if err := s.SQL.SelectContext(ctx, &list, selectAgents, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list agents: %w", err)
	}
	return list, nil
}

const insertAgent = `
INSERT INTO agent (name, email, role, password_hash, must_change_password, default_presence, default_presence_id, inactive_after)
VALUES ($1, $2, $3, NULLIF($4, ''), $5, $6, $7, $8) RETURNING id`

const insertAgentStatus = `INSERT INTO agent_status (agent_id, capacity) VALUES ($1, $2)`

// CreateAgent adds a person with their status. An e-mail address that is taken
// is a *Conflict.
func (s *Store) CreateAgent(ctx context.Context, by auditdb.Actor, n NewAgent) (Agent, error) {
	var a Agent
	err := s.Tx(ctx, func(tx *sqlx.Tx) (err error) {
		a, err = CreateAgentTx(ctx, tx, by, n)
		return err
	})
	if err != nil {
		return Agent{}, fmt.Errorf("create agent: %w", err)
	}
	return a, nil
}

// CreateAgentTx is CreateAgent within a transaction.
func CreateAgentTx(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, n NewAgent) (Agent, error) {
	var id uuid.UUID
	err := tx.GetContext(ctx, &id, insertAgent, n.Name, n.Email, n.Role, n.PasswordHash, n.MustChange, n.Default.Base, n.Default.Custom, n.InactiveAfter)
	if err != nil {
		return Agent{}, assigndb.AgentConstraint(err)
	}
	if err := checkCeiling(ctx, tx, n.Ceiling, id, nil); err != nil {
		return Agent{}, err
	}
	if _, err := tx.ExecContext(ctx, insertAgentStatus, id, n.Capacity); err != nil {
		return Agent{}, err
	}
	if n.WorkingHours.Valid {
		if err := assigndb.SetWorkingHours(ctx, tx, id, n.WorkingHours); err != nil {
			return Agent{}, err
		}
	}
	var a Agent
	if err := pg.GetOne(ctx, tx, &a, selectAgentByID, id); err != nil {
		return Agent{}, err
	}
	return a, auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditAgent, id.String(), nil, a, nil)
}

// All administrators are locked in one order, so that two of them cannot remove
// each other at the same moment.
const lockAdministrators = `
SELECT id FROM agent WHERE role = 'administrator' AND role_id IS NULL AND disabled_at IS NULL ORDER BY id FOR NO KEY UPDATE`

// Here as elsewhere a row is locked FOR NO KEY UPDATE: FOR UPDATE, which is for
// those that are deleted, would keep out all who insert a row that refers to it,
// and these have other locks already. What is deleted is locked before what
// refers to it.
const lockAgentRow = `SELECT id FROM agent WHERE id = $1 FOR NO KEY UPDATE`

const updateAgent = `
UPDATE agent SET name = COALESCE($2, name), email = COALESCE($3, email), role = COALESCE($4, role),
  role_id = CASE WHEN COALESCE($4, role) = role THEN role_id END,
  queues_limited = queues_limited AND (COALESCE($4, role) = role OR $4 = 'supervisor'),
  password_hash = COALESCE($5, password_hash), must_change_password = $5 IS NOT NULL OR must_change_password,
  disabled_at = CASE WHEN $6::boolean IS NULL THEN disabled_at WHEN $6 THEN COALESCE(disabled_at, now()) END, updated_at = now()
WHERE id = $1`

const updateDefaultPresence = `UPDATE agent SET default_presence = $2, default_presence_id = $3 WHERE id = $1`

const updateInactiveAfter = `
WITH limited AS (UPDATE agent SET inactive_after = $2 WHERE id = $1)
UPDATE agent_status SET active_at = now() WHERE agent_id = $1`

const updateCapacity = `UPDATE agent_status SET capacity = $2 WHERE agent_id = $1`

// A disabled agent gets no offers. What they were offered and have goes to others
// after the change, see clearDisabled: here their conversations are not locked.
const retireAgent = `UPDATE agent_status SET presence = 'offline', chosen = NULL, custom_id = NULL, inactive_since = NULL WHERE agent_id = $1`

const dropSignIns = `DELETE FROM sign_in WHERE agent_id = $1`

// Who views as them sees their own desk again, also once they are enabled.
const endViews = `UPDATE sign_in SET view_as = NULL, view_until = NULL WHERE view_as = $1`

// ChangeAgent changes an agent. Disabling one, or changing their password, ends
// their sign-ins; disabling also ends the API tokens that they made and that act
// as them, for good, and what they were offered or have goes to others. It fails with ErrNotFound, or a *Conflict for an e-mail
// address that is taken and for the last administrator.
func (s *Store) ChangeAgent(ctx context.Context, by auditdb.Actor, id uuid.UUID, c AgentChange) (after Agent, err error) {
	err = s.EventTx(ctx, func(tx *sqlx.Tx) (err error) {
		after, err = ChangeAgentTx(ctx, tx, by, id, c)
		return err
	})
	if err != nil {
		return Agent{}, fmt.Errorf("change agent: %w", err)
	}
	s.AgentChanged(ctx, c, after)
	return after, nil
}

// AgentChanged does what follows ChangeAgentTx once its transaction is committed.
func (s *Store) AgentChanged(ctx context.Context, c AgentChange, after Agent) {
	if c.Disabled != nil || c.Role != nil || c.PasswordHash != nil {
		s.AccessChanged()
	}
	if after.Disabled {
		_, _ = s.Conversation.ClearDisabled(ctx, after.ID) // the sweep repeats what failed
	}
}

// ChangeAgentTx is ChangeAgent within an EventTx, after which AgentChanged is called.
func ChangeAgentTx(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, id uuid.UUID, c AgentChange) (after Agent, err error) {
	var admins []uuid.UUID
	if err := tx.SelectContext(ctx, &admins, lockAdministrators); err != nil {
		return Agent{}, err
	}
	var locked uuid.UUID
	if err := pg.GetOne(ctx, tx, &locked, lockAgentRow, id); err != nil {
		return Agent{}, err
	}
	var before Agent
	if err := pg.GetOne(ctx, tx, &before, selectAgentByID, id); err != nil {
		return Agent{}, err
	}
	if len(admins) == 1 && admins[0] == id && (c.Disabled != nil && *c.Disabled || c.Role != nil && *c.Role != configdb.RoleAdministrator) {
		return Agent{}, &pg.Conflict{Reason: LastAdministrator}
	}
	if err := checkCeiling(ctx, tx, c.Ceiling, id, c.Role); err != nil {
		return Agent{}, err
	}
	if err := applyAgent(ctx, tx, before, c); err != nil {
		return Agent{}, err
	}
	if err := pg.GetOne(ctx, tx, &after, selectAgentByID, id); err != nil {
		return Agent{}, err
	}
	if after.Disabled != before.Disabled { // enabled again: nothing from before comes back
		if err := configdb.RevokeTokensOf(ctx, tx, by, id); err != nil {
			return Agent{}, err
		}
	}
	extra := map[string]any{}
	if c.PasswordHash != nil {
		extra["password"] = auditdb.ChangedSecret()
	}
	return after, auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditAgent, id.String(), before, after, extra)
}

func applyAgent(ctx context.Context, tx *sqlx.Tx, before Agent, c AgentChange) error {
	if _, err := tx.ExecContext(ctx, updateAgent, before.ID, c.Name, c.Email, c.Role, c.PasswordHash, c.Disabled); err != nil {
		return assigndb.AgentConstraint(err)
	}
	if c.Capacity != nil {
		if _, err := tx.ExecContext(ctx, updateCapacity, before.ID, *c.Capacity); err != nil {
			return err
		}
	}
	if c.Default != nil {
		if _, err := tx.ExecContext(ctx, updateDefaultPresence, before.ID, c.Default.Base, c.Default.Custom); err != nil {
			return assigndb.AgentConstraint(err)
		}
	}
	if c.WorkingHours != nil {
		if err := assigndb.SetWorkingHours(ctx, tx, before.ID, *c.WorkingHours); err != nil {
			return err
		}
	}
	if c.InactiveAfter != nil { // counted from now: use was not recorded while it was off
		if _, err := tx.ExecContext(ctx, updateInactiveAfter, before.ID, *c.InactiveAfter); err != nil {
			return err
		}
	}
	disables := c.Disabled != nil && *c.Disabled && !before.Disabled
	if disables || c.PasswordHash != nil {
		if _, err := tx.ExecContext(ctx, dropSignIns, before.ID); err != nil {
			return err
		}
	}
	// Who made a link for somebody could not do so for one who may do more.
	if disables || c.PasswordHash != nil || c.Role != nil && *c.Role != before.Role {
		if err := identitydb.DropLink(ctx, tx, before.ID); err != nil {
			return err
		}
	}
	if !disables {
		return nil
	}
	if _, err := tx.ExecContext(ctx, endViews, before.ID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, retireAgent, before.ID); err != nil {
		return err
	}
	return outbox.AddEvent(ctx, tx, outbox.Event{Kind: outbox.EventPresence, Agent: outbox.NullUUID(before.ID), Data: map[string]any{"presence": "offline", "chosen": nil}})
}
