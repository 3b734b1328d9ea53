package presencedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/assigndb"
	"switchboard/store/configdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// GracePeriod is how long the offers of an agent whose last connection is gone
// are kept for them.
const GracePeriod = 150 * time.Second

// Presence keeps who is there. An agent is present while a client of theirs is
// connected: as they chose, or else as their load says. It is written in one
// transaction with its event, and locks conversations before agents.
//
// What begins with a deadline is written with it and told to Deadline, which
// lets a workflow wait for it and call Settle. SweepPresence settles whatever
// nobody waited for.
type Presence struct {
	Store *Store
	Grace time.Duration // zero: GracePeriod
	// Available is called after an agent became able to take work.
	Available func(ctx context.Context, agent uuid.UUID)
	// Deadline is called after the commit of what has a deadline. It must not
	// block; being lost does no harm. May be nil.
	Deadline func(ctx context.Context, agent uuid.UUID, d contract.Deadlines)
	Now      func() time.Time // nil: the clock of the database, which all processes share
}

// settlePresence makes the presence of agent $1, whose status is locked, follow
// from connections, choice and load, and tells of a change.
// $2: for how many seconds offers are kept if nobody is connected; null: as it was.
// $3, $4, $5: whether to choose, what, and which presence that was added.
// $6: whether a client connects. One that comes after the grace period, to an
// agent who chose nothing meanwhile, begins anew with the default presence.
// $7: the time, null for the database's.
const settlePresence = `
WITH known AS (
  SELECT s.agent_id, s.presence, s.chosen, s.custom_id, COALESCE($7::timestamptz, now()) AS now, g.inactive_after,
         g.disabled_at IS NULL AND EXISTS (SELECT FROM agent_connection c WHERE c.agent_id = s.agent_id AND NOT c.signed_out) AS connected,
         $6::boolean AND s.presence = 'offline' AND CASE WHEN s.grace_until IS NULL THEN s.chosen IS NULL
           ELSE s.grace_until <= COALESCE($7::timestamptz, now()) END AS anew,
         COALESCE(d.base, g.default_presence) AS standard, g.default_presence_id AS standard_id
  FROM agent_status s JOIN agent g ON g.id = s.agent_id LEFT JOIN presence d ON d.id = g.default_presence_id
  WHERE s.agent_id = $1
), old AS (
  SELECT k.*, CASE WHEN $3::boolean THEN $4::text WHEN NOT anew THEN chosen WHEN standard IN ('away', 'offline') THEN standard END AS choice,
         CASE WHEN $3 THEN $5::uuid WHEN NOT anew THEN custom_id WHEN standard IN ('away', 'offline') THEN standard_id END AS custom
  FROM known k
), moved AS (
  UPDATE agent_status s SET chosen = old.choice, custom_id = old.custom,
    inactive_since = CASE WHEN NOT $3 AND NOT old.anew THEN s.inactive_since END,
    idle_since = CASE WHEN old.anew THEN '-infinity' ELSE s.idle_since END, -- who just came is idle longest
    active_at = CASE WHEN $3 OR old.anew THEN old.now ELSE s.active_at END,
    presence = CASE WHEN NOT old.connected THEN 'offline' WHEN s.inactive_since IS NOT NULL AND NOT $3 AND NOT old.anew THEN 'inactive'
                    ELSE COALESCE(old.choice, ` + assigndb.AutomaticPresence + `) END,
    grace_until = CASE WHEN NOT old.connected THEN COALESCE(s.grace_until, old.now + make_interval(secs => $2::float8)) END
  FROM old WHERE s.agent_id = old.agent_id
  RETURNING s.agent_id, s.presence, s.chosen, s.custom_id, s.load < s.capacity AS room, s.grace_until, s.presence <> old.presence AS moved,
            s.presence <> old.presence OR s.chosen IS DISTINCT FROM old.chosen OR s.custom_id IS DISTINCT FROM old.custom_id AS changed,
            CASE WHEN s.chosen IS NOT NULL AND old.inactive_after > 0 THEN s.active_at + make_interval(secs => old.inactive_after) END AS inactive_at
), told AS (
  INSERT INTO event (kind, agent_id, data)
  SELECT '` + outbox.EventPresence + `', agent_id, jsonb_build_object('presence', presence, 'chosen', chosen, 'chosen_id', custom_id) FROM moved WHERE changed
)
SELECT moved AND room AND presence NOT IN ('offline', 'inactive') AS able, grace_until, inactive_at FROM moved`

type settling struct {
	grace   bool // offers are kept for a while from now on
	connect bool // a client connects
	choose  bool
	Choice
}

// settled is how an agent stands after it.
type settled struct {
	Able     bool         `db:"able"` // became able to take work
	Grace    sql.NullTime `db:"grace_until"`
	Inactive sql.NullTime `db:"inactive_at"`
}

func (s settled) deadlines() contract.Deadlines {
	return contract.Deadlines{Grace: s.Grace.Time, Inactive: s.Inactive.Time}
}

// settle locks an agent's status, does something, and lets presence follow.
func (p *Presence) settle(ctx context.Context, tx *sqlx.Tx, agent uuid.UUID, how settling, do func() error) (settled, error) {
	var out settled
	var locked uuid.UUID
	if err := pg.GetOne(ctx, tx, &locked, configdb.LockAgent, agent); err != nil {
		return out, err
	}
	// Connections are counted by a statement of its own, begun under the lock: of
	// two that end at once, the second sees both gone.
	if do != nil {
		if err := do(); err != nil {
			return out, err
		}
	}
	var keep sql.NullFloat64
	if how.grace {
		grace := p.Grace
		if grace == 0 {
			grace = GracePeriod
		}
		keep = sql.NullFloat64{Float64: grace.Seconds(), Valid: true}
	}
	var now sql.NullTime
	if p.Now != nil {
		now = sql.NullTime{Time: p.Now(), Valid: true}
	}
	err := tx.GetContext(ctx, &out, settlePresence, agent, keep, how.choose, how.Base, how.Custom, how.connect, now)
	return out, err
}

func (p *Presence) now(ctx context.Context, q sqlx.QueryerContext) (time.Time, error) {
	if p.Now != nil {
		return p.Now(), nil
	}
	var now time.Time
	err := sqlx.GetContext(ctx, q, &now, `SELECT now()`)
	return now, err
}

func (p *Presence) change(ctx context.Context, agent uuid.UUID, how settling, do func(*sqlx.Tx) error) error {
	var out settled
	err := p.Store.EventTx(ctx, func(tx *sqlx.Tx) (err error) {
		out, err = p.settle(ctx, tx, agent, how, func() error {
			if do == nil {
				return nil
			}
			return do(tx)
		})
		return err
	})
	if err == nil {
		p.tell(ctx, agent, out)
	}
	return err
}

// tell passes on what others must do about a change that is committed.
func (p *Presence) tell(ctx context.Context, agent uuid.UUID, is settled) {
	if d := is.deadlines(); p.Deadline != nil && !d.None() {
		p.Deadline(ctx, agent, d)
	}
	if is.Able {
		p.tellAvailable(ctx, agent)
	}
}

func (p *Presence) tellAvailable(ctx context.Context, agent uuid.UUID) {
	if p.Available != nil {
		p.Available(ctx, agent)
	}
}

const insertConnection = `
INSERT INTO agent_connection (id, agent_id, node, connected_at, seen_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at`

// Connect records that a client of an agent is connected to a node. Connecting
// again with the same id is no error. An agent who does not exist is ErrNotFound.
func (p *Presence) Connect(ctx context.Context, agent, conn uuid.UUID, node string) error {
	err := p.change(ctx, agent, settling{connect: true}, func(tx *sqlx.Tx) error {
		now, err := p.now(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertConnection, conn, agent, node, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("connect agent: %w", err)
	}
	return nil
}

const touchConnections = `UPDATE agent_connection SET seen_at = $2 WHERE id = ANY($1::uuid[]) RETURNING id::text`

// Seen says that connections are alive. It returns those that are not recorded,
// because they were taken for dead; the caller connects them again.
func (p *Presence) Seen(ctx context.Context, conns ...uuid.UUID) (missing []uuid.UUID, err error) {
	if len(conns) == 0 {
		return nil, nil
	}
	now, err := p.now(ctx, p.Store.SQL)
	if err != nil {
		return nil, fmt.Errorf("refresh connections: %w", err)
	}
	var known []string
	if err := p.Store.SQL.SelectContext(ctx, &known, touchConnections, pq.Array(pg.UUIDStrings(conns)), now); err != nil {
		return nil, fmt.Errorf("refresh connections: %w", err)
	}
	for _, c := range conns {
		if !slices.Contains(known, c.String()) {
			missing = append(missing, c)
		}
	}
	return missing, nil
}

const agentOfConnection = `SELECT agent_id FROM agent_connection WHERE id = $1`

const deleteConnection = `DELETE FROM agent_connection WHERE id = $1`

// Disconnect records that a connection ended. With the last one the agent is
// offline at once, and their offers are kept for the grace period. A connection
// that is not recorded is no error.
func (p *Presence) Disconnect(ctx context.Context, conn uuid.UUID) error {
	var agent uuid.UUID
	err := pg.GetOne(ctx, p.Store.SQL, &agent, agentOfConnection, conn)
	if errors.Is(err, pg.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = p.change(ctx, agent, settling{grace: true}, func(tx *sqlx.Tx) error {
			_, err := tx.ExecContext(ctx, deleteConnection, conn)
			return err
		})
	}
	if err != nil && !errors.Is(err, pg.ErrNotFound) {
		return fmt.Errorf("disconnect agent: %w", err)
	}
	return nil
}
