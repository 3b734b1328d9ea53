package identitydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// Mail is an e-mail to send: an invitation, or a link to set a new password.
type Mail struct {
	ID    uuid.UUID `db:"id"`
	Kind  string    `db:"kind"`
	Email string    `db:"email"`
	Tries int       `db:"tries"`
}

const insertMail = `INSERT INTO mail (kind, email, expires_at) VALUES ($1, $2, now() + $3 * interval '1 second')`

// QueueMail has an e-mail sent to an address. Whether somebody has the address is only
// asked then: here known and unknown ones are alike, and take the same time. agent is
// whom an administrator has it sent to, uuid.Nil when anybody asked for it.
func (s *Store) QueueMail(ctx context.Context, by auditdb.Actor, from Origin, agent uuid.UUID, kind, email string) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, insertMail, kind, pg.Clean(email), int(LinkFor(kind).Seconds())); err != nil {
			return err
		}
		id := ""
		if agent != uuid.Nil {
			id = agent.String()
		}
		return auditdb.WriteAudit(ctx, tx, by, "requested", typeOf(kind), id, from.changes(nil))
	})
	if err != nil {
		return fmt.Errorf("queue mail: %w", err)
	}
	return nil
}

// Whoever claims one has two minutes to send it; then it is tried again.
const claimMail = `
WITH expired AS (DELETE FROM mail WHERE due_at <= now() AND expires_at < now())
UPDATE mail SET due_at = now() + interval '2 minutes', tries = tries + 1
WHERE id = (SELECT id FROM mail WHERE due_at <= now() AND expires_at >= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, email, tries`

// ClaimMail takes the next e-mail that is due. ok is false when there is none.
func (s *Store) ClaimMail(ctx context.Context) (m Mail, ok bool, err error) {
	if err := pg.GetOne(ctx, s.SQL, &m, claimMail); errors.Is(err, pg.ErrNotFound) {
		return Mail{}, false, nil
	} else if err != nil {
		return Mail{}, false, fmt.Errorf("claim mail: %w", err)
	}
	return m, true, nil
}

const deleteMail = `DELETE FROM mail WHERE id = $1`

// MailDone forgets an e-mail that was sent, or is not to be.
func (s *Store) MailDone(ctx context.Context, id uuid.UUID) error {
	if _, err := s.SQL.ExecContext(ctx, deleteMail, id); err != nil {
		return fmt.Errorf("forget mail: %w", err)
	}
	return nil
}

const retryMail = `UPDATE mail SET due_at = now() + $2 * interval '1 second' WHERE id = $1`

// RetryMail has an e-mail that could not be sent tried again after a while.
func (s *Store) RetryMail(ctx context.Context, id uuid.UUID, after time.Duration) error {
	if _, err := s.SQL.ExecContext(ctx, retryMail, id, int(after.Seconds())); err != nil {
		return fmt.Errorf("retry mail: %w", err)
	}
	return nil
}

const selectRecipient = `SELECT id, name, email FROM agent WHERE lower(email) = lower($1) AND disabled_at IS NULL`

// Recipient is who has an address that an e-mail goes to.
type Recipient struct {
	Agent uuid.UUID `db:"id"`
	Name  string    `db:"name"`
	Email string    `db:"email"`
}

// RecipientOf returns who has an address and is not disabled, or ErrNotFound.
func (s *Store) RecipientOf(ctx context.Context, email string) (Recipient, error) {
	var r Recipient
	if err := pg.GetOne(ctx, s.SQL, &r, selectRecipient, email); err != nil {
		return Recipient{}, fmt.Errorf("read recipient: %w", err)
	}
	return r, nil
}
