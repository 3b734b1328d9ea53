package webchatdb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"switchboard/store/messagedb"
)

// ChatConversation is one conversation of a visitor's thread that may still change.
type ChatConversation struct {
	ID      uuid.UUID `db:"id"`
	Number  int64     `db:"number"`
	LastSeq int64     `db:"last_seq"`
	Closed  bool      `db:"closed"`
}

// What is closed and older than the newest that was seen changes no more, unless
// a reader says that something of it is missing.
const selectChatConversations = `
SELECT c.id, c.number, c.last_seq, c.state = 'closed' AS closed FROM conversation c
WHERE c.contact_point_id IN (` + points + `) AND (c.state <> 'closed' OR c.number >= $2 OR c.number = ANY($3::bigint[]))
ORDER BY c.number`

// ChatConversations lists the conversations of a visitor that are not closed,
// those from a number on, and the given ones.
func (s *Store) ChatConversations(ctx context.Context, visitor uuid.UUID, from int64, also []int64) ([]ChatConversation, error) {
	list := []ChatConversation{}
	if err := s.SQL.SelectContext(ctx, &list, selectChatConversations, visitor, from, pq.Array(notNilInts(also))); err != nil {
		return nil, fmt.Errorf("read chat: %w", err)
	}
	return list, nil
}

func notNilInts(list []int64) []int64 {
	if list == nil {
		return []int64{}
	}
	return list
}

const newestChat = `SELECT COALESCE(max(c.number), 0) FROM conversation c WHERE c.contact_point_id IN (` + points + `)`

// NewestChat returns the number of a visitor's newest conversation; 0: none.
func (s *Store) NewestChat(ctx context.Context, visitor uuid.UUID) (int64, error) {
	var n int64
	if err := s.SQL.GetContext(ctx, &n, newestChat, visitor); err != nil {
		return 0, fmt.Errorf("read chat: %w", err)
	}
	return n, nil
}

// ChatMark says how much of a conversation was seen: all up to Seq, but not what
// Missing lists, which was not sent yet then.
type ChatMark struct {
	Conversation uuid.UUID
	Seq          int64
	Missing      []int64
}

const chatNews = `
SELECT 0 AS number, ` + chatColumns + `, ` + shown + ` AS shown
FROM message m LEFT JOIN agent g ON g.id = m.agent_id
WHERE m.conversation_id = $1 AND m.seq > $2 AND ` + forCustomer + ` ORDER BY m.seq LIMIT $3`

// What a reader says is missing is only looked up among what is for customers.
const chatMissing = `
SELECT 0 AS number, ` + chatColumns + `, ` + shown + ` AS shown
FROM message m LEFT JOIN agent g ON g.id = m.agent_id
WHERE m.conversation_id = $1 AND m.seq = ANY($2::bigint[]) AND ` + forCustomer + ` ORDER BY m.seq`

// ChatNews returns what a reader of one conversation has not seen, in order, with
// what is still on its way to be sent and what failed; Shown says what a customer
// may see. Nothing else of the conversation is missing.
func (s *Store) ChatNews(ctx context.Context, at ChatMark, limit int) ([]ChatMessage, error) {
	var late, list []ChatMessage
	if len(at.Missing) > 0 {
		if err := s.SQL.SelectContext(ctx, &late, chatMissing, at.Conversation, pq.Array(at.Missing)); err != nil {
			return nil, fmt.Errorf("read chat: %w", err)
		}
	}
	if err := s.SQL.SelectContext(ctx, &list, chatNews, at.Conversation, at.Seq, limit); err != nil {
		return nil, fmt.Errorf("read chat: %w", err)
	}
	return append(late, list...), nil
}

const visitorsOf = `
SELECT c.id AS conversation, COALESCE(v.merged_into, v.id) AS visitor
FROM conversation c JOIN visitor v ON v.contact_point_id = c.contact_point_id WHERE c.id = ANY($1::uuid[])`

// VisitorsOf says whose conversations these are.
func (s *Store) VisitorsOf(ctx context.Context, conversations []uuid.UUID) (map[uuid.UUID]uuid.UUID, error) {
	var rows []struct {
		Conversation uuid.UUID `db:"conversation"`
		Visitor      uuid.UUID `db:"visitor"`
	}
	if err := s.SQL.SelectContext(ctx, &rows, visitorsOf, messagedb.UUIDArray(conversations)); err != nil {
		return nil, fmt.Errorf("read visitors: %w", err)
	}
	out := make(map[uuid.UUID]uuid.UUID, len(rows))
	for _, r := range rows {
		out[r.Conversation] = r.Visitor
	}
	return out, nil
}

const chatUnsent = `
SELECT m.seq FROM message m WHERE m.conversation_id = $1 AND m.seq <= $2 AND m.status IN ('queued', 'sending') AND ` + forCustomer + ` ORDER BY m.seq`

// ChatUnsent lists what is on its way to a customer, up to a seq.
func (s *Store) ChatUnsent(ctx context.Context, conversation uuid.UUID, upTo int64) ([]int64, error) {
	var seqs []int64
	if err := s.SQL.SelectContext(ctx, &seqs, chatUnsent, conversation, upTo); err != nil {
		return nil, fmt.Errorf("read chat: %w", err)
	}
	return seqs, nil
}
