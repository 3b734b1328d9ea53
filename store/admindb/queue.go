package admindb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// Queue is a line in which conversations wait for its members.
type Queue struct {
	ID             uuid.UUID     `db:"id" json:"id"`
	Name           string        `db:"name" json:"name"`
	Members        int           `db:"members" json:"members"`
	OperatingHours uuid.NullUUID `db:"operating_hours_id" json:"operating_hours_id"` // null: always open
	assigndb.Assignment
	Archived   bool       `db:"archived" json:"archived"`       // finishes what it has and takes nothing new
	ArchivedAt *time.Time `db:"archived_at" json:"archived_at"` // null: it is not
	CreatedAt  time.Time  `db:"created_at" json:"created_at"`
	UpdatedAt  time.Time  `db:"updated_at" json:"updated_at"`
}

// Member is an agent of a queue.
type Member struct {
	Agent    uuid.UUID `db:"agent_id" json:"agent_id"`
	Name     string    `db:"name" json:"name"`
	Presence string    `db:"presence" json:"presence"`
	Capacity int       `db:"capacity" json:"capacity"`
	Load     int       `db:"load" json:"load"`
	AddedAt  time.Time `db:"added_at" json:"added_at"`
}

const selectQueue = `
SELECT q.id, q.name, (SELECT count(*) FROM queue_member m WHERE m.queue_id = q.id) AS members,
       q.operating_hours_id, ` + assigndb.AssignmentColumns + `, q.archived_at IS NOT NULL AS archived, q.archived_at, q.created_at, q.updated_at
FROM queue q `

const selectQueues = selectQueue + `
WHERE ($4::boolean IS NULL OR (q.archived_at IS NOT NULL) = $4) AND (q.created_at, q.id) > ($1, $2)
  AND ($5::uuid IS NULL OR EXISTS (SELECT FROM queue_member om WHERE om.queue_id = q.id AND om.agent_id = $5))
  AND ($6 = '' OR q.words @@ lower($6)::tsquery) ORDER BY q.created_at, q.id LIMIT $3`

const selectQueueByID = selectQueue + `WHERE q.id = $1`

// QueueFilter is which queues are wanted. The zero value is all.
type QueueFilter struct {
	Archived sql.NullBool  // those that are, or those that are not
	Member   uuid.NullUUID // an agent
	Search   string        // beginnings of words of the name
}

// Queues lists the queues that a filter lets through, the oldest first.
func (s *Store) Queues(ctx context.Context, f QueueFilter, p auditdb.Page) ([]Queue, error) {
	list, words := []Queue{}, pg.Beginnings(f.Search, "")
	if f.Search != "" && words == "" {
		return list, nil
	}
	if err := s.SQL.SelectContext(ctx, &list, selectQueues, p.After.At, p.After.ID, p.Limit, f.Archived, f.Member, words); err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	return list, nil
}

// QueueByID returns a queue or ErrNotFound.
func (s *Store) QueueByID(ctx context.Context, id uuid.UUID) (Queue, error) {
	var q Queue
	if err := pg.GetOne(ctx, s.SQL, &q, selectQueueByID, id); err != nil {
		return Queue{}, fmt.Errorf("read queue: %w", err)
	}
	return q, nil
}

const selectQueuesOf = selectQueue + `JOIN queue_member m ON m.queue_id = q.id WHERE m.agent_id = $1 ORDER BY q.name`

// QueuesOf lists the queues of an agent by name.
func (s *Store) QueuesOf(ctx context.Context, agent uuid.UUID) ([]Queue, error) {
	list := []Queue{}
	if err := s.SQL.SelectContext(ctx, &list, selectQueuesOf, agent); err != nil {
		return nil, fmt.Errorf("list queues of agent: %w", err)
	}
	return list, nil
}

func queueConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "queue_name_key":
		return &pg.Conflict{Reason: "Another queue has this name, maybe an archived one."}
	case name == "queue_operating_hours_id_fkey":
		return assigndb.HoursMissing()
	case code == "23503":
		return &pg.Conflict{Reason: "A workstream or a conversation still uses this queue. One that was used can be archived."}
	}
	return err
}

const insertQueue = `INSERT INTO queue (name, operating_hours_id) VALUES ($1, $2) RETURNING id`

// CreateQueue adds a queue. A name that is taken is a *Conflict, operating hours
// that do not exist an *Invalid.
func (s *Store) CreateQueue(ctx context.Context, by auditdb.Actor, q Queue) (Queue, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var id uuid.UUID
		if err := pg.GetOne(ctx, tx, &id, insertQueue, q.Name, q.OperatingHours); err != nil {
			return queueConstraint(err)
		}
		if err := assigndb.SetAssignment(ctx, tx, id, assigndb.Assignment{}, q.Assignment); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, archiveQueue, id, q.Archived); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &q, selectQueueByID, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditQueue, id.String(), nil, q, nil)
	})
	if err != nil {
		return Queue{}, fmt.Errorf("create queue: %w", err)
	}
	return q, nil
}

const lockQueue = `SELECT id FROM queue WHERE id = $1 FOR NO KEY UPDATE`

const updateQueue = `UPDATE queue SET name = $2, operating_hours_id = $3, updated_at = now() WHERE id = $1`

// ChangeQueue lets change edit a locked queue and writes what it left. An error
// of change is returned and nothing is written.
func (s *Store) ChangeQueue(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*Queue) error) (Queue, error) {
	return s.changeQueue(ctx, by, id, lockQueue, change)
}

func (s *Store) changeQueue(ctx context.Context, by auditdb.Actor, id uuid.UUID, lock string, change func(*Queue) error) (Queue, error) {
	var after Queue
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		before, err := lockedQueueBy(ctx, tx, lock, id)
		if err != nil {
			return err
		}
		q := before
		if err := change(&q); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, updateQueue, id, q.Name, q.OperatingHours); err != nil {
			return queueConstraint(err)
		}
		if err := assigndb.SetAssignment(ctx, tx, id, before.Assignment, q.Assignment); err != nil {
			return err
		}
		if err := setQueueArchived(ctx, tx, before, q.Archived); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, selectQueueByID, id); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, archiving(before.Archived, after.Archived), auditdb.AuditQueue, id.String(), before, after, nil)
	})
	if err != nil {
		return Queue{}, fmt.Errorf("change queue: %w", err)
	}
	return after, s.Conversation.Recheck(ctx, id)
}

func lockedQueue(ctx context.Context, tx *sqlx.Tx, id uuid.UUID) (Queue, error) {
	return lockedQueueBy(ctx, tx, lockQueue, id)
}

func lockedQueueBy(ctx context.Context, tx *sqlx.Tx, lock string, id uuid.UUID) (Queue, error) {
	var q Queue
	var locked uuid.UUID
	if err := pg.GetOne(ctx, tx, &locked, lock, id); err != nil {
		return q, err
	}
	err := pg.GetOne(ctx, tx, &q, selectQueueByID, id)
	return q, err
}

const lockGoingQueue = `SELECT id FROM queue WHERE id = $1 FOR UPDATE` // nothing comes to name it meanwhile

const deleteQueue = `DELETE FROM queue WHERE id = $1`

// DeleteQueue removes a queue that nothing refers to, no routing rule either; otherwise it fails with a *Conflict.
func (s *Store) DeleteQueue(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, lockGoingQueue, id); err != nil {
			return err
		}
		var before Queue
		if err := pg.GetOne(ctx, tx, &before, selectQueueByID, id); err != nil {
			return err
		}
		if err := configdb.UnlessRuled(ctx, tx, "queue", configdb.NamesQueue(id)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteQueue, id); err != nil {
			return queueConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditQueue, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete queue: %w", err)
	}
	return nil
}

const selectMembers = `
SELECT m.agent_id, g.name, COALESCE(s.presence, 'offline') AS presence, COALESCE(s.capacity, 0) AS capacity,
       COALESCE(s.load, 0) AS load, m.added_at
FROM queue_member m JOIN agent g ON g.id = m.agent_id LEFT JOIN agent_status s ON s.agent_id = m.agent_id
WHERE m.queue_id = $1 AND (m.added_at, m.agent_id) > ($2, $3) AND ($5 = '' OR g.words @@ lower($5)::tsquery)
ORDER BY m.added_at, m.agent_id LIMIT $4`

// Members lists the agents of a queue in the order they joined: those with all the
// words of search, or beginnings of them, in name and e-mail address. A queue that
// does not exist is ErrNotFound.
func (s *Store) Members(ctx context.Context, queue uuid.UUID, search string, p auditdb.Page) ([]Member, error) {
	if _, err := s.QueueByID(ctx, queue); err != nil {
		return nil, err
	}
	list, words := []Member{}, pg.Beginnings(search, "")
	if search != "" && words == "" {
		return list, nil
	}
	if err := s.SQL.SelectContext(ctx, &list, selectMembers, queue, p.After.At, p.After.ID, p.Limit, words); err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return list, nil
}

const insertMember = `INSERT INTO queue_member (queue_id, agent_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`

// AddMember makes an agent a member of a queue. One who is already is no error;
// an agent or queue that does not exist is ErrNotFound.
func (s *Store) AddMember(ctx context.Context, by auditdb.Actor, queue, agent uuid.UUID) error {
	return s.changeMember(ctx, by, "add_member", insertMember, queue, agent)
}

const deleteMember = `DELETE FROM queue_member WHERE queue_id = $1 AND agent_id = $2`

// RemoveMember takes an agent out of a queue, and withdraws what they were offered
// of it. One who is no member is no error.
func (s *Store) RemoveMember(ctx context.Context, by auditdb.Actor, queue, agent uuid.UUID) error {
	if err := s.changeMember(ctx, by, "remove_member", deleteMember, queue, agent); err != nil {
		return err
	}
	return s.Conversation.WithdrawRemoved(ctx, queue, agent)
}

func (s *Store) changeMember(ctx context.Context, by auditdb.Actor, action, query string, queue, agent uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := lockedQueue(ctx, tx, queue); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, query, queue, agent)
		if _, code := pg.Constraint(err); code == "23503" {
			return pg.ErrNotFound
		} else if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, action, auditdb.AuditQueue, queue.String(), map[string]any{"agent_id": agent})
	})
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}
