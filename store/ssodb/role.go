package ssodb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/permission"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// mapped are the names of all roles that a provider gives.
func (p Provider) mapped() []string {
	var names []string
	for _, name := range p.Roles {
		names = append(names, name)
	}
	if p.DefaultRole != nil {
		names = append(names, *p.DefaultRole)
	}
	return names
}

const (
	selectRoleSets = `SELECT id, permissions FROM role WHERE id = ANY($1::uuid[])`
	lockRoleSets   = selectRoleSets + ` ORDER BY id FOR SHARE`
)

// setsOf reads what roles allow, by the names that mappings have for them. A role that
// is not there is not in the answer.
func setsOf(ctx context.Context, q sqlx.QueryerContext, query string, names []string) (map[string]permission.Set, error) {
	out := map[string]permission.Set{}
	var ids []uuid.UUID
	for _, role := range permission.Roles() {
		out[role] = permission.OfRole(role)
	}
	for _, name := range names {
		if id, err := uuid.Parse(name); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []struct {
		ID          uuid.UUID      `db:"id"`
		Permissions pq.StringArray `db:"permissions"`
	}
	if err := sqlx.SelectContext(ctx, q, &rows, query, pq.Array(pg.UUIDStrings(ids))); err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	for _, r := range rows {
		out[r.ID.String()] = configdb.Role{Permissions: r.Permissions}.Set()
	}
	return out, nil
}

// RoleSets are what the roles that a provider gives allow, by the names that it has
// for them.
func (s *Store) RoleSets(ctx context.Context, p Provider) (map[string]permission.Set, error) {
	return setsOf(ctx, s.SQL, selectRoleSets, p.mapped())
}

// checkRoles refuses roles that are none, and those that may do more than who has them
// given: they could sign in as one. The roles stay as they are until the end.
func checkRoles(ctx context.Context, tx *sqlx.Tx, ceiling permission.Set, p Provider) error {
	sets, err := setsOf(ctx, tx, lockRoleSets, p.mapped())
	if err != nil {
		return err
	}
	wrong := func(field, name string) error {
		set, known := sets[name]
		switch {
		case !known:
			return &pg.Invalid{Field: field, Reason: "has " + name + ", which is no role"}
		case len(set.Beyond(ceiling)) > 0:
			return &pg.Invalid{Field: field, Reason: "gives a role that may do more than you"}
		}
		return nil
	}
	for _, name := range p.Roles {
		if err := wrong("roles", name); err != nil {
			return err
		}
	}
	if p.DefaultRole != nil {
		return wrong("default_role", *p.DefaultRole)
	}
	return nil
}
