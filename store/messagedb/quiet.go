package messagedb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/campaigndb"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// A reaction, a tap that turns a page of a menu, or a word that ends consent asks
// nothing of anybody: it stands in the open conversation where there is one, and
// else is kept as an event. It opens
// and wakes nothing, moves no reply window and leaves what was answered answered.

// quietApart is a batch that has such messages among others.
type quietApart struct {
	loud      []contactdb.Inbound
	quiet     []campaigndb.ReplyEffect
	campaigns bool // what they mean for campaigns was asked
}

func (*quietApart) Error() string { return "messages that ask nothing are stored by themselves" }

// quietOf parts a batch, or returns nil if every message asks something.
func quietOf(batch []contactdb.Inbound, means []campaigndb.ReplyEffect, campaigns bool) *quietApart {
	known := map[string]campaigndb.ReplyEffect{}
	for _, h := range means {
		known[h.In.Account.String()+h.In.Event.ID] = h
	}
	out := quietApart{campaigns: campaigns}
	for _, in := range batch {
		h := campaigndb.ReplyEffect{In: in}
		if len(known) > 0 {
			if k, ok := known[in.Account.String()+in.Event.ID]; ok {
				h = k
			}
		}
		if h.Quiet() {
			out.quiet = append(out.quiet, h)
		} else {
			out.loud = append(out.loud, in)
		}
	}
	if len(out.quiet) == 0 {
		return nil
	}
	return &out
}

// storeApart stores both kinds.
func (s *Store) storeApart(ctx context.Context, apart quietApart) (stored int, err error) {
	if len(apart.loud) > 0 {
		if stored, err = s.StoreMessages(ctx, apart.loud); err != nil {
			return stored, err
		}
	}
	for _, h := range apart.quiet {
		fresh, err := s.storeQuiet(ctx, h, apart.campaigns)
		if err != nil {
			return stored, fmt.Errorf("store messages: %w", err)
		}
		if fresh {
			stored++
		}
	}
	s.Events().Wake()
	return stored, nil
}

const quietKnown = `
SELECT EXISTS (SELECT FROM message WHERE account_id = $1 AND provider_event_id = $2)
  OR EXISTS (SELECT FROM provider_event WHERE account_id = $1 AND event_id = $2) AS known,
  CASE WHEN $3 THEN no_campaigns() ELSE 0 END AS none`

// Only last_seq moves: a workflow hears of inbound_seq.
const insertQuiet = `
WITH moved AS (
  UPDATE conversation c SET last_seq = c.last_seq + 1
  FROM contact_point p
  WHERE p.account_id = $1 AND p.channel = $3 AND p.external_id = COALESCE((SELECT a.external_id FROM contact_point_alias a
      WHERE a.account_id = $1 AND a.channel = $3 AND a.alias = $4), $4)
    AND c.contact_point_id = p.id AND c.address_id = $2 AND c.state <> 'closed'
  RETURNING c.id, c.last_seq, c.account_id, c.queue_id, c.agent_id
), stored AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text, data, reply_to,
    provider_event_id, provider_message_id, provider_at)
  SELECT id, last_seq, account_id, 'in', $5, $6, NULLIF($7, '')::jsonb, NULLIF($8, ''), $9, NULLIF($10, ''), $11 FROM moved
  ON CONFLICT (account_id, provider_event_id) WHERE provider_event_id IS NOT NULL DO NOTHING
  RETURNING id
), told AS (
  INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id)
  SELECT '` + outbox.EventMessage + `', m.id, s.id, m.queue_id, m.agent_id FROM moved m, stored s
)
SELECT count(*) FROM stored`

const keepQuiet = `
INSERT INTO provider_event (account_id, event_id, kind, type, data)
SELECT $1, $2, $3, $4, $5::jsonb WHERE NOT EXISTS (SELECT FROM message WHERE account_id = $1 AND provider_event_id = $2)
ON CONFLICT (account_id, event_id) DO NOTHING RETURNING 1`

// storeQuiet stores one message that asks nothing, and does what it means. It
// returns whether it was new. Whether campaigns were asked is the caller's to say:
// by now another message may have found that there are some.
func (s *Store) storeQuiet(ctx context.Context, h campaigndb.ReplyEffect, campaigns bool) (fresh bool, err error) {
	for {
		err = s.Tx(ctx, func(tx *sqlx.Tx) error {
			fresh, err = insertQuietly(ctx, tx, h, !campaigns)
			return err
		})
		var pe *pq.Error
		if campaigns || !errors.As(err, &pe) || pe.Code != campaignsExist {
			return fresh, err
		}
		s.campaigns.Store(true)
		campaigns = true
		means, heardErr := s.Campaign.MatchReplies(ctx, []contactdb.Inbound{h.In}, true)
		if heardErr != nil {
			return false, heardErr
		}
		if len(means) == 1 {
			h = means[0]
		}
	}
}

func insertQuietly(ctx context.Context, tx *sqlx.Tx, h campaigndb.ReplyEffect, askCampaigns bool) (bool, error) {
	in, e := h.In, h.In.Event
	var is struct {
		Known bool `db:"known"`
		None  int  `db:"none"`
	}
	if err := tx.GetContext(ctx, &is, quietKnown, in.Account, e.ID, askCampaigns); err != nil || is.Known {
		return false, err
	}
	data, err := pg.JSONText(e.Data, len(e.Data) > 0)
	if err != nil {
		return false, err
	}
	var at any
	if !e.At.IsZero() {
		at = e.At
	}
	var n int
	if err := tx.GetContext(ctx, &n, insertQuiet, in.Account, in.Address, e.Channel, e.From, e.Type, pg.Clean(e.Text), data, e.ReplyTo, e.ID,
		e.MessageID, at); err != nil {
		return false, err
	}
	if n > 0 {
		if err := applyChanges(ctx, tx, []contactdb.Inbound{in}); err != nil {
			return false, err
		}
	} else {
		raw, err := json.Marshal(e)
		if err != nil {
			return false, fmt.Errorf("encode event: %w", err)
		}
		var kept []int
		if err := tx.SelectContext(ctx, &kept, keepQuiet, in.Account, e.ID, string(e.Kind), e.Type,
			pg.CleanJSON(pg.Clean(string(raw)))); err != nil || len(kept) == 0 {
			return false, err
		}
	}
	return true, h.Apply(ctx, tx)
}
