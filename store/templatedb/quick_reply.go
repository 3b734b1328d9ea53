package templatedb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/autotext"
	"switchboard/store/auditdb"
	"switchboard/store/pg"
)

// QuickReply is a text that agents choose while they write: a shared one, or the
// own one of Agent.
type QuickReply struct {
	ID          uuid.UUID      `db:"id" json:"id"`
	Agent       uuid.NullUUID  `db:"agent_id" json:"agent_id"`
	Title       string         `db:"title" json:"title"`
	Tags        pq.StringArray `db:"tags" json:"tags"`                     // in lower case
	Workstreams pq.StringArray `db:"workstream_ids" json:"workstream_ids"` // none: everywhere
	Texts       Texts          `db:"texts" json:"texts"`
	CreatedAt   time.Time      `db:"created_at" json:"created_at"`
	UpdatedAt   time.Time      `db:"updated_at" json:"updated_at"`
}

// In chooses the text for who reads these languages, the best first, else the
// English one, else any: the agent sees which it is.
func (r QuickReply) In(languages []string) (language, text string) {
	have := slices.Sorted(maps.Keys(r.Texts))
	if len(have) == 0 {
		return "", ""
	}
	language, ok := autotext.Choose(append(slices.Clone(languages), autotext.DefaultLanguage), have)
	if !ok {
		language = have[0]
	}
	return language, r.Texts[language]
}

const quickReplyColumns = `id, agent_id, title, tags, workstream_ids::text[] AS workstream_ids, texts, created_at, updated_at`

const selectQuickReply = `SELECT ` + quickReplyColumns + ` FROM quick_reply WHERE id = $1 AND (agent_id IS NULL OR agent_id = $2)`

// QuickReplyFor returns a shared quick reply or one of the agent's own, or
// ErrNotFound.
func (s *Store) QuickReplyFor(ctx context.Context, agent, id uuid.UUID) (QuickReply, error) {
	var r QuickReply
	if err := pg.GetOne(ctx, s.SQL, &r, selectQuickReply, id, agent); err != nil {
		return QuickReply{}, fmt.Errorf("read quick reply: %w", err)
	}
	return r, nil
}

const insertQuickReply = `
INSERT INTO quick_reply (title, tags, workstream_ids, texts, agent_id) VALUES ($1, $2, $3::uuid[], $4, $5) RETURNING ` + quickReplyColumns

// CreateQuickReply adds one. A workstream that does not exist is an *Invalid.
func (s *Store) CreateQuickReply(ctx context.Context, by auditdb.Actor, r QuickReply) (QuickReply, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := checkWorkstreams(ctx, tx, r.Workstreams); err != nil {
			return err
		}
		values, err := r.values()
		if err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &r, insertQuickReply, append(values, r.Agent)...); err != nil {
			return err
		}
		return auditShared(ctx, tx, by, "create", r, nil, r)
	})
	if err != nil {
		return QuickReply{}, fmt.Errorf("create quick reply: %w", err)
	}
	return r, nil
}

func (r QuickReply) values() ([]any, error) {
	texts, err := r.Texts.JSON()
	return []any{r.Title, noNull(r.Tags), noNull(r.Workstreams), texts}, err
}

func noNull(list pq.StringArray) pq.StringArray {
	if list == nil {
		return pq.StringArray{}
	}
	return list
}

const missingWorkstream = `
SELECT t.ord - 1 FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, ord)
WHERE NOT EXISTS (SELECT FROM workstream w WHERE w.id = t.id) ORDER BY 1 LIMIT 1`

func checkWorkstreams(ctx context.Context, tx *sqlx.Tx, ids pq.StringArray) error {
	var at []int
	if err := tx.SelectContext(ctx, &at, missingWorkstream, noNull(ids)); err != nil {
		return err
	}
	if len(at) > 0 {
		return &pg.Invalid{Field: fmt.Sprintf("workstream_ids[%d]", at[0]), Reason: "is no workstream"}
	}
	return nil
}

// auditShared records changes of shared quick replies; what agents keep for
// themselves is no configuration.
func auditShared(ctx context.Context, tx *sqlx.Tx, by auditdb.Actor, action string, r QuickReply, before, after any) error {
	if r.Agent.Valid {
		return nil
	}
	return auditdb.AuditDiff(ctx, tx, by, action, auditdb.AuditQuickReply, r.ID.String(), before, after, nil)
}

const lockQuickReply = `SELECT ` + quickReplyColumns + ` FROM quick_reply WHERE id = $1 FOR UPDATE`

const updateQuickReply = `
UPDATE quick_reply SET title = $1, tags = $2, workstream_ids = $3::uuid[], texts = $4, updated_at = clock_timestamp()
WHERE id = $5 RETURNING ` + quickReplyColumns

// ChangeQuickReply lets change edit a locked quick reply and writes what it left,
// except whose it is. An error of change is returned and nothing is written.
func (s *Store) ChangeQuickReply(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*QuickReply) error) (QuickReply, error) {
	var after QuickReply
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before QuickReply
		if err := pg.GetOne(ctx, tx, &before, lockQuickReply, id); err != nil {
			return err
		}
		if err := auditdb.UnlessMatching(ctx, before); err != nil {
			return err
		}
		r := before
		if err := change(&r); err != nil {
			return err
		}
		if !slices.Equal(r.Workstreams, before.Workstreams) { // one that is gone since may stay
			if err := checkWorkstreams(ctx, tx, r.Workstreams); err != nil {
				return err
			}
		}
		values, err := r.values()
		if err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateQuickReply, append(values, id)...); err != nil {
			return err
		}
		return auditShared(ctx, tx, by, "update", before, before, after)
	})
	if err != nil {
		return QuickReply{}, fmt.Errorf("change quick reply: %w", err)
	}
	return after, nil
}

const deleteQuickReply = `DELETE FROM quick_reply WHERE id = $1`

// DeleteQuickReply removes one unless may refuses it.
func (s *Store) DeleteQuickReply(ctx context.Context, by auditdb.Actor, id uuid.UUID, may func(QuickReply) error) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before QuickReply
		if err := pg.GetOne(ctx, tx, &before, lockQuickReply, id); err != nil {
			return err
		}
		if err := may(before); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteQuickReply, id); err != nil {
			return err
		}
		return auditShared(ctx, tx, by, "delete", before, before, nil)
	})
	if err != nil {
		return fmt.Errorf("delete quick reply: %w", err)
	}
	return nil
}
