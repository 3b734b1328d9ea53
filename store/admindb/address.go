package admindb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
	"switchboard/store/webchatdb"
)

// Address is our side of conversations: a phone number, a LINE channel ("").
type Address struct {
	ID             uuid.UUID     `db:"id" json:"id"`
	Account        uuid.UUID     `db:"account_id" json:"account_id"`
	Channel        string        `db:"channel" json:"channel"`
	Address        string        `db:"address" json:"address"`
	Name           string        `db:"name" json:"name"`
	Workstream     uuid.UUID     `db:"workstream_id" json:"workstream_id"`
	Language       string        `db:"language" json:"language"`                     // of automated messages, where the customer's is not known
	OperatingHours uuid.NullUUID `db:"operating_hours_id" json:"operating_hours_id"` // null: always open
	StopWords      Strings       `db:"stop_words" json:"stop_words"`                 // end a customer's consent; null: the channel's usual ones only
	StartWords     Strings       `db:"start_words" json:"start_words"`               // bring it back
	SendRate       *int          `db:"send_rate" json:"send_rate"`                   // of outbound messages a second; null: no limit
	CreatedAt      time.Time     `db:"created_at" json:"created_at"`
	UpdatedAt      time.Time     `db:"updated_at" json:"updated_at"`
}

const addressColumns = `id, account_id, channel, address, name, workstream_id, language, operating_hours_id, stop_words, start_words, send_rate, created_at, updated_at`

const selectAddresses = `
SELECT ` + addressColumns + ` FROM address WHERE account_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4`

// Addresses lists the addresses of an account, the oldest first. An account that
// does not exist is ErrNotFound.
func (s *Store) Addresses(ctx context.Context, account uuid.UUID, p auditdb.Page) ([]Address, error) {
	if _, err := s.Config.AccountByID(ctx, account); err != nil {
		return nil, err
	}
	list := []Address{}
	if err := s.SQL.SelectContext(ctx, &list, selectAddresses, account, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	return list, nil
}

func addressConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "address_workstream_id_fkey":
		return &pg.Invalid{Field: "workstream_id", Reason: "is no workstream"}
	case name == "address_operating_hours_id_fkey":
		return assigndb.HoursMissing()
	case name == "address_account_id_channel_address_key":
		return &pg.Conflict{Reason: "The account has this address already."}
	case name == "address_account_id_fkey":
		return pg.ErrNotFound
	case code == "23503":
		return &pg.Conflict{Reason: "Conversations came to this address; it cannot be removed."}
	}
	return err
}

const insertAddress = `
INSERT INTO address (account_id, channel, address, name, workstream_id, language, operating_hours_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING ` + addressColumns

// CreateAddress adds an address to an account. It fails with ErrNotFound for the
// account, an *Invalid for the workstream or the hours, or a *Conflict.
func (s *Store) CreateAddress(ctx context.Context, by auditdb.Actor, a Address) (Address, error) {
	var made Address
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &made, insertAddress, a.Account, a.Channel, a.Address, a.Name, a.Workstream, a.Language, a.OperatingHours); err != nil {
			return addressConstraint(err)
		}
		if err := fitsWorkstream(ctx, tx, made); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditAddress, made.ID.String(), nil, made, nil)
	})
	if err != nil {
		return Address{}, fmt.Errorf("create address: %w", err)
	}
	return made, nil
}

const selectAddress = `SELECT ` + addressColumns + ` FROM address WHERE account_id = $1 AND id = $2`

// AddressByID returns an address of an account, or ErrNotFound.
func (s *Store) AddressByID(ctx context.Context, account, id uuid.UUID) (Address, error) {
	var a Address
	if err := pg.GetOne(ctx, s.SQL, &a, selectAddress, account, id); err != nil {
		return Address{}, fmt.Errorf("read address: %w", err)
	}
	return a, nil
}

const lockAddress = `SELECT ` + addressColumns + ` FROM address WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE`

const updateAddress = `
UPDATE address SET name = COALESCE($2, name), workstream_id = COALESCE($3, workstream_id), language = COALESCE($4, language),
  operating_hours_id = $5, stop_words = $6, start_words = $7, send_rate = $8, updated_at = now() WHERE id = $1
RETURNING ` + addressColumns

// AddressChange is what may change of an address; nil stays.
type AddressChange struct {
	Name, Language *string
	Workstream     *uuid.UUID
	OperatingHours *uuid.NullUUID // to null: always open
	StopWords      *Strings
	StartWords     *Strings
	SendRate       **int
}

// ChangeAddress changes an address. It fails with ErrNotFound or an *Invalid.
func (s *Store) ChangeAddress(ctx context.Context, by auditdb.Actor, account, id uuid.UUID, c AddressChange) (Address, error) {
	var after Address
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Address
		if err := pg.GetOne(ctx, tx, &before, lockAddress, account, id); err != nil {
			return err
		}
		to := c.OperatingHours
		if to == nil {
			to = &before.OperatingHours
		}
		if err := pg.GetOne(ctx, tx, &after, updateAddress, id, c.Name, c.Workstream, c.Language, *to,
			given(c.StopWords, before.StopWords), given(c.StartWords, before.StartWords), given(c.SendRate, before.SendRate)); err != nil {
			return addressConstraint(err)
		}
		if after.Workstream != before.Workstream {
			if err := fitsWorkstream(ctx, tx, after); err != nil {
				return err
			}
		}
		if c.Workstream != nil {
			if err := webchatdb.ThreadsNeedSignIn(ctx, tx, id, "workstream_id"); err != nil {
				return err
			}
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditAddress, id.String(), before, after, nil)
	})
	if err != nil {
		return Address{}, fmt.Errorf("change address: %w", err)
	}
	return after, s.Conversation.Recheck(ctx, id)
}

const providerOf = `SELECT provider FROM account WHERE id = $1`

// fitsWorkstream refuses a workstream that is not for the address.
func fitsWorkstream(ctx context.Context, tx *sqlx.Tx, a Address) error {
	var provider string
	if err := tx.GetContext(ctx, &provider, providerOf, a.Account); err != nil {
		return fmt.Errorf("read provider: %w", err)
	}
	return configdb.FitsWorkstream(ctx, tx, provider, a.Workstream)
}

// given is what was given, or what was before.
func given[T any](is *T, before T) T {
	if is != nil {
		return *is
	}
	return before
}

// Strings is a list that may be null, which is not an empty one.
type Strings []string

// Scan implements sql.Scanner.
func (l *Strings) Scan(src any) error { return (*pq.StringArray)(l).Scan(src) }

// Value implements driver.Valuer.
func (l Strings) Value() (driver.Value, error) { return pq.StringArray(l).Value() }

const deleteAddress = `DELETE FROM address WHERE id = $1`

// DeleteAddress removes an address that no conversation came to; otherwise it
// fails with a *Conflict.
func (s *Store) DeleteAddress(ctx context.Context, by auditdb.Actor, account, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Address
		if err := pg.GetOne(ctx, tx, &before, lockAddress, account, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteAddress, id); err != nil {
			return addressConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditAddress, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete address: %w", err)
	}
	return nil
}
