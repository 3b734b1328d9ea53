package templatedb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"switchboard/domain/autotext"
	"switchboard/store/auditdb"
	"switchboard/store/outbox"
	"switchboard/store/pg"
)

// ReplyContext is what a conversation says about the quick replies that fit it.
type ReplyContext struct {
	Workstream uuid.UUID
	Languages  []string          // the customer's, then that of the address; "" where not known
	Values     map[string]string // of autotext.ReplyValues and context variables
}

const selectReplyContext = `
SELECT c.workstream_id, c.channel, c.context, d.language, COALESCE(NULLIF(k.language, ''), p.language) AS customer_language,
       COALESCE(NULLIF(k.name, ''), p.name) AS customer, COALESCE(k.first_name, '') AS first_name, COALESCE(q.name, '') AS queue,
       COALESCE((SELECT g.name FROM agent g WHERE g.id = $2::uuid), '') AS agent
FROM conversation c JOIN address d ON d.id = c.address_id
JOIN contact_point p ON p.id = c.contact_point_id LEFT JOIN contact k ON k.id = p.contact_id LEFT JOIN queue q ON q.id = c.queue_id
WHERE c.id = $3 AND ` + auditdb.Visible

// ReplyContextFor reads a conversation that the viewer may see, or fails with
// ErrNotFound. Placeholders of the agent are filled with the viewer's names.
func (s *Store) ReplyContextFor(ctx context.Context, v auditdb.Viewer, conversation uuid.UUID) (ReplyContext, error) {
	var c struct {
		Workstream uuid.UUID       `db:"workstream_id"`
		Channel    string          `db:"channel"`
		Context    json.RawMessage `db:"context"`
		Ours       string          `db:"language"`
		Theirs     string          `db:"customer_language"`
		Customer   string          `db:"customer"`
		First      string          `db:"first_name"`
		Queue      string          `db:"queue"`
		Agent      string          `db:"agent"`
	}
	if err := pg.GetOne(ctx, s.SQL, &c, selectReplyContext, v.Scope, v.Agent, conversation); err != nil {
		return ReplyContext{}, fmt.Errorf("read what replies need: %w", err)
	}
	if c.First == "" {
		c.First, _, _ = strings.Cut(c.Customer, " ")
	}
	var variables map[string]any
	if err := json.Unmarshal(c.Context, &variables); err != nil {
		return ReplyContext{}, fmt.Errorf("read context: %w", err)
	}
	first, _, _ := strings.Cut(c.Agent, " ")
	values := autotext.ContextValues(variables)
	maps.Copy(values, map[string]string{
		"CustomerName": c.Customer, "CustomerFirstName": c.First, "AgentName": c.Agent, "AgentFirstName": first,
		"QueueName": c.Queue, "Channel": c.Channel})
	return ReplyContext{Workstream: c.Workstream, Languages: []string{c.Theirs, c.Ours}, Values: values}, nil
}

// ReplyFilter narrows quick replies to the shared ones and the agent's own, to
// those with a tag, and to those that fit a conversation.
type ReplyFilter struct {
	Agent   uuid.UUID
	Tag     string        // "": any
	Context *ReplyContext // nil: for any conversation
}

func (f ReplyFilter) workstream() uuid.NullUUID {
	if f.Context == nil {
		return uuid.NullUUID{}
	}
	return outbox.NullUUID(f.Context.Workstream)
}

// bases are what the words that matter stand under in the index: "" for title and
// tags, the languages without their regions, "*" for all.
func (f ReplyFilter) bases() []string {
	if f.Context == nil {
		return []string{"", "*"}
	}
	out := []string{"", autotext.DefaultLanguage}
	for _, tag := range f.Context.Languages {
		tag, ok := autotext.Tag(tag)
		base, _, _ := strings.Cut(tag, "-")
		if ok && !slices.Contains(out, base) {
			out = append(out, base)
		}
	}
	return out
}

// Each branch reads its index in order, as far as the page needs.
const listQuickReplies = `
SELECT id, agent_id, title, tags, workstream_ids, texts, created_at, updated_at FROM (
  (SELECT ` + quickReplyColumns + ` FROM quick_reply
   WHERE agent_id IS NULL AND (created_at, id) > ($1, $2) AND ($5 = '' OR $5 = ANY(tags))
     AND ($6::uuid IS NULL OR workstream_ids = '{}' OR $6 = ANY(workstream_ids)) ORDER BY created_at, id LIMIT $3)
  UNION ALL
  (SELECT ` + quickReplyColumns + ` FROM quick_reply
   WHERE agent_id = $4 AND (created_at, id) > ($1, $2) AND ($5 = '' OR $5 = ANY(tags))
     AND ($6::uuid IS NULL OR workstream_ids = '{}' OR $6 = ANY(workstream_ids)) ORDER BY created_at, id LIMIT $3)
) r ORDER BY created_at, id LIMIT $3`

// QuickReplies lists quick replies, the oldest first.
func (s *Store) QuickReplies(ctx context.Context, f ReplyFilter, p auditdb.Page) ([]QuickReply, error) {
	list := []QuickReply{}
	err := s.SQL.SelectContext(ctx, &list, listQuickReplies, p.After.At, p.After.ID, p.Limit, f.Agent, pg.Clean(f.Tag), f.workstream())
	if err != nil {
		return nil, fmt.Errorf("list quick replies: %w", err)
	}
	return list, nil
}

const searchQuickReplies = `
SELECT id, agent_id, title, tags, workstream_ids, texts, created_at, updated_at FROM (
  SELECT ` + quickReplyColumns + `, title_words, head_words FROM quick_reply
  WHERE agent_id IS NULL AND words @@ lower($1)::tsquery AND ($4::uuid IS NULL OR workstream_ids = '{}' OR $4 = ANY(workstream_ids))
  UNION ALL
  SELECT ` + quickReplyColumns + `, title_words, head_words FROM quick_reply
  WHERE agent_id = $2 AND words @@ lower($1)::tsquery AND ($4::uuid IS NULL OR workstream_ids = '{}' OR $4 = ANY(workstream_ids))
) r
WHERE $3 = '' OR $3 = ANY(tags)
ORDER BY CASE WHEN title_words @@ lower($1)::tsquery THEN 0 WHEN head_words @@ lower($1)::tsquery THEN 1 ELSE 2 END, lower(title), id
LIMIT $5`

// SearchQuickReplies finds those with all the words of text, or beginnings of
// them, in title, tags or a text that the conversation's people may read. Those
// that have them in the title come first, then in title and tags.
func (s *Store) SearchQuickReplies(ctx context.Context, f ReplyFilter, text string, limit int) ([]QuickReply, error) {
	list := []QuickReply{}
	q := pg.Beginnings(text, f.bases()...)
	if q == "" {
		return list, nil
	}
	err := s.SQL.SelectContext(ctx, &list, searchQuickReplies, q, f.Agent, pg.Clean(f.Tag), f.workstream(), limit)
	if err != nil {
		return nil, fmt.Errorf("search quick replies: %w", err)
	}
	return list, nil
}
