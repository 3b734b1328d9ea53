package admindb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/domain/routing"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/pg"
)

// A Simulation asks what would be decided: about a real conversation or about
// facts that are made up.
type Simulation struct {
	Workstream   uuid.UUID
	Conversation uuid.UUID         // Nil: none
	Facts        *routing.Env      // instead of a conversation's
	At           time.Time         // zero: now
	Rules        *routing.Model    // instead of the saved ones
	Overflowing  map[uuid.UUID]int // queues that overflow all the same: seconds until they are free; 0: not known
}

// Simulated is what would be decided, from which facts.
type Simulated struct {
	Version  int              `json:"version"` // of the rules; 0: they were given, or there are none
	Facts    routing.Env      `json:"facts"`
	Decision routing.Decision `json:"decision"`
}

// Addresses are found by what facts call them.
const selectAddressHours = `
SELECT operating_hours_id FROM address WHERE workstream_id = $1 AND channel = $2 AND address = $3 AND operating_hours_id IS NOT NULL LIMIT 1`

// errSimulated takes back what a simulation did.
var errSimulated = errors.New("simulated")

// Simulate runs the pipeline without consequences: in a transaction that is
// rolled back. A conversation that the workstream does not have is ErrNotFound,
// rules with mistakes *RuleMistakes.
func (s *Store) Simulate(ctx context.Context, in Simulation) (out Simulated, err error) {
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		if out, err = s.simulate(ctx, tx, in); err != nil {
			return err
		}
		return errSimulated
	})
	if !errors.Is(err, errSimulated) {
		return Simulated{}, fmt.Errorf("simulate: %w", err)
	}
	return out, nil
}

func (s *Store) simulate(ctx context.Context, tx *sqlx.Tx, in Simulation) (Simulated, error) {
	c := conversationdb.Routed{ID: in.Conversation, Workstream: in.Workstream}
	o := conversationdb.Override{Rules: in.Rules, Facts: in.Facts, Overflowing: in.Overflowing}
	if in.Rules != nil {
		checked, err := checkRouting(ctx, tx, in.Workstream, *in.Rules)
		if err != nil {
			return Simulated{}, err
		}
		o.Rules = &checked
	}
	if in.Facts == nil {
		err := pg.GetOne(ctx, tx, &c, conversationdb.SelectRouted, in.Conversation)
		if err == nil && c.Workstream != in.Workstream {
			err = pg.ErrNotFound
		}
		if err != nil {
			return Simulated{}, err
		}
		if c.HasPhone {
			if err := contactdb.LinkByPhone(ctx, tx, c.ID); err != nil {
				return Simulated{}, err
			}
		}
		c.Queue = uuid.NullUUID{} // it is decided as of one that begins
	} else {
		err := pg.GetOne(ctx, tx, &c.Hours, selectAddressHours, in.Workstream, in.Facts.Channel.Kind, in.Facts.Channel.Address)
		if err != nil && !errors.Is(err, pg.ErrNotFound) {
			return Simulated{}, err
		}
		if err := pg.GetOne(ctx, tx, &c.Now, `SELECT now()`); err != nil {
			return Simulated{}, err
		}
	}
	if !in.At.IsZero() {
		c.Now = in.At
	}
	d, env, err := s.Conversation.RouteNew(ctx, tx, c, o)
	if err != nil {
		return Simulated{}, err
	}
	return Simulated{Version: d.Version, Facts: env, Decision: d.Decision}, nil
}
