package configdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Token is an API token without its secret.
type Token struct {
	ID        uuid.UUID     `db:"id" json:"id"`
	Name      string        `db:"name" json:"name"`
	Role      string        `db:"role" json:"role"`
	Agent     uuid.NullUUID `db:"agent_id" json:"agent_id"`
	CreatedBy uuid.UUID     `db:"created_by" json:"created_by"`
	CreatedAt time.Time     `db:"created_at" json:"created_at"`
	ExpiresAt time.Time     `db:"expires_at" json:"expires_at"`
	LastUsed  *time.Time    `db:"last_used_at" json:"last_used_at"` // to the minute
	RevokedAt *time.Time    `db:"revoked_at" json:"revoked_at"`
}

// NewToken is a token to keep by its hash.
type NewToken struct {
	Name, Role string
	Hash       []byte
	Agent      uuid.NullUUID
	ExpiresAt  time.Time
}

const tokenColumns = `id, name, role, agent_id, created_by, created_at, expires_at, last_used_at, revoked_at`

// Both are locked until the token is there: who is disabled in this moment takes
// it along, or is seen to be disabled. In the order of ChangeAgent: administrators
// first.
const lockTokenPeople = `
SELECT id, role FROM agent WHERE id = ANY($1::uuid[]) AND disabled_at IS NULL ORDER BY role <> 'administrator', id FOR SHARE`

const insertToken = `
INSERT INTO api_token (name, token_hash, role, agent_id, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING ` + tokenColumns

// roleRank orders the roles by what they may do.
var roleRank = map[string]int{RoleAgent: 1, RoleSupervisor: 2, RoleAdministrator: 3}

// checkTokenPeople refuses a token that no person answers for, and one of a role
// above that of whom it acts as.
func checkTokenPeople(ctx context.Context, tx *sqlx.Tx, maker uuid.UUID, n NewToken) error {
	people := []uuid.UUID{maker}
	if n.Agent.Valid {
		people = append(people, n.Agent.UUID)
	}
	var found []struct {
		ID   uuid.UUID `db:"id"`
		Role string    `db:"role"`
	}
	if err := tx.SelectContext(ctx, &found, lockTokenPeople, pq.Array(pg.UUIDStrings(people))); err != nil {
		return err
	}
	roles := map[uuid.UUID]string{}
	for _, p := range found {
		roles[p.ID] = p.Role
	}
	switch {
	case roleRank[roles[maker]] < roleRank[n.Role]:
		return &pg.Invalid{Field: "role", Reason: "is above your own"}
	case n.Agent.Valid && roles[n.Agent.UUID] == "":
		return &pg.Invalid{Field: "agent_id", Reason: "is no agent, or one who is disabled"}
	case n.Agent.Valid && roleRank[roles[n.Agent.UUID]] < roleRank[n.Role]:
		return &pg.Invalid{Field: "role", Reason: "is above that of the agent, " + roles[n.Agent.UUID]}
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
		if err := pg.GetOne(ctx, tx, &t, insertToken, n.Name, n.Hash, n.Role, n.Agent, by.Agent, n.ExpiresAt); err != nil {
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
