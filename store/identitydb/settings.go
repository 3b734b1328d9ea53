package identitydb

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Settings hold for everybody who signs in.
type Settings struct {
	SecondFactorRoles pq.StringArray `db:"second_factor_roles" json:"second_factor_roles"` // who must have one
	IdleSeconds       int            `db:"idle_seconds" json:"idle_seconds"`               // without use until a sign-in ends
	SessionSeconds    int            `db:"session_seconds" json:"session_seconds"`         // until it ends in any case
	UpdatedAt         time.Time      `db:"updated_at" json:"updated_at"`
}

// SettingsChange holds what to change; nil stays.
type SettingsChange struct {
	SecondFactorRoles           []string
	IdleSeconds, SessionSeconds *int
}

const selectSettings = `SELECT second_factor_roles, idle_seconds, session_seconds, updated_at FROM sign_in_settings`

// Settings returns what holds for everybody who signs in.
func (s *Store) Settings(ctx context.Context) (Settings, error) {
	var out Settings
	if err := pg.GetOne(ctx, s.SQL, &out, selectSettings); err != nil {
		return Settings{}, fmt.Errorf("read sign-in settings: %w", err)
	}
	return out, nil
}

const lockSettings = selectSettings + ` FOR NO KEY UPDATE`

const updateSettings = `
UPDATE sign_in_settings SET second_factor_roles = COALESCE($1::text[], second_factor_roles), idle_seconds = COALESCE($2, idle_seconds),
  session_seconds = COALESCE($3, session_seconds), updated_at = now()
RETURNING second_factor_roles, idle_seconds, session_seconds, updated_at`

// ChangeSettings changes them for all sign-ins at once. How long a sign-in lasts in
// any case is that of the moment when it began.
func (s *Store) ChangeSettings(ctx context.Context, by auditdb.Actor, c SettingsChange) (Settings, error) {
	var after Settings
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var before Settings
		if err := pg.GetOne(ctx, tx, &before, lockSettings); err != nil {
			return err
		}
		var roles any
		if c.SecondFactorRoles != nil {
			roles = pq.Array(c.SecondFactorRoles)
		}
		if err := pg.GetOne(ctx, tx, &after, updateSettings, roles, c.IdleSeconds, c.SessionSeconds); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditSignIn, "settings", before, after, nil)
	})
	if err != nil {
		return Settings{}, fmt.Errorf("change sign-in settings: %w", err)
	}
	return after, nil
}
