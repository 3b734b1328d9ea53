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

// Token is an API token without its secret.
type Token struct {
	ID            uuid.UUID      `db:"id" json:"id"`
	Name          string         `db:"name" json:"name"`
	Role          string         `db:"role" json:"role"`
	Permissions   pq.StringArray `db:"permissions" json:"permissions"` // null: all of its role
	Agent         uuid.NullUUID  `db:"agent_id" json:"agent_id"`
	AgentName     *string        `db:"agent_name" json:"agent_name"`
	CreatedBy     uuid.UUID      `db:"created_by" json:"created_by"`
	CreatedByName string         `db:"created_by_name" json:"created_by_name"`
	CreatedAt     time.Time      `db:"created_at" json:"created_at"`
	ExpiresAt     time.Time      `db:"expires_at" json:"expires_at"`
	LastUsed      *time.Time     `db:"last_used_at" json:"last_used_at"` // to the minute
	RevokedAt     *time.Time     `db:"revoked_at" json:"revoked_at"`
}

// NewToken is a token to keep by its hash.
type NewToken struct {
	Name, Role  string
	Permissions []string // nil: all of its role
	Hash        []byte
	Agent       uuid.NullUUID
	ExpiresAt   time.Time
}

const tokenColumns = `id, name, role, permissions, agent_id, (SELECT g.name FROM agent g WHERE g.id = agent_id) AS agent_name,
  created_by, (SELECT g.name FROM agent g WHERE g.id = created_by) AS created_by_name, created_at, expires_at, last_used_at, revoked_at`

// Both are locked until the token is there: who is disabled in this moment takes
// it along, or is seen to be disabled. In the order of ChangeAgent: administrators
// first.
const lockTokenPeople = `
SELECT g.id, g.role, r.permissions, g.queues_limited FROM agent g LEFT JOIN role r ON r.id = g.role_id
WHERE g.id = ANY($1::uuid[]) AND g.disabled_at IS NULL ORDER BY g.role <> 'administrator', g.id FOR SHARE OF g`

const insertToken = `
INSERT INTO api_token (name, token_hash, role, permissions, agent_id, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING ` + tokenColumns

// roleRank orders the roles by what they may do.
var roleRank = map[string]int{RoleAgent: 1, RoleSupervisor: 2, RoleAdministrator: 3}

// tokenPerson is who makes a token, or whom it acts as.
type tokenPerson struct {
	ID          uuid.UUID      `db:"id"`
	Role        string         `db:"role"`
	Permissions pq.StringArray `db:"permissions"` // of a role that is not built in
	Limited     bool           `db:"queues_limited"`
}

func (p tokenPerson) may() permission.Set {
	may := permission.OfRole(p.Role)
	if p.Permissions != nil {
		may = may.And(permission.Of(p.Permissions...))
	}
	if p.Limited {
		may = may.Within()
	}
	return may
}

// checkTokenPeople refuses a token that no person answers for, and one that may do
// more than its maker or whom it acts as.
func checkTokenPeople(ctx context.Context, tx *sqlx.Tx, maker uuid.UUID, n NewToken) error {
	people := []uuid.UUID{maker}
	if n.Agent.Valid {
		people = append(people, n.Agent.UUID)
	}
	var found []tokenPerson
	if err := tx.SelectContext(ctx, &found, lockTokenPeople, pq.Array(pg.UUIDStrings(people))); err != nil {
		return err
	}
	byID := map[uuid.UUID]tokenPerson{}
	for _, p := range found {
		byID[p.ID] = p
	}
	by, acts := byID[maker], byID[n.Agent.UUID]
	switch {
	case roleRank[by.Role] < roleRank[n.Role]:
		return &pg.Invalid{Field: "role", Reason: "is above your own"}
	case n.Agent.Valid && acts.Role == "":
		return &pg.Invalid{Field: "agent_id", Reason: "is no agent, or one who is disabled"}
	case n.Agent.Valid && roleRank[acts.Role] < roleRank[n.Role]:
		return &pg.Invalid{Field: "role", Reason: "is above that of the agent, " + acts.Role}
	case n.Agent.Valid && acts.ID != by.ID && by.Limited:
		return &pg.Invalid{Field: "agent_id", Reason: "must be yourself or nobody: you are limited to queues"}
	}
	return checkTokenPermissions(by, n)
}

// checkTokenPermissions refuses permissions that the token's role or its maker does
// not have.
func checkTokenPermissions(by tokenPerson, n NewToken) error {
	asked := permission.Of(n.Permissions...)
	if beyond := asked.Beyond(permission.OfRole(n.Role)); len(beyond) > 0 {
		return &pg.Invalid{Field: "permissions", Reason: "has " + beyond[0] + ", which the role " + n.Role + " does not have"}
	}
	if beyond := asked.Beyond(by.may()); len(beyond) > 0 {
		return &pg.Invalid{Field: "permissions", Reason: "has " + beyond[0] + ", which you do not have yourself"}
	}
	return nil
}

// CreateToken keeps a new token of the agent who makes it. An agent who does not
// exist or is disabled, or whose role is below the token's, is an *Invalid.
func (s *Store) CreateToken(ctx context.Context, by auditdb.Actor, n NewToken) (Token, error) {
	var t Token
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := checkTokenPeople(ctx, tx, by.Agent.UUID, n); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &t, insertToken, n.Name, n.Hash, n.Role, pq.Array(n.Permissions), n.Agent, by.Agent, n.ExpiresAt); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditToken, t.ID.String(), nil, t, nil)
	})
	if err != nil {
		return Token{}, fmt.Errorf("create token: %w", err)
	}
	return t, nil
}

const selectTokens = `SELECT ` + tokenColumns + ` FROM api_token WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Tokens lists all tokens, revoked ones too, the oldest first.
func (s *Store) Tokens(ctx context.Context, p auditdb.Page) ([]Token, error) {
	list := []Token{}
	if err := s.SQL.SelectContext(ctx, &list, selectTokens, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

const lockToken = `SELECT ` + tokenColumns + ` FROM api_token WHERE id = $1 FOR UPDATE`

const revokeToken = `UPDATE api_token SET revoked_at = now() WHERE id = $1 RETURNING ` + tokenColumns

// RevokeToken ends a token for good. One that is revoked already is no error.
func (s *Store) RevokeToken(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var before, after Token
		if err := pg.GetOne(ctx, tx, &before, lockToken, id); err != nil || before.RevokedAt != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, revokeToken, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "revoke", auditdb.AuditToken, id.String(), before, after, nil)
	})
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

const lockTokensOf = `
SELECT ` + tokenColumns + ` FROM api_token WHERE revoked_at IS NULL AND (created_by = $1 OR agent_id = $1) ORDER BY id FOR UPDATE`

// RevokeTokensOf ends all tokens that somebody made or that act as them.
func RevokeTokensOf(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, agent uuid.UUID) error {
	var tokens []Token
	if err := tx.SelectContext(ctx, &tokens, lockTokensOf, agent); err != nil {
		return err
	}
	for _, before := range tokens {
		var after Token
		if err := pg.GetOne(ctx, tx, &after, revokeToken, before.ID); err != nil {
			return err
		}
		if err := auditdb.AuditDiff(ctx, tx, by, "revoke", auditdb.AuditToken, before.ID.String(), before, after, nil); err != nil {
			return err
		}
	}
	return nil
}

const touchToken = `
UPDATE api_token SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`

// TokenUsed records that a token is used, to the minute.
func (s *Store) TokenUsed(ctx context.Context, id uuid.UUID) error {
	if _, err := s.SQL.ExecContext(ctx, touchToken, id); err != nil {
		return fmt.Errorf("record use of a token: %w", err)
	}
	return nil
}
