package ssodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// Person is who a provider says signs in. Role is ours, by the provider's mapping: the
// name of a built-in one, or the id of another.
type Person struct {
	Subject, Name, Email string
	Verified             bool // the address is this person's, by the provider's word or the administrator's
	Role                 string
}

// Reasons why somebody is not let in.
var (
	ErrDisabled  = errors.New("the person is disabled")
	ErrTaken     = errors.New("the e-mail address is somebody's who did not sign in here before")
	ErrNotAdded  = errors.New("the person has not been added")
	ErrNoAddress = errors.New("the provider gives no e-mail address")
)

// Two first sign-ins of one person at the same moment wait for each other here.
const lockSubject = `SELECT pg_advisory_xact_lock(hashtextextended($1::text || ' ' || $2, 150))`

const selectIdentity = `
SELECT g.id, g.disabled_at IS NOT NULL AS disabled
FROM agent_identity i JOIN agent g ON g.id = i.agent_id WHERE i.provider_id = $1 AND i.subject = $2`

const selectByEmail = `
SELECT id, disabled_at IS NOT NULL AS disabled FROM agent WHERE lower(email) = lower($1) FOR NO KEY UPDATE`

const insertIdentity = `INSERT INTO agent_identity (provider_id, subject, agent_id) VALUES ($1, $2, $3)`

type known struct {
	ID       uuid.UUID `db:"id"`
	Disabled bool      `db:"disabled"`
}

// PersonOf returns which agent somebody at a provider is: who signed in as that
// subject before, else who has the verified address, else a new one, as far as the
// provider's settings allow.
func (s *Store) PersonOf(ctx context.Context, p Provider, who Person) (uuid.UUID, error) {
	var agent uuid.UUID
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, lockSubject, p.ID, who.Subject); err != nil {
			return err
		}
		var have known
		err := pg.GetOne(ctx, tx, &have, selectIdentity, p.ID, who.Subject)
		if errors.Is(err, pg.ErrNotFound) {
			agent, err = s.link(ctx, tx, p, who)
			return err
		}
		agent = have.ID
		if err == nil && have.Disabled {
			return ErrDisabled
		}
		return err
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("find who signs in: %w", err)
	}
	return agent, nil
}

// link finds or creates the agent of a subject that is new.
func (s *Store) link(ctx context.Context, tx *sqlx.Tx, p Provider, who Person) (uuid.UUID, error) {
	if who.Email == "" {
		return uuid.Nil, ErrNoAddress
	}
	var have known
	err := pg.GetOne(ctx, tx, &have, selectByEmail, who.Email)
	switch {
	case errors.Is(err, pg.ErrNotFound):
		return s.create(ctx, tx, p, who)
	case err != nil:
		return uuid.Nil, err
	case !p.LinkByEmail || !who.Verified:
		return uuid.Nil, ErrTaken
	case have.Disabled:
		return uuid.Nil, ErrDisabled
	}
	if _, err := tx.ExecContext(ctx, insertIdentity, p.ID, who.Subject, have.ID); err != nil {
		return uuid.Nil, err
	}
	return have.ID, auditdb.WriteAudit(ctx, tx, auditdb.Actor{}, "link", auditdb.AuditAgent, have.ID.String(),
		map[string]any{"identity_provider_id": map[string]any{"to": p.ID}})
}

func (s *Store) create(ctx context.Context, tx *sqlx.Tx, p Provider, who Person) (uuid.UUID, error) {
	if !p.CreatePeople {
		return uuid.Nil, ErrNotAdded
	}
	role := admindb.RoleNamed(who.Role)
	n := admindb.NewAgent{Name: who.Name, Email: who.Email, Role: role.Role, Capacity: p.Capacity}
	if role.RoleID.Valid {
		n.Role = configdb.RoleAgent // until it is given below
	}
	a, err := admindb.CreateAgentTx(ctx, tx, auditdb.Actor{}, n)
	if err != nil {
		var taken *pg.Conflict
		if errors.As(err, &taken) { // added in this moment
			return uuid.Nil, ErrTaken
		}
		return uuid.Nil, err
	}
	if _, err := tx.ExecContext(ctx, insertIdentity, p.ID, who.Subject, a.ID); err != nil {
		return uuid.Nil, err
	}
	return a.ID, admindb.GiveRoleTx(ctx, tx, auditdb.Actor{}, a.ID, role)
}

// A provider that is disabled in this moment either ends this sign-in too, or is seen
// to be disabled.
const markSignIn = `
WITH p AS (SELECT id FROM identity_provider WHERE id = $2 AND enabled FOR SHARE)
UPDATE sign_in i SET provider_id = p.id, provider_session = $3 FROM p WHERE i.token_hash = $1 RETURNING i.agent_id`

// MarkSignIn says at which provider a sign-in was made, and in which session there.
// When that has been disabled or deleted it is ErrNotFound.
func (s *Store) MarkSignIn(ctx context.Context, tokenHash []byte, provider uuid.UUID, session string) error {
	var agent uuid.UUID
	if err := pg.GetOne(ctx, s.SQL, &agent, markSignIn, tokenHash, provider, session); err != nil {
		return fmt.Errorf("mark sign-in: %w", err)
	}
	return nil
}

const selectSignInProvider = `
SELECT ` + providerColumns + ` FROM identity_provider WHERE id = (SELECT provider_id FROM sign_in WHERE token_hash = $1)`

// ProviderOfSignIn returns where a sign-in was made, or ErrNotFound if by password.
func (s *Store) ProviderOfSignIn(ctx context.Context, tokenHash []byte) (Provider, error) {
	return s.one(ctx, s.SQL, selectSignInProvider, tokenHash)
}

// A session that the provider names ends alone. Where it named none, then or now,
// all of the person's there do.
const endSessions = `
DELETE FROM sign_in i WHERE i.provider_id = $1
  AND ($2 <> '' AND i.provider_session = $2
    OR ($2 = '' OR i.provider_session = '')
       AND i.agent_id = (SELECT d.agent_id FROM agent_identity d WHERE d.provider_id = $1 AND d.subject = $3))
RETURNING i.agent_id`

// EndSessions ends sign-ins as their provider wants it: those of one session there,
// or all of a subject. It returns whose they were.
func (s *Store) EndSessions(ctx context.Context, provider uuid.UUID, session, subject string) (agents []uuid.UUID, err error) {
	err = s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		agents = nil
		return tx.SelectContext(ctx, &agents, endSessions, provider, session, subject)
	})
	if err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	return agents, nil
}

// SignedOut says that an agent has no sign-in and no API token any more.
func (s *Store) SignedOut(ctx context.Context, agent uuid.UUID) (bool, error) {
	still, err := configdb.StillSignedIn(ctx, s.SQL, agent)
	if err != nil {
		return false, err
	}
	return !still, nil
}

// RequestLasts is how long somebody may take at their provider.
const RequestLasts = 15 * time.Minute
