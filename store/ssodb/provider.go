package ssodb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/permission"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Provider is an identity provider that people sign in at with OpenID Connect.
type Provider struct {
	ID           uuid.UUID         `json:"id"`
	Name         string            `json:"name"`
	Issuer       string            `json:"issuer"` // exactly as its tokens say it
	ClientID     string            `json:"client_id"`
	ClientSecret Secret            `json:"client_secret"` // empty: a public client
	Scopes       []string          `json:"scopes"`        // besides openid
	RoleClaim    string            `json:"role_claim"`    // path of the claim with groups or roles, "realm_access.roles"; empty: none
	Roles        map[string]string `json:"roles"`         // value of the claim → our role, by name or id
	DefaultRole  *string           `json:"default_role"`  // of who has no value that is listed; nil: they may not in
	CreatePeople bool              `json:"create_people"` // at their first sign-in
	LinkByEmail  bool              `json:"link_by_email"` // to who is here with the same verified address
	TrustEmail   bool              `json:"trust_email"`   // addresses too that the provider does not call verified
	Capacity     int               `json:"capacity"`      // of people who are created
	Enabled      bool              `json:"enabled"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
}

// Secret is a credential that prints and marshals as whether it is set.
type Secret string

// MarshalJSON answers {"set": true}.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]bool{"set": s != ""}) }

func (s Secret) String() string { return "secret" }

// GoString is what %#v prints.
func (s Secret) GoString() string { return "secret" }

type providerRow struct {
	ID           uuid.UUID      `db:"id"`
	Name         string         `db:"name"`
	Issuer       string         `db:"issuer"`
	ClientID     string         `db:"client_id"`
	ClientSecret []byte         `db:"client_secret"`
	Scopes       pq.StringArray `db:"scopes"`
	RoleClaim    string         `db:"role_claim"`
	Roles        []byte         `db:"roles"`
	DefaultRole  *string        `db:"default_role"`
	CreatePeople bool           `db:"create_people"`
	LinkByEmail  bool           `db:"link_by_email"`
	TrustEmail   bool           `db:"trust_email"`
	Capacity     int            `db:"capacity"`
	Enabled      bool           `db:"enabled"`
	CreatedAt    time.Time      `db:"created_at"`
	UpdatedAt    time.Time      `db:"updated_at"`
}

func (s *Store) open(r providerRow) (Provider, error) {
	p := Provider{ID: r.ID, Name: r.Name, Issuer: r.Issuer, ClientID: r.ClientID, Scopes: pg.NotNil(r.Scopes), RoleClaim: r.RoleClaim,
		Roles: map[string]string{}, DefaultRole: r.DefaultRole, CreatePeople: r.CreatePeople, LinkByEmail: r.LinkByEmail,
		TrustEmail: r.TrustEmail, Capacity: r.Capacity, Enabled: r.Enabled, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
	if err := json.Unmarshal(r.Roles, &p.Roles); err != nil {
		return Provider{}, fmt.Errorf("roles of identity provider %s: %w", r.ID, err)
	}
	if len(r.ClientSecret) == 0 {
		return p, nil
	}
	plain, err := s.Secrets.Open(r.ClientSecret, []byte(r.ID.String()))
	if err != nil {
		return Provider{}, fmt.Errorf("secret of identity provider %s: %w", r.ID, err)
	}
	p.ClientSecret = Secret(plain)
	return p, nil
}

func (s *Store) seal(p Provider) ([]byte, error) {
	if p.ClientSecret == "" {
		return []byte{}, nil
	}
	return s.Secrets.Seal([]byte(p.ClientSecret), []byte(p.ID.String()))
}

const providerColumns = `id, name, issuer, client_id, client_secret, scopes, role_claim, roles, default_role, create_people, link_by_email,
  trust_email, capacity, enabled, created_at, updated_at`

const selectProvider = `SELECT ` + providerColumns + ` FROM identity_provider WHERE id = $1`

func (s *Store) one(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (Provider, error) {
	var r providerRow
	if err := pg.GetOne(ctx, q, &r, query, args...); err != nil {
		return Provider{}, fmt.Errorf("read identity provider: %w", err)
	}
	return s.open(r)
}

// Provider returns an identity provider or ErrNotFound.
func (s *Store) Provider(ctx context.Context, id uuid.UUID) (Provider, error) {
	return s.one(ctx, s.SQL, selectProvider, id)
}

const selectProviders = `
SELECT ` + providerColumns + ` FROM identity_provider WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Providers lists identity providers, the oldest first.
func (s *Store) Providers(ctx context.Context, page auditdb.Page) ([]Provider, error) {
	var rows []providerRow
	if err := s.SQL.SelectContext(ctx, &rows, selectProviders, page.After.At, page.After.ID, page.Limit); err != nil {
		return nil, fmt.Errorf("list identity providers: %w", err)
	}
	list := make([]Provider, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = s.open(r); err != nil {
			return nil, fmt.Errorf("list identity providers: %w", err)
		}
	}
	return list, nil
}

// Choice is a provider as the sign-in page offers it.
type Choice struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

const selectChoices = `SELECT id, name FROM identity_provider WHERE enabled ORDER BY lower(name) LIMIT 20`

// Choices are the providers that people may sign in at, by name.
func (s *Store) Choices(ctx context.Context) ([]Choice, error) {
	list := []Choice{}
	if err := s.SQL.SelectContext(ctx, &list, selectChoices); err != nil {
		return nil, fmt.Errorf("list sign-in choices: %w", err)
	}
	return list, nil
}

const insertProvider = `
INSERT INTO identity_provider (id, name, issuer, client_id, client_secret, scopes, role_claim, roles, default_role, create_people, link_by_email,
  trust_email, capacity, enabled)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

const updateProvider = `
UPDATE identity_provider SET name = $2, issuer = $3, client_id = $4, client_secret = $5, scopes = $6, role_claim = $7, roles = $8, default_role = $9,
  create_people = $10, link_by_email = $11, trust_email = $12, capacity = $13, enabled = $14, updated_at = now()
WHERE id = $1`

// write runs insertProvider or updateProvider. A name that is taken is a *Conflict.
func (s *Store) write(ctx context.Context, tx *sqlx.Tx, query string, p Provider) error {
	sealed, err := s.seal(p)
	if err != nil {
		return err
	}
	roles, err := json.Marshal(p.Roles)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, query, p.ID, p.Name, p.Issuer, p.ClientID, sealed, pq.Array(pg.NotNil(p.Scopes)), p.RoleClaim, roles,
		p.DefaultRole, p.CreatePeople, p.LinkByEmail, p.TrustEmail, p.Capacity, p.Enabled)
	var broken *pq.Error
	if errors.As(err, &broken) && broken.Constraint == "identity_provider_name" {
		return &pg.Conflict{Reason: "Another identity provider has this name."}
	}
	return err
}

// CreateProvider adds an identity provider. A name that is taken is a *Conflict, a role
// that is none or may do more than the ceiling an *Invalid.
func (s *Store) CreateProvider(ctx context.Context, by auditdb.Actor, ceiling permission.Set, p Provider) (Provider, error) {
	var made Provider
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := checkRoles(ctx, tx, ceiling, p); err != nil {
			return err
		}
		if err := s.write(ctx, tx, insertProvider, p); err != nil {
			return err
		}
		var err error
		if made, err = s.one(ctx, tx, selectProvider, p.ID); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditIdentity, p.ID.String(), nil, made, nil)
	})
	if err != nil {
		return Provider{}, fmt.Errorf("create identity provider: %w", err)
	}
	return made, nil
}

const lockProvider = selectProvider + ` FOR NO KEY UPDATE`

const endSignInsAt = `DELETE FROM sign_in WHERE provider_id = $1`

const forgetIdentities = `DELETE FROM agent_identity WHERE provider_id = $1`

// ChangeProvider changes an identity provider by f, which may refuse, as CreateProvider
// may. Sign-ins that
// were made there end when it is disabled, or becomes another by issuer or client.
func (s *Store) ChangeProvider(ctx context.Context, by auditdb.Actor, ceiling permission.Set, id uuid.UUID, f func(*Provider) error) (Provider, error) {
	var after Provider
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		before, err := s.one(ctx, tx, lockProvider, id)
		if err != nil {
			return err
		}
		p := before
		if err := f(&p); err != nil {
			return err
		}
		if err := checkRoles(ctx, tx, ceiling, p); err != nil {
			return err
		}
		if err := s.write(ctx, tx, updateProvider, p); err != nil {
			return err
		}
		if after, err = s.one(ctx, tx, selectProvider, id); err != nil {
			return err
		}
		if !after.Enabled || after.Issuer != before.Issuer || after.ClientID != before.ClientID {
			if _, err := tx.ExecContext(ctx, endSignInsAt, id); err != nil {
				return err
			}
		}
		if after.Issuer != before.Issuer { // a subject is one of its issuer
			if _, err := tx.ExecContext(ctx, forgetIdentities, id); err != nil {
				return err
			}
		}
		extra := map[string]any{}
		if before.ClientSecret != after.ClientSecret {
			extra["client_secret"] = auditdb.ChangedSecret()
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditIdentity, id.String(), before, after, extra)
	})
	if err != nil {
		return Provider{}, fmt.Errorf("change identity provider: %w", err)
	}
	return after, nil
}

const deleteProvider = `DELETE FROM identity_provider WHERE id = $1`

// DeleteProvider removes an identity provider, and ends the sign-ins made there.
func (s *Store) DeleteProvider(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		before, err := s.one(ctx, tx, lockProvider, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteProvider, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditIdentity, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete identity provider: %w", err)
	}
	return nil
}
