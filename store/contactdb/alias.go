package contactdb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/outbox"
)

// One at a time per account, because two events may name the same two ids in
// turn; events with aliases are few (WhatsApp senders with a user name).
const lockAliases = `SELECT pg_advisory_xact_lock(hashtextextended('alias/' || $1::text, 0))`

// All ids of the customer: those that are named, and what they are aliases of.
const knownIDs = `
SELECT id FROM unnest($3::text[]) AS t(id) UNION
SELECT external_id FROM contact_point_alias WHERE account_id = $1 AND channel = $2 AND alias = ANY($3)`

// The contact point with a conversation comes first, one with an agent before
// others; then what has aliases already, then the sender's.
const findAliased = `
SELECT p.external_id FROM contact_point p
WHERE p.account_id = $1 AND p.channel = $2 AND p.external_id = ANY($3)
ORDER BY COALESCE((SELECT min(array_position('{active,waiting,open,wrap-up}', c.state)) FROM conversation c
    WHERE c.contact_point_id = p.id AND c.state <> 'closed'), 9),
  EXISTS (SELECT FROM contact_point_alias a
    WHERE a.account_id = $1 AND a.channel = $2 AND a.alias = ANY($3) AND a.external_id = p.external_id) DESC,
  p.external_id = $4 DESC, p.external_id LIMIT 1`

const insertAlias = `
INSERT INTO contact_point_alias (account_id, channel, alias, external_id)
SELECT $1, $2, alias, $4 FROM unnest($3::text[]) AS t(alias) WHERE alias <> $4
ON CONFLICT (account_id, channel, alias) DO UPDATE SET external_id = EXCLUDED.external_id`

// The id by which the customer goes from now on is no alias; what was an alias of
// another one is now an alias of it.
const dropAlias = `DELETE FROM contact_point_alias WHERE account_id = $1 AND channel = $2 AND alias = $3`

const moveAliases = `
UPDATE contact_point_alias SET external_id = $4 WHERE account_id = $1 AND channel = $2 AND external_id = ANY($3) AND external_id <> $4`

// What the customer wrote under another id before it was known to be theirs.
const markMerging = `
UPDATE conversation c SET merging = true FROM contact_point p
WHERE p.account_id = $1 AND p.channel = $2 AND p.external_id = ANY($3) AND p.external_id <> $4
  AND c.contact_point_id = p.id AND c.state <> 'closed' RETURNING c.id`

// What was said of consent under another id holds for the customer: the last
// word, and no over yes.
const carryConsent = `
UPDATE contact_point k SET opted_out_at = o.opted_out_at,
  opted_in_at = CASE WHEN o.opted_out_at IS NULL THEN o.opted_in_at END, consent_source = o.consent_source
FROM contact_point o
WHERE k.account_id = $1 AND k.channel = $2 AND k.external_id = $4
  AND o.account_id = $1 AND o.channel = $2 AND o.external_id = ANY($3) AND o.external_id <> $4
  AND k.opted_out_at IS NULL AND (o.opted_out_at IS NOT NULL AND (k.opted_in_at IS NULL OR k.opted_in_at < o.opted_out_at)
    OR o.opted_in_at IS NOT NULL AND k.opted_in_at IS NULL)`

// Events whose ids are not yet known to be one customer's.
const unlinked = `
SELECT t.ord FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) AS t(ord, account_id, channel, id)
GROUP BY t.ord HAVING count(DISTINCT COALESCE((SELECT a.external_id FROM contact_point_alias a
  WHERE a.account_id = t.account_id AND a.channel = t.channel AND a.alias = t.id), t.id)) > 1
ORDER BY t.ord`

// LinkAliases records which ids mean the same customer before the messages are
// stored, so that whichever id comes alone later finds the same contact point. Of
// conversations that each of them had, one goes on and the others are merged into it.
func (s *Store) LinkAliases(ctx context.Context, batch []Inbound) error {
	var ord []int64
	var account, chn, ids []string
	for i, in := range batch {
		if len(in.Event.Aliases) == 0 || in.Event.From == "" {
			continue
		}
		for _, id := range append([]string{in.Event.From}, in.Event.Aliases...) {
			ord, account, chn, ids = append(ord, int64(i)), append(account, in.Account.String()), append(chn, in.Event.Channel), append(ids, id)
		}
	}
	if len(ord) == 0 {
		return nil
	}
	var which []int
	if err := s.SQL.SelectContext(ctx, &which, unlinked, pq.Array(ord), pq.Array(account), pq.Array(chn), pq.Array(ids)); err != nil {
		return err
	}
	for _, i := range which {
		if err := s.Tx(ctx, func(tx *sqlx.Tx) error { return linkAlias(ctx, tx, batch[i]) }); err != nil {
			return err
		}
	}
	return nil
}

func linkAlias(ctx context.Context, tx *sqlx.Tx, in Inbound) error {
	e := in.Event
	if _, err := tx.ExecContext(ctx, lockAliases, in.Account); err != nil {
		return err
	}
	var ids []string
	err := tx.SelectContext(ctx, &ids, knownIDs, in.Account, e.Channel, pq.Array(append([]string{e.From}, e.Aliases...)))
	if err != nil {
		return err
	}
	known := e.From
	err = tx.GetContext(ctx, &known, findAliased, in.Account, e.Channel, pq.Array(ids), e.From)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if _, err := tx.ExecContext(ctx, dropAlias, in.Account, e.Channel, known); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, moveAliases, in.Account, e.Channel, pq.Array(ids), known); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, insertAlias, in.Account, e.Channel, pq.Array(ids), known); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, carryConsent, in.Account, e.Channel, pq.Array(ids), known); err != nil {
		return err
	}
	var merging []uuid.UUID
	if err := tx.SelectContext(ctx, &merging, markMerging, in.Account, e.Channel, pq.Array(ids), known); err != nil {
		return err
	}
	for _, id := range merging {
		if err := outbox.Ring(ctx, tx, id, 0); err != nil {
			return err
		}
	}
	return nil
}

const ensureAddress = `
WITH made AS (
  INSERT INTO address (account_id, channel, address, workstream_id)
  SELECT id, $2, $3, workstream_id FROM account WHERE id = $1
  ON CONFLICT (account_id, channel, address) DO NOTHING
  RETURNING id
)
SELECT id FROM made UNION ALL SELECT id FROM address WHERE account_id = $1 AND channel = $2 AND address = $3 LIMIT 1`

// EnsureAddress returns the id of one of our addresses. One that nobody listed
// yet is added with the account's workstream: a message to it must not be lost.
func (s *Store) EnsureAddress(ctx context.Context, account uuid.UUID, channel, address string) (uuid.UUID, error) {
	var id uuid.UUID
	err := s.SQL.GetContext(ctx, &id, ensureAddress, account, channel, address)
	if errors.Is(err, sql.ErrNoRows) { // inserted by another between the two parts
		err = s.SQL.GetContext(ctx, &id, ensureAddress, account, channel, address)
	}
	return id, err
}
