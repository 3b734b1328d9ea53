package scimdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/permission"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

const sharePermissions = `SELECT permissions FROM role WHERE id = $1 FOR SHARE`

// permissionsOf is what a role allows, which stays as it is until the end.
func permissionsOf(ctx context.Context, tx *sqlx.Tx, role *string, id uuid.NullUUID) (permission.Set, error) {
	switch {
	case id.Valid:
		var found []pq.StringArray
		if err := tx.SelectContext(ctx, &found, sharePermissions, id); err != nil {
			return permission.Set{}, err
		}
		if len(found) == 0 {
			return permission.Set{}, &pg.Invalid{Field: "role", Reason: "is no role"}
		}
		return configdb.Role{Permissions: found[0]}.Set(), nil
	case role != nil:
		return permission.OfRole(*role), nil
	}
	return permission.Set{}, nil
}

// The roles that the groups of some people give, and whether their role is one of them.
const selectGiven = `
SELECT a.id AS agent_id, COALESCE(u.role_given, false) AS given, p.role, p.role_id, r.permissions
FROM unnest($1::uuid[]) a(id) LEFT JOIN scim_user u ON u.agent_id = a.id
  LEFT JOIN (scim_member m JOIN scim_group p ON p.id = m.group_id AND (p.role IS NOT NULL OR p.role_id IS NOT NULL)
             LEFT JOIN role r ON r.id = p.role_id) ON m.agent_id = a.id
ORDER BY a.id, p.id`

type given struct {
	Agent       uuid.UUID      `db:"agent_id"`
	Given       bool           `db:"given"`
	Role        *string        `db:"role"`
	RoleID      uuid.NullUUID  `db:"role_id"`
	Permissions pq.StringArray `db:"permissions"`
}

func (g given) allows() permission.Set {
	switch {
	case g.RoleID.Valid:
		return configdb.Role{Permissions: g.Permissions}.Set()
	case g.Role != nil:
		return permission.OfRole(*g.Role)
	}
	return permission.Set{}
}

const markGiven = `
INSERT INTO scim_user (agent_id, role_given) VALUES ($1, $2) ON CONFLICT (agent_id) DO UPDATE SET role_given = EXCLUDED.role_given`

// follow gives people the role that follows from their groups: the one that may do most.
// Who is in no group that gives one is an agent again if a group gave them theirs; a
// role that somebody here gave stays. The last administrator stays one, and is in kept.
func follow(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, people []uuid.UUID) (kept []uuid.UUID, err error) {
	var rows []given
	if err := tx.SelectContext(ctx, &rows, selectGiven, pq.Array(pg.UUIDStrings(people))); err != nil {
		return nil, err
	}
	for i, r := range rows {
		best, first := r, i == 0 || rows[i-1].Agent != r.Agent
		if !first {
			continue
		}
		for _, other := range rows[i+1:] {
			if other.Agent != r.Agent {
				break
			}
			if other.allows().MoreThan(best.allows()) {
				best = other
			}
		}
		none := best.Role == nil && !best.RoleID.Valid
		if none && !best.Given {
			continue
		}
		to := admindb.Access{RoleID: best.RoleID}
		if best.Role != nil {
			to.Role = *best.Role
		} else if none {
			to.Role = configdb.RoleAgent
		}
		err := admindb.GiveRoleTx(ctx, tx, by, r.Agent, to)
		if IsLastAdministrator(err) {
			kept = append(kept, r.Agent)
			continue
		} else if err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, markGiven, r.Agent, !none); err != nil {
			return nil, err
		}
	}
	return kept, nil
}
