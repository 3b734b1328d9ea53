package messagedb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/conversationdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// LazyBell is how long a message to a conversation that an agent has may wait
// for its ring: nothing in the process waits for it, and the agent's next
// command carries the news for nothing.
const LazyBell = 2 * time.Second

// StoreMessages takes a batch in one statement, so that many webhooks share one
// commit and one round trip:
//   - events stored before, and repeats within the batch, fall out first, so a
//     late repeat never opens a conversation;
//   - contact points and current conversations are found or created; the row
//     lock of the conversation orders concurrent batches, and its counter is
//     raised by the number of messages, from which their seq follows;
//   - scalar subqueries instead of joins, because a plan made while the tables
//     were small would hash all of message for every batch;
//   - an address that was removed meanwhile violates NOT NULL instead of losing
//     the message (hence LEFT JOIN);
//   - no indexed column of a conversation changes, and its page has room for the
//     new row: no index is touched;
//   - what the customer took back or changed before it came is refused, and then
//     stored together with that;
//   - a repeat that another process commits at this very moment is caught by
//     the unique index (ON CONFLICT DO NOTHING) and costs a gap in seq.
const StoreMessages = `
WITH input AS (
  SELECT DISTINCT ON (t.account_id, t.event_id)
         t.account_id, t.address_id, t.channel, COALESCE((SELECT al.external_id FROM contact_point_alias al
           WHERE al.account_id = t.account_id AND al.channel = t.channel AND al.alias = t.sender), t.sender) AS external_id, t.name,
         t.event_id, t.message_id, t.type, t.text, NULLIF(t.data, '')::jsonb AS data, NULLIF(t.reply_to, '') AS reply_to,
         t.at, NULLIF(t.reply_token, '') AS reply_token, t.reply_until, NULLIF(t.media, '')::jsonb AS media, t.ord,
         LEAST(t.arrived, now()) + (t.ord - 1) * interval '1 microsecond' AS arrived, -- in their order
         (SELECT 1 FROM provider_event e WHERE e.account_id = t.account_id AND e.data->>'message_id' = NULLIF(t.message_id, '')
            AND e.kind IN ('redact', 'edit') LIMIT 1) AS changed
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::text[], $19::timestamptz[])
       WITH ORDINALITY AS t(account_id, address_id, channel, sender, name, event_id, message_id, type,
              text, data, reply_to, at, reply_token, reply_until, media, arrived, ord)
  WHERE (SELECT m.seq FROM message m WHERE m.account_id = t.account_id AND m.provider_event_id = t.event_id) IS NULL
  ORDER BY t.account_id, t.event_id, t.ord
), senders AS (
  SELECT DISTINCT ON (account_id, channel, external_id) account_id, channel, external_id, name
  FROM input ORDER BY account_id, channel, external_id, name DESC
), known AS ( -- nearly everybody: a row that does not change is not written
  SELECT s.account_id, s.channel, s.external_id, s.name, p.id, p.name AS had
  FROM senders s LEFT JOIN LATERAL (SELECT c.id, c.name FROM contact_point c
    WHERE c.account_id = s.account_id AND c.channel = s.channel AND c.external_id = s.external_id LIMIT 1) p ON true
), made AS (
  INSERT INTO contact_point (account_id, channel, external_id, name)
  SELECT account_id, channel, external_id, name FROM known WHERE id IS NULL ORDER BY account_id, channel, external_id
  ON CONFLICT (account_id, channel, external_id) DO UPDATE
     SET name = CASE WHEN EXCLUDED.name <> '' THEN EXCLUDED.name ELSE contact_point.name END
  RETURNING id, account_id, channel, external_id
), renamed AS (
  UPDATE contact_point p SET name = k.name FROM known k WHERE p.id = k.id AND k.name <> '' AND k.name <> k.had
), points AS (
  SELECT id, account_id, channel, external_id FROM known WHERE id IS NOT NULL
  UNION ALL SELECT id, account_id, channel, external_id FROM made
), numbered AS (
  SELECT i.*, p.id AS point_id,
         row_number() OVER (PARTITION BY p.id, i.address_id ORDER BY i.ord) AS n
  FROM input i JOIN points p USING (account_id, channel, external_id)
), opened AS (
  INSERT INTO conversation (contact_point_id, address_id, account_id, workstream_id, channel, units, pushed,
                            last_seq, inbound_seq, last_inbound_at, unanswered_since, waiting_since, reply_token, reply_until)
  SELECT g.point_id, g.address_id, g.account_id, w.id, g.channel, w.capacity_units, w.mode = 'push',
         g.total, g.total, g.at, g.first_at, g.arrived, g.reply_token, g.reply_until
  FROM (SELECT point_id, address_id, min(account_id::text)::uuid AS account_id, min(channel) AS channel, count(*) AS total,
               min(COALESCE(at, arrived)) AS first_at, min(arrived) AS arrived, max(COALESCE(at, arrived)) AS at, -- the reply window runs from arrival where the provider gives no time
               (array_agg(reply_token ORDER BY n DESC))[1] AS reply_token,
               (array_agg(reply_until ORDER BY n DESC))[1] AS reply_until
        FROM numbered GROUP BY point_id, address_id) g
  LEFT JOIN address a ON a.id = g.address_id LEFT JOIN workstream w ON w.id = a.workstream_id
  ORDER BY g.point_id, g.address_id
  ON CONFLICT (contact_point_id, address_id) WHERE state <> 'closed' DO UPDATE
     SET last_seq = conversation.last_seq + EXCLUDED.last_seq,
         inbound_seq = conversation.last_seq + EXCLUDED.last_seq,
         last_inbound_at = GREATEST(conversation.last_inbound_at, EXCLUDED.last_inbound_at),
         last_activity_at = now(), window_sent = 0,
         unanswered_since = COALESCE(conversation.unanswered_since, EXCLUDED.unanswered_since),
         reply_token = COALESCE(EXCLUDED.reply_token, conversation.reply_token),
         reply_until = COALESCE(EXCLUDED.reply_until, conversation.reply_until)
  RETURNING id, contact_point_id, address_id, last_seq, state, version, queue_id, agent_id
), stored AS (
  INSERT INTO message (conversation_id, seq, account_id, direction, type, text, data, reply_to,
                       provider_event_id, provider_message_id, provider_at, created_at)
  SELECT o.id, o.last_seq - max(i.n) OVER (PARTITION BY o.id) + i.n, i.account_id, 'in', i.type, i.text, i.data,
         i.reply_to, i.event_id, NULLIF(i.message_id, ''), i.at, i.arrived
  FROM numbered i JOIN opened o ON o.contact_point_id = i.point_id AND o.address_id = i.address_id
  ON CONFLICT (account_id, provider_event_id) WHERE provider_event_id IS NOT NULL DO NOTHING
  RETURNING id, conversation_id, account_id, provider_event_id
), files AS (
  INSERT INTO attachment (conversation_id, message_id, position, state, source, name, content_type, size)
  SELECT s.conversation_id, s.id, f.ord - 1, 'pending', f.ref, COALESCE(f.ref->>'name', ''),
         COALESCE(f.ref->>'content_type', ''), COALESCE((f.ref->>'size')::bigint, 0)
  FROM stored s JOIN numbered i ON i.account_id = s.account_id AND i.event_id = s.provider_event_id
  CROSS JOIN LATERAL jsonb_array_elements(i.media) WITH ORDINALITY AS f(ref, ord)
  RETURNING conversation_id
), told AS (
  INSERT INTO event (kind, conversation_id, message_id, queue_id, agent_id, state, version)
  SELECT '` + outbox.EventMessage + `', s.conversation_id, s.id, o.queue_id, o.agent_id, o.state, o.version
  FROM stored s JOIN opened o ON o.id = s.conversation_id
), rung AS (
  INSERT INTO bell (conversation_id, due_at)
  SELECT o.id, now() + CASE WHEN o.state = 'active' AND NOT EXISTS (SELECT FROM files f WHERE f.conversation_id = o.id)
                            THEN $16::interval ELSE interval '0' END
  FROM opened o ORDER BY o.id
  ON CONFLICT (conversation_id) DO UPDATE
     SET rings = nextval('bell_ring'), due_at = LEAST(bell.due_at, EXCLUDED.due_at)
)
SELECT count(*) + CASE WHEN $17 THEN no_campaigns() ELSE 0 END
  + CASE WHEN $18 AND EXISTS (SELECT FROM input WHERE changed IS NOT NULL) THEN changes_known() ELSE 0 END FROM stored`

// StoreMessages commits customers' messages and everything that follows from
// them: contact points, conversations, files to fetch, events, bells. It
// returns how many were new. A repeat is no error.
func (s *Store) StoreMessages(ctx context.Context, batch []contactdb.Inbound) (int, error) {
	if err := s.Contact.LinkAliases(ctx, batch); err != nil {
		return 0, fmt.Errorf("link aliases: %w", err)
	}
	stored, err := s.storeMessages(ctx, batch)
	var apart *quietApart
	if errors.As(err, &apart) {
		return s.storeApart(ctx, *apart)
	}
	if err != nil || stored == len(batch) {
		return stored, err
	}
	others, err := s.otherMessages(ctx, batch)
	if err != nil || len(others) == 0 {
		return stored, err
	}
	more, err := s.storeMessages(ctx, others)
	return stored + more, err
}

func (s *Store) storeMessages(ctx context.Context, batch []contactdb.Inbound) (int, error) {
	args, err := InboundColumns(batch)
	if err != nil {
		return 0, err
	}
	var stored int
	changed := false
	for again := true; again; {
		again = false
		stored, err = s.storeHeard(ctx, batch, args, changed)
		var pe *pq.Error
		if errors.As(err, &pe) {
			switch {
			case pe.Code == campaignsExist: // only a try that did not know of them is told so
				s.campaigns.Store(true)
				again = true
			case pe.Code == changesKnown && !changed:
				changed, again = true, true
			}
		}
	}
	if err != nil {
		return 0, fmt.Errorf("store messages: %w", err)
	}
	s.Events().Wake()
	s.Bells().Wake()
	return stored, nil
}

// campaignsExist is raised by a statement that was told there are no campaigns.
const campaignsExist = "SB001"

// changesKnown is raised for a message that its customer took back or changed
// before it came.
const changesKnown = "SB002"

// storeHeard stores a batch with what its messages mean for campaigns and
// consent. A process that never saw a campaign does not ask beforehand: the
// statement itself refuses once there is one.
func (s *Store) storeHeard(ctx context.Context, batch []contactdb.Inbound, args []any, changed bool) (stored int, err error) {
	known := s.campaigns.Load()
	means, err := s.Campaign.MatchReplies(ctx, batch, known)
	if err != nil {
		return 0, err
	}
	if apart := quietOf(batch, means, known); apart != nil {
		return 0, apart
	}
	args[noCampaigns], args[noChanges] = !known, !changed
	if pg.LockWait(ctx) == 0 && !changed && len(means) == 0 && !slices.ContainsFunc(batch, func(in contactdb.Inbound) bool { return in.Event.Type == channel.TypeUnknown }) {
		err = s.SQL.QueryRowContext(ctx, StoreMessages, args...).Scan(&stored)
		return stored, err
	}
	err = s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := tx.QueryRowContext(ctx, StoreMessages, args...).Scan(&stored); err != nil {
			return err
		}
		if changed {
			if err := applyChanges(ctx, tx, batch); err != nil {
				return err
			}
		}
		for _, h := range means {
			if err := h.ApplyToThread(ctx, tx); err != nil {
				return err
			}
		}
		return conversationdb.SendUnsupported(ctx, tx, batch)
	})
	return stored, err
}

// Where storeMessages is told to refuse once there are campaigns, or changes of
// messages.
const noCampaigns, noChanges = 16, 17

// InboundColumns turns a batch into the parameters of storeMessages.
func InboundColumns(batch []contactdb.Inbound) ([]any, error) {
	n := len(batch)
	col := func() []string { return make([]string, n) }
	account, address, chn, sender, name, eventID, messageID, typ := col(), col(), col(), col(), col(), col(), col(), col()
	text, data, replyTo, token, media := col(), col(), col(), col(), col()
	at, until, arrived := make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
	for i, in := range batch {
		e := in.Event
		account[i], address[i], chn[i], sender[i], name[i] = in.Account.String(), in.Address.String(), e.Channel, e.From, pg.Clean(e.Name)
		eventID[i], messageID[i], typ[i], text[i], replyTo[i] = e.ID, e.MessageID, e.Type, pg.Clean(e.Text), e.ReplyTo
		if !e.At.IsZero() {
			at[i] = &batch[i].Event.At
		}
		if !in.Arrived.IsZero() {
			arrived[i] = &batch[i].Arrived
		}
		if e.Reply != nil {
			token[i], until[i] = e.Reply.Token, &batch[i].Event.Reply.Until
		}
		var err error
		if data[i], err = pg.JSONText(e.Data, len(e.Data) > 0); err != nil {
			return nil, err
		}
		if media[i], err = pg.JSONText(e.Media, len(e.Media) > 0); err != nil {
			return nil, err
		}
	}
	return []any{pq.Array(account), pq.Array(address), pq.Array(chn), pq.Array(sender), pq.Array(name), pq.Array(eventID),
		pq.Array(messageID), pq.Array(typ), pq.Array(text), pq.Array(data), pq.Array(replyTo), pg.TimeArray(at),
		pq.Array(token), pg.TimeArray(until), pq.Array(media), LazyBell.String(), false, true, pg.TimeArray(arrived)}, nil
}
