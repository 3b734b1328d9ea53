package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Token is an API token without its secret.
type Token struct {
	ID        uuid.UUID     `db:"id" json:"id"`
	Name      string        `db:"name" json:"name"`
	Role      string        `db:"role" json:"role"`
	Agent     uuid.NullUUID `db:"agent_id" json:"agent_id"`
	CreatedBy uuid.NullUUID `db:"created_by" json:"created_by"`
	CreatedAt time.Time     `db:"created_at" json:"created_at"`
	ExpiresAt *time.Time    `db:"expires_at" json:"expires_at"`
	RevokedAt *time.Time    `db:"revoked_at" json:"revoked_at"`
}

// NewToken is a token to keep by its hash.
type NewToken struct {
	Name, Role string
	Hash       []byte
	Agent      uuid.NullUUID
	ExpiresAt  *time.Time
}

const tokenColumns = `id, name, role, agent_id, created_by, created_at, expires_at, revoked_at`

const insertToken = `
INSERT INTO api_token (name, token_hash, role, agent_id, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING ` + tokenColumns

// CreateToken keeps a new token. An agent that does not exist is an *Invalid.
func (s *Store) CreateToken(ctx context.Context, by Actor, n NewToken) (Token, error) {
	var t Token
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		err := get(ctx, tx, &t, insertToken, n.Name, n.Hash, n.Role, n.Agent, by.Agent, n.ExpiresAt)
		if name, _ := constraint(err); name == "api_token_agent_id_fkey" {
			return &Invalid{Field: "agent_id", Reason: "is no agent"}
		} else if err != nil {
			return err
		}
		return auditDiff(ctx, tx, by, "create", AuditToken, t.ID.String(), nil, t, nil)
	})
	if err != nil {
		return Token{}, fmt.Errorf("create token: %w", err)
	}
	return t, nil
}

const selectTokens = `SELECT ` + tokenColumns + ` FROM api_token WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Tokens lists all tokens, revoked ones too, the oldest first.
func (s *Store) Tokens(ctx context.Context, p Page) ([]Token, error) {
	list := []Token{}
	if err := s.db.SelectContext(ctx, &list, selectTokens, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

const lockToken = `SELECT ` + tokenColumns + ` FROM api_token WHERE id = $1 FOR UPDATE`

const revokeToken = `UPDATE api_token SET revoked_at = now() WHERE id = $1 RETURNING ` + tokenColumns

// RevokeToken ends a token for good. One that is revoked already is no error.
func (s *Store) RevokeToken(ctx context.Context, by Actor, id uuid.UUID) error {
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		var before, after Token
		if err := get(ctx, tx, &before, lockToken, id); err != nil || before.RevokedAt != nil {
			return err
		}
		if err := get(ctx, tx, &after, revokeToken, id); err != nil {
			return err
		}
		return auditDiff(ctx, tx, by, "revoke", AuditToken, id.String(), before, after, nil)
	})
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}
