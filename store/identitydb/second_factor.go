package identitydb

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// SecondFactor is the authenticator app of a person. The zero value is none.
type SecondFactor struct {
	Secret  []byte // nil: none is confirmed
	Pending []byte // of one that is being set up
}

const selectFactor = `SELECT secret, pending FROM second_factor WHERE agent_id = $1`

// SecondFactorOf returns the second factor of a person, or the zero one.
func (s *Store) SecondFactorOf(ctx context.Context, agent uuid.UUID) (SecondFactor, error) {
	var row struct {
		Secret  []byte `db:"secret"`
		Pending []byte `db:"pending"`
	}
	if err := pg.GetOne(ctx, s.SQL, &row, selectFactor, agent); errors.Is(err, pg.ErrNotFound) {
		return SecondFactor{}, nil
	} else if err != nil {
		return SecondFactor{}, fmt.Errorf("read second factor: %w", err)
	}
	var out SecondFactor
	for sealed, plain := range map[*[]byte]*[]byte{&row.Secret: &out.Secret, &row.Pending: &out.Pending} {
		if *sealed == nil {
			continue
		}
		var err error
		if *plain, err = s.Secrets.Open(*sealed, []byte(agent.String())); err != nil {
			return SecondFactor{}, fmt.Errorf("read second factor: %w", err)
		}
	}
	return out, nil
}

const upsertPending = `
INSERT INTO second_factor (agent_id, pending) VALUES ($1, $2) ON CONFLICT (agent_id) DO UPDATE SET pending = EXCLUDED.pending`

// BeginSecondFactor keeps the secret of an app that is to be confirmed by a code.
func (s *Store) BeginSecondFactor(ctx context.Context, agent uuid.UUID, secret []byte) error {
	sealed, err := s.Secrets.Seal(secret, []byte(agent.String()))
	if err != nil {
		return fmt.Errorf("begin second factor: %w", err)
	}
	if _, err := s.SQL.ExecContext(ctx, upsertPending, agent, sealed); err != nil {
		return fmt.Errorf("begin second factor: %w", err)
	}
	return nil
}

const confirmFactor = `
UPDATE second_factor SET secret = pending, pending = NULL, confirmed_at = now(), last_step = $2
WHERE agent_id = $1 AND pending IS NOT NULL RETURNING agent_id`

// ConfirmSecondFactor puts the pending app to use, from the step of the code that
// confirmed it on, with new recovery codes by their hashes. It ends all sign-ins but
// that with the hash of its token in keep: they were made without it. ErrNotFound:
// nothing is pending.
func (s *Store) ConfirmSecondFactor(ctx context.Context, from Origin, agent uuid.UUID, step int64, codes [][]byte, keep []byte) error {
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var done uuid.UUID
		if err := pg.GetOne(ctx, tx, &done, confirmFactor, agent, step); err != nil {
			return err
		}
		if err := replaceCodes(ctx, tx, agent, codes); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteOtherSessions, agent, keep); err != nil {
			return err
		}
		return audit(ctx, tx, self(agent), from, auditdb.AuditSecondFactor, "enabled", agent, nil)
	})
	if err != nil {
		return fmt.Errorf("confirm second factor: %w", err)
	}
	return nil
}

const (
	dropCodes   = `DELETE FROM recovery_code WHERE agent_id = $1`
	insertCodes = `INSERT INTO recovery_code (agent_id, code_hash) SELECT $1, unnest($2::bytea[])`
)

func replaceCodes(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID, codes [][]byte) error {
	if _, err := tx.ExecContext(ctx, dropCodes, agent); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, insertCodes, agent, pq.ByteaArray(codes))
	return err
}

const lockFactor = `SELECT agent_id FROM second_factor WHERE agent_id = $1 AND secret IS NOT NULL FOR NO KEY UPDATE`

// ReplaceRecoveryCodes ends the recovery codes that there are and keeps others by their
// hashes. ErrNotFound: there is no second factor.
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, from Origin, agent uuid.UUID, codes [][]byte) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockFactor, agent); err != nil {
			return err
		}
		if err := replaceCodes(ctx, tx, agent, codes); err != nil {
			return err
		}
		return audit(ctx, tx, self(agent), from, auditdb.AuditSecondFactor, "recovery_codes_replaced", agent, nil)
	})
	if err != nil {
		return fmt.Errorf("replace recovery codes: %w", err)
	}
	return nil
}

const takeStep = `UPDATE second_factor SET last_step = $2 WHERE agent_id = $1 AND secret IS NOT NULL AND last_step < $2 RETURNING agent_id`

// TakeStep takes the code of a step of time, unless that or a later one was taken.
func (s *Store) TakeStep(ctx context.Context, agent uuid.UUID, step int64) (bool, error) {
	return s.took(ctx, takeStep, agent, step)
}

const takeCode = `
UPDATE recovery_code SET used_at = now() WHERE agent_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING agent_id`

// TakeRecoveryCode uses up a recovery code, unless it was used or is none.
func (s *Store) TakeRecoveryCode(ctx context.Context, agent uuid.UUID, codeHash []byte) (bool, error) {
	return s.took(ctx, takeCode, agent, codeHash)
}

func (s *Store) took(ctx context.Context, query string, agent uuid.UUID, what any) (bool, error) {
	var got uuid.UUID
	if err := pg.GetOne(ctx, s.SQL, &got, query, agent, what); errors.Is(err, pg.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("take code: %w", err)
	}
	return true, nil
}

const dropFactor = `DELETE FROM second_factor WHERE agent_id = $1 AND secret IS NOT NULL RETURNING agent_id`

// DropSecondFactor removes a person's second factor with its recovery codes, and ends
// their sign-ins but for that with the hash of its token in keep. action is what the
// audit log calls it. ErrNotFound: they have none.
func (s *Store) DropSecondFactor(ctx context.Context, by auditdb.Actor, from Origin, agent uuid.UUID, action string, keep []byte) error {
	if keep == nil {
		keep = []byte{}
	}
	err := s.AccessTx(ctx, func(tx *sqlx.Tx) error {
		var gone uuid.UUID
		if err := pg.GetOne(ctx, tx, &gone, dropFactor, agent); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, dropCodes, agent); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteOtherSessions, agent, keep); err != nil {
			return err
		}
		return audit(ctx, tx, by, from, auditdb.AuditSecondFactor, action, agent, nil)
	})
	if err != nil {
		return fmt.Errorf("remove second factor: %w", err)
	}
	return nil
}
