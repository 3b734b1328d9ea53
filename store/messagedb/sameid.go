package messagedb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/channel"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
)

// Providers promise that events with one id are one event. One that breaks it
// must not cost a message: what has the id of another is kept under an id of its
// own, which is the same whenever it comes.

func ownID(e channel.Event) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%s\x00%d", e.Kind, e.Type, e.MessageID, e.From, e.Status, at(e)))
	return e.ID + "#" + hex.EncodeToString(sum[:8])
}

func at(e channel.Event) int64 {
	if e.MessageID != "" || e.At.IsZero() {
		return 0
	}
	return e.At.UnixMicro()
}

// Where the provider names the message, that tells two apart; else the time.
const otherMessages = `
SELECT t.ord - 1 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) WITH ORDINALITY AS t(account_id, event_id, message_id, at, ord)
CROSS JOIN LATERAL (SELECT m.provider_message_id, m.provider_at FROM message m
  WHERE m.account_id = t.account_id AND m.provider_event_id = t.event_id LIMIT 1) m
WHERE t.message_id <> m.provider_message_id OR t.message_id = '' AND m.provider_message_id IS NULL AND t.at <> m.provider_at ORDER BY t.ord`

// otherMessages are those of a batch that were taken for repeats of another.
func (s *Store) otherMessages(ctx context.Context, batch []contactdb.Inbound) ([]contactdb.Inbound, error) {
	n := len(batch)
	account, id, message, when := make([]string, n), make([]string, n), make([]string, n), make([]*time.Time, n)
	for i, in := range batch {
		account[i], id[i], message[i] = in.Account.String(), in.Event.ID, in.Event.MessageID
		if !in.Event.At.IsZero() {
			when[i] = &batch[i].Event.At
		}
	}
	var which []int
	if err := s.SQL.SelectContext(ctx, &which, otherMessages, pq.Array(account), pq.Array(id), pq.Array(message), pg.TimeArray(when)); err != nil {
		return nil, fmt.Errorf("compare repeats: %w", err)
	}
	return withOwnIDs(batch, which), nil
}

const otherReports = `
SELECT t.ord - 1 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS t(account_id, event_id, kind, type, data, ord)
CROSS JOIN LATERAL (SELECT e.kind, e.type, e.data FROM provider_event e WHERE e.account_id = t.account_id AND e.event_id = t.event_id LIMIT 1) e
WHERE (t.kind, t.type, t.data::jsonb->>'message_id', t.data::jsonb->>'from', t.data::jsonb->>'status')
  IS DISTINCT FROM (e.kind, e.type, e.data->>'message_id', e.data->>'from', e.data->>'status') ORDER BY t.ord`

func anotherReport(ctx context.Context, tx *sqlx.Tx, batch []contactdb.Inbound, args []any) ([]contactdb.Inbound, error) {
	var which []int
	if err := tx.SelectContext(ctx, &which, otherReports, args...); err != nil {
		return nil, fmt.Errorf("compare repeats: %w", err)
	}
	return withOwnIDs(batch, which), nil
}

func withOwnIDs(batch []contactdb.Inbound, which []int) []contactdb.Inbound {
	var out []contactdb.Inbound
	for _, i := range which {
		in := batch[i]
		in.Event.ID = ownID(in.Event)
		out = append(out, in)
	}
	return out
}
