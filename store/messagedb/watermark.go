package messagedb

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// Some providers report that everything until a time was delivered or read. All
// of it moves in one statement, forward only. What was left in doubt or is being
// sent stays: a time does not prove that the provider took it. Its row keeps how far
// it came for messageSent, which waits for this row's lock or is waited for.
const moveUpTo = `
WITH point AS (
  SELECT id FROM contact_point WHERE account_id = $1 AND channel = $2
    AND external_id = COALESCE((SELECT a.external_id FROM contact_point_alias a WHERE a.account_id = $1 AND a.channel = $2 AND a.alias = $3), $3)
), moved AS (
  UPDATE message m SET
    status = CASE WHEN m.status IN ('sent', 'delivered') THEN $5::text ELSE m.status END,
    status_at = CASE WHEN m.status IN ('sent', 'delivered') THEN $4::timestamptz ELSE m.status_at END,
    early_receipt = CASE WHEN m.status IN ('sending', 'unknown') THEN $5::text ELSE m.early_receipt END
  FROM point p JOIN conversation c ON c.contact_point_id = p.id
  WHERE m.conversation_id = c.id AND m.direction = 'out' AND COALESCE(m.claimed_at, m.created_at) <= $4
    AND (m.status = 'sent' OR m.status = 'delivered' AND $5 = 'read'
      OR m.status IN ('sending', 'unknown') AND (m.early_receipt IS NULL OR m.early_receipt = 'delivered' AND $5 = 'read'))
  RETURNING m.id, m.conversation_id, m.status
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessageUpdated + `', c.id, m.id, c.queue_id, c.agent_id, c.state, c.version
FROM moved m JOIN conversation c ON c.id = m.conversation_id WHERE m.status = $5`

func applyUpTo(ctx context.Context, tx *sqlx.Tx, in contactdb.Inbound) error {
	e := in.Event
	if e.Status != channel.StatusDelivered && e.Status != channel.StatusRead {
		return nil
	}
	if _, err := tx.ExecContext(ctx, moveUpTo, in.Account, e.Channel, e.From, e.UpTo, string(e.Status)); err != nil {
		return fmt.Errorf("move statuses up to a time: %w", err)
	}
	return nil
}

// An answer that was sent from elsewhere is shown in the thread that goes on, once.
// Nobody's conversation begins with it. Some providers do not say whose it is, and
// tell of ours before they answer the call that sent it: what was sent from here in
// the last minute with the same text, or as a file, is ours.
const insertElsewhere = `
WITH thread AS (
  UPDATE conversation c SET last_seq = c.last_seq + 1, last_activity_at = now()
  FROM contact_point p
  WHERE p.account_id = $1 AND p.channel = $2 AND c.contact_point_id = p.id AND c.address_id = $4 AND c.state <> 'closed'
    AND p.external_id = COALESCE((SELECT a.external_id FROM contact_point_alias a WHERE a.account_id = $1 AND a.channel = $2 AND a.alias = $3), $3)
    AND NOT EXISTS (SELECT FROM message m WHERE m.account_id = $1 AND m.provider_message_id = $5)
    AND NOT EXISTS (SELECT FROM message m WHERE m.conversation_id = c.id AND m.direction = 'out' AND m.claimed_at > now() - interval '1 minute'
      AND (m.text = $7 OR $7 = '' AND EXISTS (SELECT FROM attachment f WHERE f.message_id = m.id)))
  RETURNING c.id, c.last_seq, c.queue_id, c.agent_id, c.state, c.version
), stored AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text, data, reply_to, provider_message_id, provider_at, status, status_at)
  SELECT id, last_seq, $1, 'out', $6, $7, COALESCE(NULLIF($8, '')::jsonb, '{}') || '{"elsewhere": true}', NULLIF($9, ''), $5, $10::timestamptz, 'sent', COALESCE($10, now()) FROM thread
  RETURNING id, conversation_id
), files AS (
  INSERT INTO attachment (conversation_id, message_id, position, state, source, name, content_type, size)
  SELECT s.conversation_id, s.id, f.ord - 1, 'pending', f.ref, COALESCE(f.ref->>'name', ''), COALESCE(f.ref->>'content_type', ''),
         COALESCE((f.ref->>'size')::bigint, 0)
  FROM stored s CROSS JOIN LATERAL jsonb_array_elements(COALESCE(NULLIF($11, '')::jsonb, '[]')) WITH ORDINALITY AS f(ref, ord)
  RETURNING conversation_id
), rung AS (
  INSERT INTO bell (conversation_id, due_at) SELECT DISTINCT conversation_id, now() FROM files
  ON CONFLICT (conversation_id) DO UPDATE SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)
)
INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
SELECT '` + outbox.EventMessage + `', t.id, s.id, t.queue_id, t.agent_id, t.state, t.version FROM stored s JOIN thread t ON t.id = s.conversation_id`

func storeElsewhere(ctx context.Context, tx *sqlx.Tx, in contactdb.Inbound) error {
	e := in.Event
	data, err := pg.JSONText(e.Data, len(e.Data) > 0)
	if err != nil {
		return err
	}
	media, err := pg.JSONText(e.Media, len(e.Media) > 0)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertElsewhere, in.Account, e.Channel, e.From, in.Address, e.MessageID, e.Type, pg.Clean(e.Text), data, e.ReplyTo,
		pg.NullTime(e.At), media)
	if err != nil {
		return fmt.Errorf("store answer from elsewhere: %w", err)
	}
	return nil
}
