package admindb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/permission"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/identitydb"
	"switchboard/store/pg"
)

// LastAdministrator is the reason of the *Conflict that somebody always administers.
const LastAdministrator = "This is the last administrator."

// RoleNamed is a role as mappings of identity providers name it: the name of a
// built-in one, or the id of another.
func RoleNamed(name string) Access {
	if id, err := uuid.Parse(name); err == nil {
		return Access{RoleID: uuid.NullUUID{UUID: id, Valid: true}}
	}
	return Access{Role: name}
}

// GiveRole gives somebody the role that their identity provider chose. They stay
// limited to queues where the role can be. A role that is none is an *Invalid; for the
// last administrator it is a *Conflict.
func (s *Store) GiveRole(ctx context.Context, by auditdb.Actor, id uuid.UUID, to Access) error {
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error { return GiveRoleTx(ctx, tx, by, id, to) })
	if err != nil {
		return fmt.Errorf("give role: %w", err)
	}
	return nil
}

// GiveRoleTx is GiveRole within an AccessTx.
func GiveRoleTx(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, id uuid.UUID, to Access) error {
	var admins []uuid.UUID
	if err := tx.SelectContext(ctx, &admins, lockAdministrators); err != nil {
		return err
	}
	var locked uuid.UUID
	if err := pg.GetOne(ctx, tx, &locked, lockAgentRow, id); err != nil {
		return err
	}
	var before, after Access
	if err := pg.GetOne(ctx, tx, &before, selectAccess, id); err != nil {
		return err
	}
	if before.HasRole(to) {
		return nil
	}
	if err := resolveRole(ctx, tx, &to); err != nil {
		return err
	}
	administrator := !to.RoleID.Valid && to.Role == configdb.RoleAdministrator
	if len(admins) == 1 && admins[0] == id && !administrator {
		return &pg.Conflict{Reason: LastAdministrator}
	}
	to.Queues = nil
	if to.may().Has(permission.ConversationsReadAll) && !administrator {
		to.Queues = before.Queues
	}
	if err := writeAccess(ctx, tx, id, to); err != nil {
		return err
	}
	if err := identitydb.DropLink(ctx, tx, id); err != nil { // it was made for somebody who might do less
		return err
	}
	if err := pg.GetOne(ctx, tx, &after, selectAccess, id); err != nil {
		return err
	}
	return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditAgent, id.String(), before, after, nil)
}

// HasRole reports whether both are of the same role.
func (a Access) HasRole(other Access) bool {
	if a.RoleID.Valid || other.RoleID.Valid {
		return a.RoleID == other.RoleID
	}
	return a.Role == other.Role
}
