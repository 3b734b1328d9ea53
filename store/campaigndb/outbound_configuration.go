package campaigndb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// OutboundConfiguration says how outbound messages of a kind go: from which
// number and in which wording. Its id is what requests and campaigns name.
type OutboundConfiguration struct {
	ID         uuid.UUID `db:"id" json:"id"`
	Name       string    `db:"name" json:"name"`
	OnTimeline bool      `db:"show_on_timeline" json:"show_on_timeline"`
	Channel    string    `db:"channel" json:"channel"`
	Address    uuid.UUID `db:"address_id" json:"address_id"`
	Template   uuid.UUID `db:"template_id" json:"template_id"`
	CreatedAt  time.Time `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time `db:"updated_at" json:"updated_at"`
}

const configurationColumns = `id, name, show_on_timeline, channel, address_id, template_id, created_at, updated_at`

const selectConfigurations = `
SELECT ` + configurationColumns + ` FROM outbound_configuration WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// OutboundConfigurations lists them, the oldest first.
func (s *Store) OutboundConfigurations(ctx context.Context, p auditdb.Page) ([]OutboundConfiguration, error) {
	list := []OutboundConfiguration{}
	if err := s.SQL.SelectContext(ctx, &list, selectConfigurations, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list outbound configurations: %w", err)
	}
	return list, nil
}

const selectConfiguration = `SELECT ` + configurationColumns + ` FROM outbound_configuration WHERE id = $1`

// OutboundConfigurationByID returns one, or ErrNotFound.
func (s *Store) OutboundConfigurationByID(ctx context.Context, id uuid.UUID) (OutboundConfiguration, error) {
	var c OutboundConfiguration
	if err := pg.GetOne(ctx, s.SQL, &c, selectConfiguration, id); err != nil {
		return c, fmt.Errorf("read outbound configuration: %w", err)
	}
	return c, nil
}

func configurationConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "outbound_configuration_name_key":
		return &pg.Conflict{Reason: "Another outbound configuration has this name."}
	case name == "outbound_configuration_template_id_fkey":
		return &pg.Invalid{Field: "template_id", Reason: "is no template"}
	case name == "outbound_configuration_address_id_fkey":
		return &pg.Invalid{Field: "address_id", Reason: "is no address of ours"}
	case code == "23503":
		return &pg.Conflict{Reason: "Messages were sent with it; it cannot be removed."}
	}
	return err
}

const selectFit = `
SELECT d.channel, d.account_id, t.channel AS template_channel, t.account_id AS template_account
FROM address d, message_template t WHERE d.id = $1 AND t.id = $2`

// fits refuses a template that cannot be sent from an address.
func (c *OutboundConfiguration) fits(ctx context.Context, tx *sqlx.Tx) error {
	channel, err := templateFits(ctx, tx, c.Address, c.Template, "template_id")
	c.Channel = channel
	return err
}

func templateFits(ctx context.Context, q sqlx.QueryerContext, address, template uuid.UUID, field string) (string, error) {
	var is struct {
		Channel  string        `db:"channel"`
		Account  uuid.UUID     `db:"account_id"`
		Template string        `db:"template_channel"`
		Owner    uuid.NullUUID `db:"template_account"`
	}
	if err := pg.GetOne(ctx, q, &is, selectFit, address, template); err != nil {
		return "", &pg.Invalid{Field: field, Reason: "and the address must both exist"}
	}
	switch {
	case is.Channel != is.Template:
		return "", &pg.Invalid{Field: field, Reason: "is a template of the channel " + is.Template + ", and the address is of " + is.Channel}
	case is.Owner.Valid && is.Owner.UUID != is.Account:
		return "", &pg.Invalid{Field: field, Reason: "is a template of another account"}
	}
	return is.Channel, nil
}

const insertConfiguration = `
INSERT INTO outbound_configuration (name, show_on_timeline, channel, address_id, template_id) VALUES ($1, $2, $3, $4, $5) RETURNING ` + configurationColumns

// CreateOutboundConfiguration adds one. A template that does not fit the address
// is an *Invalid, a name that is taken a *Conflict.
func (s *Store) CreateOutboundConfiguration(ctx context.Context, by auditdb.Actor, c OutboundConfiguration) (OutboundConfiguration, error) {
	var made OutboundConfiguration
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := c.fits(ctx, tx); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &made, insertConfiguration, c.Name, c.OnTimeline, c.Channel, c.Address, c.Template); err != nil {
			return configurationConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditOutbound, made.ID.String(), nil, made, nil)
	})
	if err != nil {
		return OutboundConfiguration{}, fmt.Errorf("create outbound configuration: %w", err)
	}
	return made, nil
}

const lockConfiguration = selectConfiguration + ` FOR UPDATE`

const updateConfiguration = `
UPDATE outbound_configuration SET name = $2, show_on_timeline = $3, channel = $4, address_id = $5, template_id = $6, updated_at = now()
WHERE id = $1 RETURNING ` + configurationColumns

// ChangeOutboundConfiguration lets change edit a locked one. What was started
// with it goes on as it was.
func (s *Store) ChangeOutboundConfiguration(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*OutboundConfiguration) error) (OutboundConfiguration, error) {
	var after OutboundConfiguration
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before OutboundConfiguration
		if err := pg.GetOne(ctx, tx, &before, lockConfiguration, id); err != nil {
			return err
		}
		c := before
		if err := change(&c); err != nil {
			return err
		}
		if err := c.fits(ctx, tx); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateConfiguration, id, c.Name, c.OnTimeline, c.Channel, c.Address, c.Template); err != nil {
			return configurationConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditOutbound, id.String(), before, after, nil)
	})
	if err != nil {
		return OutboundConfiguration{}, fmt.Errorf("change outbound configuration: %w", err)
	}
	return after, nil
}

const deleteConfiguration = `DELETE FROM outbound_configuration WHERE id = $1`

// DeleteOutboundConfiguration removes one that nothing was sent with; otherwise
// it fails with a *Conflict.
func (s *Store) DeleteOutboundConfiguration(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before OutboundConfiguration
		if err := pg.GetOne(ctx, tx, &before, lockConfiguration, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteConfiguration, id); err != nil {
			return configurationConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditOutbound, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete outbound configuration: %w", err)
	}
	return nil
}
