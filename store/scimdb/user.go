package scimdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// User is an agent as the provider knows them.
type User struct {
	ID          uuid.UUID      `db:"id"`
	UserName    string         `db:"user_name"`
	ExternalID  string         `db:"external_id"` // "": none
	Given       sql.NullString `db:"given_email"` // the address that the provider gave; null: the user name is it
	DisplayName string         `db:"display_name"`
	Formatted   string         `db:"formatted"`
	GivenName   string         `db:"given_name"`
	FamilyName  string         `db:"family_name"`
	Active      bool           `db:"active"`
	CreatedAt   time.Time      `db:"created_at"`
	UpdatedAt   time.Time      `db:"updated_at"`

	Name  string `db:"name"`  // as colleagues see it; follows from the names above
	Email string `db:"email"` // follows from the address or the user name

	Groups []Ref `db:"-"`
}

// Ref names a group of a user, or a member of a group.
type Ref struct {
	Of   uuid.UUID `db:"of"`
	ID   uuid.UUID `db:"id"`
	Name string    `db:"name"`
}

// MaxName is how many characters the name of an agent may have.
const MaxName = 100

// settle works out what follows from what the provider gave.
func (u *User) settle() {
	u.Email = u.UserName
	if u.Given.Valid {
		u.Email = u.Given.String
	}
	local, _, _ := strings.Cut(u.UserName, "@")
	for _, name := range []string{u.DisplayName, u.Formatted, u.GivenName + " " + u.FamilyName, u.Name, local} {
		if name = strings.TrimSpace(name); name != "" {
			runes := []rune(name)
			u.Name = string(runes[:min(len(runes), MaxName)])
			return
		}
	}
}

// Filter narrows the list of users; nil is no restriction.
type Filter struct {
	ID                          *uuid.UUID
	UserName, ExternalID, Email *string
	Active                      *bool
}

// Whom the provider deleted it does not see, until somebody enables them again.
const hidden = `(u.deleted_at IS NOT NULL AND g.disabled_at IS NOT NULL)`

const userColumns = `
SELECT g.id, COALESCE(u.user_name, g.email) AS user_name, COALESCE(u.external_id, '') AS external_id, u.email AS given_email,
       COALESCE(u.display_name, '') AS display_name, COALESCE(u.formatted, '') AS formatted, COALESCE(u.given_name, '') AS given_name,
       COALESCE(u.family_name, '') AS family_name, g.disabled_at IS NULL AS active, g.created_at,
       GREATEST(g.updated_at, u.updated_at) AS updated_at, g.name, g.email `

const fromUsers = `FROM agent g LEFT JOIN scim_user u ON u.agent_id = g.id `

const selectUser = userColumns + fromUsers + `WHERE g.id = $1 AND NOT ` + hidden

const filtered = `WHERE NOT ` + hidden + `
  AND ($1::uuid IS NULL OR g.id = $1) AND ($2::text IS NULL OR lower(COALESCE(u.user_name, g.email)) = lower($2))
  AND ($3::text IS NULL OR u.external_id = $3) AND ($4::text IS NULL OR lower(g.email) = lower($4))
  AND ($5::boolean IS NULL OR (g.disabled_at IS NULL) = $5)`

const (
	countUsers  = `SELECT count(*) ` + fromUsers + filtered
	selectUsers = userColumns + fromUsers + filtered + ` ORDER BY g.created_at, g.id LIMIT $6 OFFSET $7`
)

const selectGroupsOf = `
SELECT m.agent_id AS of, p.id, p.display_name AS name FROM scim_member m JOIN scim_group p ON p.id = m.group_id
WHERE m.agent_id = ANY($1::uuid[]) ORDER BY m.agent_id, lower(p.display_name)`

// withGroups reads which groups users are in.
func withGroups(ctx context.Context, q sqlx.QueryerContext, users []User) error {
	at, ids := map[uuid.UUID]*User{}, make([]uuid.UUID, len(users))
	for i := range users {
		at[users[i].ID], ids[i] = &users[i], users[i].ID
	}
	var refs []Ref
	if err := sqlx.SelectContext(ctx, q, &refs, selectGroupsOf, pq.Array(pg.UUIDStrings(ids))); err != nil {
		return err
	}
	for _, r := range refs {
		at[r.Of].Groups = append(at[r.Of].Groups, r)
	}
	return nil
}

func userByID(ctx context.Context, q sqlx.QueryerContext, id uuid.UUID) (User, error) {
	one := make([]User, 1)
	if err := pg.GetOne(ctx, q, &one[0], selectUser, id); err != nil {
		return User{}, err
	}
	return one[0], withGroups(ctx, q, one)
}

// User returns a user or ErrNotFound.
func (s *Store) User(ctx context.Context, id uuid.UUID) (User, error) {
	u, err := userByID(ctx, s.SQL, id)
	if err != nil {
		return User{}, fmt.Errorf("read user: %w", err)
	}
	return u, nil
}

// Users returns a part of the users that pass a filter, the oldest first, and how many
// pass it.
func (s *Store) Users(ctx context.Context, f Filter, p Part) (list []User, total int, err error) {
	err = s.ReadTx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &total, countUsers, f.ID, f.UserName, f.ExternalID, f.Email, f.Active); err != nil {
			return err
		}
		list = []User{}
		if err := tx.SelectContext(ctx, &list, selectUsers, f.ID, f.UserName, f.ExternalID, f.Email, f.Active, p.Count, p.Skip); err != nil {
			return err
		}
		return withGroups(ctx, tx, list)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list users: %w", err)
	}
	return list, total, nil
}

const upsertUser = `
INSERT INTO scim_user (agent_id, user_name, external_id, email, display_name, formatted, given_name, family_name, deleted_at)
VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6, $7, $8, NULL)
ON CONFLICT (agent_id) DO UPDATE SET user_name = EXCLUDED.user_name, external_id = EXCLUDED.external_id, email = EXCLUDED.email,
  display_name = EXCLUDED.display_name, formatted = EXCLUDED.formatted, given_name = EXCLUDED.given_name, family_name = EXCLUDED.family_name,
  deleted_at = NULL, updated_at = now()`

func write(ctx context.Context, tx *sqlx.Tx, u User) error {
	_, err := tx.ExecContext(ctx, upsertUser, u.ID, u.UserName, u.ExternalID, u.Given, u.DisplayName, u.Formatted, u.GivenName, u.FamilyName)
	return err
}

// A user name is one of all agents, whether a provider gave it or it is their address.
const selectHolders = `
SELECT g.id, ` + hidden + ` AS hidden FROM agent g LEFT JOIN scim_user u ON u.agent_id = g.id
WHERE g.id <> $1 AND (lower(COALESCE(u.user_name, g.email)) = lower($2) OR lower(g.email) = lower($3))`

type holder struct {
	ID     uuid.UUID `db:"id"`
	Hidden bool      `db:"hidden"`
}

// holderOf is who has the user name or the address of u; nil if nobody has.
func holderOf(ctx context.Context, tx *sqlx.Tx, u User) (*holder, error) {
	var found []holder
	if err := tx.SelectContext(ctx, &found, selectHolders, u.ID, u.UserName, u.Email); err != nil {
		return nil, err
	}
	switch {
	case len(found) == 0:
		return nil, nil
	case len(found) > 1 || !found[0].Hidden:
		return nil, &pg.Conflict{Reason: "Another user has this userName or e-mail address."}
	}
	return &found[0], nil
}

// capacity is that of agents whom a provider adds, as of those whom people add.
const capacity = 3

// CreateUser adds an agent. One whom the provider deleted before comes back as an agent
// without what they had. A user name that is taken is a *Conflict.
func (s *Store) CreateUser(ctx context.Context, by auditdb.Actor, u User) (made User, err error) {
	u.ID = uuid.Nil
	u.settle()
	var change admindb.AgentChange
	var agent admindb.Agent
	err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		old, err := holderOf(ctx, tx, u)
		if err != nil {
			return err
		}
		disabled := !u.Active
		if old == nil {
			n := admindb.NewAgent{Name: u.Name, Email: u.Email, Role: configdb.RoleAgent, Capacity: capacity}
			agent, err = admindb.CreateAgentTx(ctx, tx, by, n)
			change = admindb.AgentChange{}
			if err == nil && disabled {
				change.Disabled = &disabled
				agent, err = admindb.ChangeAgentTx(ctx, tx, by, agent.ID, change)
			}
		} else {
			change = admindb.AgentChange{Name: &u.Name, Email: &u.Email, Disabled: &disabled}
			if agent, err = admindb.ChangeAgentTx(ctx, tx, by, old.ID, change); err == nil {
				err = admindb.GiveRoleTx(ctx, tx, by, old.ID, admindb.RoleNamed(configdb.RoleAgent))
			}
		}
		if err != nil {
			return err
		}
		u := u
		u.ID = agent.ID
		if err := write(ctx, tx, u); err != nil {
			return err
		}
		made, err = userByID(ctx, tx, agent.ID)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("create user: %w", err)
	}
	s.Admin.AgentChanged(ctx, change, agent)
	return made, nil
}

// ChangeUser changes a user by f, which may refuse. Who is not active any more is
// disabled, which ends their sign-ins and API tokens. The last administrator cannot be:
// that is a *Conflict, as a user name that is taken.
func (s *Store) ChangeUser(ctx context.Context, by auditdb.Actor, id uuid.UUID, f func(*User) error) (after User, err error) {
	var change admindb.AgentChange
	var agent admindb.Agent
	err = s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		before, err := userByID(ctx, tx, id)
		if err != nil {
			return err
		}
		u := before
		if err := f(&u); err != nil {
			return err
		}
		u.settle()
		if old, err := holderOf(ctx, tx, u); err != nil {
			return err
		} else if old != nil {
			return &pg.Conflict{Reason: "A user who was deleted has this userName or e-mail address. Create them again."}
		}
		change = changeOf(before, u)
		if agent, err = admindb.ChangeAgentTx(ctx, tx, by, id, change); err != nil {
			return err
		}
		if err := write(ctx, tx, u); err != nil {
			return err
		}
		after, err = userByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("change user: %w", err)
	}
	s.Admin.AgentChanged(ctx, change, agent)
	return after, nil
}

// changeOf is what becomes of the agent.
func changeOf(before, after User) (c admindb.AgentChange) {
	if before.Name != after.Name {
		c.Name = &after.Name
	}
	if before.Email != after.Email {
		c.Email = &after.Email
	}
	if before.Active != after.Active {
		disabled := !after.Active
		c.Disabled = &disabled
	}
	return c
}

const markDeleted = `
INSERT INTO scim_user (agent_id, deleted_at) VALUES ($1, now())
ON CONFLICT (agent_id) DO UPDATE SET external_id = NULL, deleted_at = now(), updated_at = now()`

const leaveGroups = `DELETE FROM scim_member WHERE agent_id = $1`

// DeleteUser disables an agent, takes them out of all groups and hides them from the
// provider. What they wrote stays. f may refuse. The last administrator is a *Conflict.
func (s *Store) DeleteUser(ctx context.Context, by auditdb.Actor, id uuid.UUID, f func(User) error) error {
	disabled := true
	change := admindb.AgentChange{Disabled: &disabled}
	var agent admindb.Agent
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		before, err := userByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := f(before); err != nil {
			return err
		}
		if agent, err = admindb.ChangeAgentTx(ctx, tx, by, id, change); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, leaveGroups, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, markDeleted, id); err != nil {
			return err
		}
		_, err = follow(ctx, tx, by, []uuid.UUID{id})
		return err
	})
	if err != nil {
		return fmt.Errorf("delete user: %w", err)
	}
	s.Admin.AgentChanged(ctx, change, agent)
	return nil
}

// IsLastAdministrator tells this refusal from others.
func IsLastAdministrator(err error) bool {
	var clash *pg.Conflict
	return errors.As(err, &clash) && clash.Reason == admindb.LastAdministrator
}
