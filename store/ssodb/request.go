package ssodb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"switchboard/store/pg"
)

// Request is a sign-in that is under way at a provider. State and Browser are
// hashes: of what the provider sends back, and of the cookie of the browser that
// began.
type Request struct {
	State    []byte    `db:"state_hash"`
	Browser  []byte    `db:"browser_hash"`
	Provider uuid.UUID `db:"provider_id"`
	Nonce    string    `db:"nonce"`
	Verifier string    `db:"verifier"`
	ReturnTo string    `db:"return_to"`
	Expires  time.Time `db:"expires_at"`
}

const insertRequest = `
WITH old AS (DELETE FROM sso_request WHERE expires_at < now())
INSERT INTO sso_request (state_hash, browser_hash, provider_id, nonce, verifier, return_to, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// Begin keeps a request until the browser comes back, and forgets expired ones.
func (s *Store) Begin(ctx context.Context, r Request) error {
	_, err := s.SQL.ExecContext(ctx, insertRequest, r.State, r.Browser, r.Provider, r.Nonce, r.Verifier, r.ReturnTo, r.Expires)
	if err != nil {
		return fmt.Errorf("begin single sign-on: %w", err)
	}
	return nil
}

// A request is taken by whoever brings its state, so that no state is good twice.
const takeRequest = `
DELETE FROM sso_request WHERE state_hash = $1
RETURNING state_hash, browser_hash, provider_id, nonce, verifier, return_to, expires_at`

// Take returns a request by the hash of its state, once, or ErrNotFound. Whether it
// is this browser's and still in time is for the caller to check.
func (s *Store) Take(ctx context.Context, state []byte) (Request, error) {
	var r Request
	if err := pg.GetOne(ctx, s.SQL, &r, takeRequest, state); err != nil {
		return Request{}, fmt.Errorf("take single sign-on: %w", err)
	}
	return r, nil
}
