package scimdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/permission"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Group is a group of the provider. Members get its role, if it gives one.
type Group struct {
	ID          uuid.UUID     `db:"id" json:"id"`
	DisplayName string        `db:"display_name" json:"display_name"`
	ExternalID  string        `db:"external_id" json:"external_id"` // "": none
	Role        *string       `db:"role" json:"role"`               // built in; null with role_id null: it gives none
	RoleID      uuid.NullUUID `db:"role_id" json:"role_id"`
	Size        int           `db:"size" json:"members"`
	CreatedAt   time.Time     `db:"created_at" json:"created_at"`
	UpdatedAt   time.Time     `db:"updated_at" json:"updated_at"`

	Members []Ref `db:"-" json:"-"`
}

// Has reports whether somebody is a member.
func (g Group) Has(agent uuid.UUID) bool {
	return slices.ContainsFunc(g.Members, func(r Ref) bool { return r.ID == agent })
}

// GroupFilter narrows the list of groups; nil is no restriction.
type GroupFilter struct {
	ID, Member              *uuid.UUID
	DisplayName, ExternalID *string
}

const groupColumns = `
SELECT p.id, p.display_name, COALESCE(p.external_id, '') AS external_id, p.role, p.role_id,
       (SELECT count(*) FROM scim_member m WHERE m.group_id = p.id) AS size, p.created_at, p.updated_at FROM scim_group p `

const selectGroup = groupColumns + `WHERE p.id = $1`

const groupsFiltered = `
WHERE ($1::uuid IS NULL OR p.id = $1)
  AND ($2::uuid IS NULL OR EXISTS (SELECT FROM scim_member m WHERE m.group_id = p.id AND m.agent_id = $2))
  AND ($3::text IS NULL OR lower(p.display_name) = lower($3)) AND ($4::text IS NULL OR p.external_id = $4)`

const (
	countGroups  = `SELECT count(*) FROM scim_group p` + groupsFiltered
	selectGroups = groupColumns + groupsFiltered + ` ORDER BY p.created_at, p.id LIMIT $5 OFFSET $6`
)

const selectMembers = `
SELECT m.group_id AS of, g.id, g.name FROM scim_member m JOIN agent g ON g.id = m.agent_id
WHERE m.group_id = ANY($1::uuid[]) ORDER BY m.group_id, g.id`

func withMembers(ctx context.Context, q sqlx.QueryerContext, groups []Group) error {
	at, ids := map[uuid.UUID]*Group{}, make([]uuid.UUID, len(groups))
	for i := range groups {
		at[groups[i].ID], ids[i] = &groups[i], groups[i].ID
	}
	var refs []Ref
	if err := sqlx.SelectContext(ctx, q, &refs, selectMembers, pq.Array(pg.UUIDStrings(ids))); err != nil {
		return err
	}
	for _, r := range refs {
		at[r.Of].Members = append(at[r.Of].Members, r)
	}
	return nil
}

func groupByID(ctx context.Context, q sqlx.QueryerContext, id uuid.UUID) (Group, error) {
	one := make([]Group, 1)
	if err := pg.GetOne(ctx, q, &one[0], selectGroup, id); err != nil {
		return Group{}, err
	}
	return one[0], withMembers(ctx, q, one)
}

// Group returns a group with its members, or ErrNotFound.
func (s *Store) Group(ctx context.Context, id uuid.UUID) (Group, error) {
	g, err := groupByID(ctx, s.SQL, id)
	if err != nil {
		return Group{}, fmt.Errorf("read group: %w", err)
	}
	return g, nil
}

// Groups returns a part of the groups that pass a filter, the oldest first, and how many
// pass it; with their members if members says so.
func (s *Store) Groups(ctx context.Context, f GroupFilter, p Part, members bool) (list []Group, total int, err error) {
	err = s.ReadTx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &total, countGroups, f.ID, f.Member, f.DisplayName, f.ExternalID); err != nil {
			return err
		}
		list = []Group{}
		err := tx.SelectContext(ctx, &list, selectGroups, f.ID, f.Member, f.DisplayName, f.ExternalID, p.Count, p.Skip)
		if err != nil || !members {
			return err
		}
		return withMembers(ctx, tx, list)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list groups: %w", err)
	}
	return list, total, nil
}

const selectGroupPage = groupColumns + `WHERE (p.created_at, p.id) > ($1, $2) ORDER BY p.created_at, p.id LIMIT $3`

// GroupPage lists groups without their members, the oldest first.
func (s *Store) GroupPage(ctx context.Context, p auditdb.Page) ([]Group, error) {
	list := []Group{}
	if err := s.SQL.SelectContext(ctx, &list, selectGroupPage, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	return list, nil
}

func groupConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "scim_group_name" {
		return &pg.Conflict{Reason: "Another group has this displayName."}
	}
	return err
}

const insertGroup = `INSERT INTO scim_group (display_name, external_id) VALUES ($1, NULLIF($2, '')) RETURNING id`

// CreateGroup adds a group with members, which gives no role yet. A name that is taken
// is a *Conflict, a member who is no user an *Invalid.
func (s *Store) CreateGroup(ctx context.Context, by auditdb.Actor, g Group) (made Group, err error) {
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		var id uuid.UUID
		if err := pg.GetOne(ctx, tx, &id, insertGroup, g.DisplayName, g.ExternalID); err != nil {
			return groupConstraint(err)
		}
		if err := setMembers(ctx, tx, id, nil, g.Members); err != nil {
			return err
		}
		if made, err = groupByID(ctx, tx, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditGroup, id.String(), nil, made, nil)
	})
	if err != nil {
		return Group{}, fmt.Errorf("create group: %w", err)
	}
	return made, nil
}

const updateGroup = `UPDATE scim_group SET display_name = $2, external_id = NULLIF($3, ''), updated_at = now() WHERE id = $1`

const (
	dropMembers = `DELETE FROM scim_member WHERE group_id = $1 AND agent_id = ANY($2::uuid[])`
	addMembers  = `
INSERT INTO scim_member (group_id, agent_id)
SELECT $1, g.id FROM agent g LEFT JOIN scim_user u ON u.agent_id = g.id WHERE g.id = ANY($2::uuid[]) AND NOT ` + hidden
)

// setMembers makes after the members of a group, who were before.
func setMembers(ctx context.Context, tx *sqlx.Tx, id uuid.UUID, before, after []Ref) error {
	gone, come := missing(before, after), missing(after, before)
	if _, err := tx.ExecContext(ctx, dropMembers, id, pq.Array(pg.UUIDStrings(gone))); err != nil {
		return err
	}
	added, err := tx.ExecContext(ctx, addMembers, id, pq.Array(pg.UUIDStrings(come)))
	if err != nil {
		return err
	}
	if n, err := added.RowsAffected(); err != nil {
		return err
	} else if int(n) != len(come) {
		return &pg.Invalid{Field: "members", Reason: "has one that is no user"}
	}
	return nil
}

// missing are those of list who are not in other, each once.
func missing(list, other []Ref) []uuid.UUID {
	there := map[uuid.UUID]bool{}
	for _, r := range other {
		there[r.ID] = true
	}
	out := []uuid.UUID{}
	for _, r := range list {
		if !there[r.ID] {
			there[r.ID] = true
			out = append(out, r.ID)
		}
	}
	return out
}

// ChangeGroup changes a group by f, which may refuse, and gives those who come or go the
// roles that follow. Whose role did not follow, because they are the last
// administrator, is in kept. Otherwise it fails as CreateGroup.
func (s *Store) ChangeGroup(
	ctx context.Context, by auditdb.Actor, id uuid.UUID, f func(*Group) error,
) (after Group, kept []uuid.UUID, err error) {
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		before, err := groupByID(ctx, tx, id)
		if err != nil {
			return err
		}
		g := before
		g.Members = slices.Clone(before.Members)
		if err := f(&g); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, updateGroup, id, g.DisplayName, g.ExternalID); err != nil {
			return groupConstraint(err)
		}
		if err := setMembers(ctx, tx, id, before.Members, g.Members); err != nil {
			return err
		}
		gone, come := missing(before.Members, g.Members), missing(g.Members, before.Members)
		if kept, err = follow(ctx, tx, by, slices.Concat(gone, come)); err != nil {
			return err
		}
		if after, err = groupByID(ctx, tx, id); err != nil {
			return err
		}
		extra := map[string]any{}
		if len(gone)+len(come) > 0 {
			extra["members"] = map[string]any{"added": come, "removed": gone}
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditGroup, id.String(), before, after, extra)
	})
	if err != nil {
		return Group{}, nil, fmt.Errorf("change group: %w", err)
	}
	return after, kept, nil
}

const updateGroupRole = `UPDATE scim_group SET role = $2, role_id = $3, updated_at = now() WHERE id = $1`

// SetGroupRole says which role a group gives, "" for none, and gives it to its members.
// One that is none or may do more than the ceiling is an *Invalid; so is changing a
// group that gives such a one.
func (s *Store) SetGroupRole(
	ctx context.Context, by auditdb.Actor, ceiling permission.Set, id uuid.UUID, role string,
) (after Group, kept []uuid.UUID, err error) {
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		before, err := groupByID(ctx, tx, id)
		if err != nil {
			return err
		}
		to, err := givable(ctx, tx, ceiling, before, role)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, updateGroupRole, id, to.Role, to.RoleID); err != nil {
			return err
		}
		if kept, err = follow(ctx, tx, by, missing(before.Members, nil)); err != nil {
			return err
		}
		if after, err = groupByID(ctx, tx, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditGroup, id.String(), before, after, nil)
	})
	if err != nil {
		return Group{}, nil, fmt.Errorf("set role of group: %w", err)
	}
	return after, kept, nil
}

// givable is the group with another role, which whoever gives it may give.
func givable(ctx context.Context, tx *sqlx.Tx, ceiling permission.Set, g Group, role string) (Group, error) {
	had, err := permissionsOf(ctx, tx, g.Role, g.RoleID)
	if err != nil {
		return g, err
	}
	g.Role, g.RoleID = nil, uuid.NullUUID{}
	if role != "" {
		if to := admindb.RoleNamed(role); to.RoleID.Valid {
			g.RoleID = to.RoleID
		} else {
			g.Role = &role
		}
	}
	gets, err := permissionsOf(ctx, tx, g.Role, g.RoleID)
	if err != nil {
		return g, err
	}
	for _, set := range []permission.Set{had, gets} {
		if beyond := set.Beyond(ceiling); len(beyond) > 0 {
			return g, &pg.Invalid{Field: "role", Reason: "has " + beyond[0] + ", which you do not have yourself"}
		}
	}
	return g, nil
}

const deleteGroup = `DELETE FROM scim_group WHERE id = $1`

// DeleteGroup deletes a group; its members lose the role that it gave. f may refuse.
func (s *Store) DeleteGroup(ctx context.Context, by auditdb.Actor, id uuid.UUID, f func(Group) error) (kept []uuid.UUID, err error) {
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		before, err := groupByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := f(before); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteGroup, id); err != nil {
			return err
		}
		if kept, err = follow(ctx, tx, by, missing(before.Members, nil)); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditGroup, id.String(), before, nil, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("delete group: %w", err)
	}
	return kept, nil
}
