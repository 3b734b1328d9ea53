package presencedb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// A Choice is a presence set by hand: a built-in one or one that was added. The
// zero Choice lets presence follow from connection and load.
type Choice struct {
	Base   *string       // of a Custom one it is looked up
	Custom uuid.NullUUID // overrides Base
}

// ChoosePresence sets an agent's presence by hand; nil lets it follow from their
// load again. See Choose.
func (p *Presence) ChoosePresence(ctx context.Context, agent uuid.UUID, presence *string) error {
	return p.Choose(ctx, agent, Choice{Base: presence})
}

// Choose sets an agent's presence by hand. Available and busy last until a
// conversation is accepted or closed; all last at most until sign-out, until the
// grace period is over, or until the agent used nothing for their inactive_after.
// Of an agent who is not connected it is kept for their return within the grace
// period. It ends being inactive. It fails with *Invalid or ErrNotFound.
func (p *Presence) Choose(ctx context.Context, agent uuid.UUID, c Choice) error {
	return p.choose(ctx, agent, c, nil)
}

// ChooseFor does the same in the name of somebody else, and is audited.
func (p *Presence) ChooseFor(ctx context.Context, by auditdb.Actor, agent uuid.UUID, c Choice) error {
	return p.choose(ctx, agent, c, &by)
}

// The base must not change before this is committed.
const shareBase = `SELECT base FROM presence WHERE id = $1 FOR SHARE`

func (p *Presence) choose(ctx context.Context, agent uuid.UUID, c Choice, by *auditdb.Actor) error {
	// Offline by hand takes a presence of one's own on that base: it would
	// otherwise look like a lost connection.
	if c.Base != nil && !c.Custom.Valid && !slices.Contains([]string{"available", "busy", "do_not_disturb", "away"}, *c.Base) {
		return &pg.Invalid{Field: "presence", Reason: "must be available, busy, do_not_disturb or away, or null to follow from the load"}
	}
	var out settled
	err := p.Store.EventTx(ctx, func(tx *sqlx.Tx) error {
		if c.Custom.Valid { // before the agent, as everywhere
			var base string
			if err := pg.GetOne(ctx, tx, &base, shareBase, c.Custom.UUID); errors.Is(err, pg.ErrNotFound) {
				return &pg.Invalid{Field: "presence_id", Reason: "is no presence"}
			} else if err != nil {
				return err
			}
			c.Base = &base
		}
		var err error
		if out, err = p.settle(ctx, tx, agent, settling{choose: true, Choice: c}, nil); err != nil || by == nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, *by, "set_presence", auditdb.AuditAgent, agent.String(),
			map[string]any{"presence": map[string]any{"to": c.Base}, "presence_id": map[string]any{"to": c.Custom}})
	})
	if err != nil {
		return fmt.Errorf("choose presence: %w", err)
	}
	p.tell(ctx, agent, out)
	return nil
}

const endConnections = `UPDATE agent_connection SET signed_out = true WHERE agent_id = $1`

// SignedOut lets an agent whose last sign-in ended leave: they are offline at
// once, what they chose is forgotten, and their offers go to others. Their
// connections count no more, although a client may keep one for a moment.
func (p *Presence) SignedOut(ctx context.Context, agent uuid.UUID) error {
	err := p.change(ctx, agent, settling{grace: true, choose: true}, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, endConnections, agent)
		return err
	})
	if err == nil {
		err = p.Store.Conversation.WithdrawSignedOut(ctx, agent)
	}
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return fmt.Errorf("leave after sign-out: %w", err)
	}
	return nil
}
