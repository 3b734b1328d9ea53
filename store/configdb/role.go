package configdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/permission"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// The built-in roles of people and tokens. Each may do what the one before it may.
const (
	RoleAgent         = permission.Agent
	RoleSupervisor    = permission.Supervisor
	RoleAdministrator = permission.Administrator
)

// Role is a set of permissions that people can have instead of a built-in role.
type Role struct {
	ID          uuid.UUID      `db:"id" json:"id"`
	Name        string         `db:"name" json:"name"`
	Permissions pq.StringArray `db:"permissions" json:"permissions"`
	People      int            `db:"people" json:"people"` // who have it
	CreatedAt   time.Time      `db:"created_at" json:"created_at"`
	UpdatedAt   time.Time      `db:"updated_at" json:"updated_at"`
}

// Set is what the role allows. Whoever signs in sees who they are.
func (r Role) Set() permission.Set {
	return permission.Of(append([]string{string(permission.ProfileRead), string(permission.ProfileWrite)}, r.Permissions...)...)
}

const roleColumns = `r.id, r.name, r.permissions, (SELECT count(*) FROM agent g WHERE g.role_id = r.id) AS people, r.created_at, r.updated_at`

const selectRoles = `SELECT ` + roleColumns + ` FROM role r WHERE (r.created_at, r.id) > ($1, $2) ORDER BY r.created_at, r.id LIMIT $3`

// Roles lists the roles that are not built in, the oldest first.
func (s *Store) Roles(ctx context.Context, p auditdb.Page) ([]Role, error) {
	list := []Role{}
	if err := s.SQL.SelectContext(ctx, &list, selectRoles, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return list, nil
}

const selectRole = `SELECT ` + roleColumns + ` FROM role r WHERE r.id = $1`

// RoleByID returns a role or ErrNotFound.
func (s *Store) RoleByID(ctx context.Context, id uuid.UUID) (Role, error) {
	var r Role
	if err := pg.GetOne(ctx, s.SQL, &r, selectRole, id); err != nil {
		return Role{}, fmt.Errorf("read role: %w", err)
	}
	return r, nil
}

// checkRole refuses a role that may do more than who makes it.
func checkRole(ceiling permission.Set, r *Role) error {
	r.Permissions = r.Set().Names()
	if beyond := r.Set().Beyond(ceiling); len(beyond) > 0 {
		return &pg.Invalid{Field: "permissions", Reason: "has " + beyond[0] + ", which you do not have yourself"}
	}
	return nil
}

func roleConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "role_name":
		return &pg.Conflict{Reason: "Another role has this name."}
	case code == "23503" && name == "agent_role_id_fkey":
		return &pg.Conflict{Reason: "People have this role. Give them another one first."}
	case code == "23503" && name == "scim_group_role_id_fkey":
		return &pg.Conflict{Reason: "A group of your identity provider gives this role. Give it another one first."}
	}
	return err
}

const insertRole = `INSERT INTO role (name, permissions) VALUES ($1, $2) RETURNING id`

// CreateRole adds a role. One that may do more than the ceiling is an *Invalid, a
// name that is taken a *Conflict.
func (s *Store) CreateRole(ctx context.Context, by auditdb.Actor, ceiling permission.Set, r Role) (Role, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := checkRole(ceiling, &r); err != nil {
			return err
		}
		var id uuid.UUID
		if err := pg.GetOne(ctx, tx, &id, insertRole, r.Name, r.Permissions); err != nil {
			return roleConstraint(err)
		}
		if err := pg.GetOne(ctx, tx, &r, selectRole, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditRole, id.String(), nil, r, nil)
	})
	if err != nil {
		return Role{}, fmt.Errorf("create role: %w", err)
	}
	return r, nil
}

const lockRole = selectRole + ` FOR NO KEY UPDATE OF r`

const updateRole = `UPDATE role SET name = $2, permissions = $3, updated_at = now() WHERE id = $1`

const updateRolePeople = `UPDATE agent SET role = $2 WHERE role_id = $1 AND role <> $2`

// Who made a link for somebody could not do so for one who may do more.
const dropLinksOfRole = `DELETE FROM sign_in_link l USING agent g WHERE g.id = l.agent_id AND g.role_id = $1`

// ChangeRole lets change edit a locked role and writes what it left; for those who
// have it, it takes effect at once, and links by which they were to set a password end
// when it gains permissions. It fails as CreateRole, also for a role that may already do
// more than the ceiling.
func (s *Store) ChangeRole(ctx context.Context, by auditdb.Actor, ceiling permission.Set, id uuid.UUID, change func(*Role) error) (Role, error) {
	var after Role
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var before Role
		if err := pg.GetOne(ctx, tx, &before, lockRole, id); err != nil {
			return err
		}
		after = before
		if err := checkRole(ceiling, &after); err != nil {
			return err
		}
		if err := change(&after); err != nil {
			return err
		}
		if err := checkRole(ceiling, &after); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, updateRole, id, after.Name, after.Permissions); err != nil {
			return roleConstraint(err)
		}
		if _, err := tx.ExecContext(ctx, updateRolePeople, id, after.Set().LeastRole()); err != nil {
			return err
		}
		if len(after.Set().Beyond(before.Set())) > 0 {
			if _, err := tx.ExecContext(ctx, dropLinksOfRole, id); err != nil {
				return err
			}
		}
		if err := pg.GetOne(ctx, tx, &after, selectRole, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditRole, id.String(), before, after, nil)
	})
	if err != nil {
		return Role{}, fmt.Errorf("change role: %w", err)
	}
	return after, nil
}

// Mappings name a role while they hold a lock on it, so that none is named that is
// being deleted.
const selectRoleMapped = `
SELECT EXISTS (SELECT FROM identity_provider WHERE default_role = $1::text OR EXISTS (SELECT FROM jsonb_each_text(roles) m WHERE m.value = $1::text))`

const deleteRole = `DELETE FROM role WHERE id = $1`

// DeleteRole deletes a role that nobody has; one that somebody has, or that an
// identity provider gives, is a *Conflict.
func (s *Store) DeleteRole(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Role
		if err := pg.GetOne(ctx, tx, &before, selectRole+` FOR UPDATE OF r`, id); err != nil {
			return err
		}
		var mapped bool
		if err := pg.GetOne(ctx, tx, &mapped, selectRoleMapped, id); err != nil {
			return err
		}
		if mapped {
			return &pg.Conflict{Reason: "An identity provider gives this role. Have it give another one first."}
		}
		if _, err := tx.ExecContext(ctx, deleteRole, id); err != nil {
			return roleConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditRole, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete role: %w", err)
	}
	return nil
}
