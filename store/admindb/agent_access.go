package admindb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/permission"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/identitydb"
	"switchboard/store/pg"
)

// Access is what somebody may do, and where.
type Access struct {
	Role   string         `db:"role" json:"role"`           // built in; beside another role the least that covers it
	RoleID uuid.NullUUID  `db:"role_id" json:"role_id"`     // null: the built-in role
	Queues pq.StringArray `db:"queue_ids" json:"queue_ids"` // whose conversations they see; null: of all

	Permissions pq.StringArray `db:"permissions" json:"-"` // of another role
}

func (a Access) may() permission.Set {
	if a.RoleID.Valid {
		return configdb.Role{Permissions: a.Permissions}.Set()
	}
	return permission.OfRole(a.Role)
}

const selectAccess = `
SELECT g.role, g.role_id, r.permissions,
       CASE WHEN g.queues_limited THEN ARRAY(SELECT x.queue_id::text FROM agent_scope x WHERE x.agent_id = g.id ORDER BY x.queue_id) END AS queue_ids
FROM agent g LEFT JOIN role r ON r.id = g.role_id WHERE g.id = $1`

// AccessOf returns what somebody may do and where, or ErrNotFound.
func (s *Store) AccessOf(ctx context.Context, id uuid.UUID) (Access, error) {
	var a Access
	if err := pg.GetOne(ctx, s.SQL, &a, selectAccess, id); err != nil {
		return Access{}, fmt.Errorf("read access: %w", err)
	}
	return a, nil
}

const shareRole = `SELECT permissions FROM role WHERE id = $1 FOR SHARE`

const updateAccess = `UPDATE agent SET role = $2, role_id = $3, queues_limited = $4, updated_at = now() WHERE id = $1`

const dropScope = `DELETE FROM agent_scope WHERE agent_id = $1`

const insertScope = `INSERT INTO agent_scope (agent_id, queue_id) SELECT DISTINCT $1::uuid, q FROM unnest($2::uuid[]) q`

// SetAccess says what somebody may do and where, at once. Whoever may do more than
// the ceiling is neither made nor changed: that is an *Invalid, as a role or a queue
// that is none. It is a *Conflict for the last administrator.
func (s *Store) SetAccess(ctx context.Context, by auditdb.Actor, ceiling permission.Set, id uuid.UUID, a Access) (Access, error) {
	var after Access
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var admins []uuid.UUID
		if err := tx.SelectContext(ctx, &admins, lockAdministrators); err != nil {
			return err
		}
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockAgentRow, id); err != nil {
			return err
		}
		var before Access
		if err := pg.GetOne(ctx, tx, &before, selectAccess, id); err != nil {
			return err
		}
		if err := resolveRole(ctx, tx, &a); err != nil {
			return err
		}
		if err := checkAccess(before, a, ceiling); err != nil {
			return err
		}
		if len(admins) == 1 && admins[0] == id && (a.RoleID.Valid || a.Role != configdb.RoleAdministrator) {
			return &pg.Conflict{Reason: LastAdministrator}
		}
		if err := writeAccess(ctx, tx, id, a); err != nil {
			return err
		}
		if err := identitydb.DropLink(ctx, tx, id); err != nil { // it was made for somebody who might do less
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, selectAccess, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditAgent, id.String(), before, after, nil)
	})
	if err != nil {
		return Access{}, fmt.Errorf("set access: %w", err)
	}
	return after, nil
}

// resolveRole reads what a role that is not built in allows.
func resolveRole(ctx context.Context, tx *sqlx.Tx, a *Access) error {
	if !a.RoleID.Valid {
		return nil
	}
	var found []pq.StringArray
	if err := tx.SelectContext(ctx, &found, shareRole, a.RoleID); err != nil {
		return err
	}
	if len(found) == 0 {
		return &pg.Invalid{Field: "role_id", Reason: "is no role"}
	}
	a.Permissions = found[0]
	a.Role = a.may().LeastRole()
	return nil
}

func checkAccess(before, after Access, ceiling permission.Set) error {
	if beyond := before.may().Beyond(ceiling); len(beyond) > 0 {
		return &pg.Invalid{Field: "role", Reason: "cannot be changed by you: this person has " + beyond[0] + ", which you do not have"}
	}
	if beyond := after.may().Beyond(ceiling); len(beyond) > 0 {
		return &pg.Invalid{Field: "role", Reason: "has " + beyond[0] + ", which you do not have yourself"}
	}
	if after.Queues == nil {
		return nil
	}
	if !after.RoleID.Valid && after.Role == configdb.RoleAdministrator {
		return &pg.Invalid{Field: "queue_ids", Reason: "must be null for an administrator, who sees everything"}
	}
	if !after.may().Has(permission.ConversationsReadAll) {
		return &pg.Invalid{Field: "queue_ids", Reason: "must be null for this role, which sees the queues of which one is a member"}
	}
	return nil
}

func writeAccess(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, a Access) error {
	if _, err := tx.ExecContext(ctx, updateAccess, id, a.Role, a.RoleID, a.Queues != nil); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, dropScope, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, insertScope, id, a.Queues); err != nil {
		if name, _ := pg.Constraint(err); name == "agent_scope_queue_id_fkey" {
			return &pg.Invalid{Field: "queue_ids", Reason: "has one that is no queue"}
		}
		return err
	}
	return nil
}

// checkCeiling refuses changes of somebody who may do more than who makes them, and
// a built-in role that does.
func checkCeiling(ctx context.Context, tx *sqlx.Tx, ceiling *permission.Set, id uuid.UUID, role *string) error {
	if ceiling == nil {
		return nil
	}
	var before Access
	if err := pg.GetOne(ctx, tx, &before, selectAccess, id); err != nil {
		return err
	}
	after := before
	if role != nil && *role != before.Role {
		after = Access{Role: *role}
	}
	return checkAccess(before, after, *ceiling)
}
