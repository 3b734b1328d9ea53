package admindb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// Skill is something that conversations ask for and agents have, by its name.
type Skill struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Name      string    `db:"name" json:"name"`
	Kind      string    `db:"kind" json:"kind"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	UpdatedAt time.Time `db:"updated_at" json:"updated_at"`
}

// AgentSkill is how well an agent has a skill.
type AgentSkill struct {
	Skill  uuid.UUID `db:"skill_id" json:"skill_id"`
	Name   string    `db:"name" json:"name"`
	Kind   string    `db:"kind" json:"kind"`
	Rating int       `db:"rating" json:"rating"`
}

const skillColumns = `id, name, kind, created_at, updated_at`

const selectSkills = `SELECT ` + skillColumns + ` FROM skill WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// Skills lists skills, the oldest first.
func (s *Store) Skills(ctx context.Context, p auditdb.Page) ([]Skill, error) {
	list := []Skill{}
	if err := s.SQL.SelectContext(ctx, &list, selectSkills, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list skills: %w", err)
	}
	return list, nil
}

const selectSkill = `SELECT ` + skillColumns + ` FROM skill WHERE id = $1`

// SkillByID returns a skill or ErrNotFound.
func (s *Store) SkillByID(ctx context.Context, id uuid.UUID) (Skill, error) {
	var k Skill
	if err := pg.GetOne(ctx, s.SQL, &k, selectSkill, id); err != nil {
		return Skill{}, fmt.Errorf("read skill: %w", err)
	}
	return k, nil
}

func skillConstraint(err error) error {
	if name, _ := pg.Constraint(err); name == "skill_name_key" {
		return &pg.Conflict{Reason: "Another skill has this name."}
	}
	return err
}

const insertSkill = `INSERT INTO skill (name, kind) VALUES ($1, $2) RETURNING ` + skillColumns

// CreateSkill adds a skill. A name that is taken is a *Conflict.
func (s *Store) CreateSkill(ctx context.Context, by auditdb.Actor, k Skill) (Skill, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &k, insertSkill, k.Name, k.Kind); err != nil {
			return skillConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditSkill, k.ID.String(), nil, k, nil)
	})
	if err != nil {
		return Skill{}, fmt.Errorf("create skill: %w", err)
	}
	return k, nil
}

const lockSkill = selectSkill + ` FOR NO KEY UPDATE`

const lockGoingSkill = selectSkill + ` FOR UPDATE` // nobody gets it any more

// keepSkills keeps skills from being deleted.
const keepSkills = `SELECT id FROM skill WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE`

const updateSkill = `UPDATE skill SET kind = $2, updated_at = now() WHERE id = $1 RETURNING ` + skillColumns

// ChangeSkill gives a skill another kind. The name stays: rules and conversations
// ask for it.
func (s *Store) ChangeSkill(ctx context.Context, by auditdb.Actor, id uuid.UUID, kind string) (Skill, error) {
	var after Skill
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Skill
		if err := pg.GetOne(ctx, tx, &before, lockSkill, id); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateSkill, id, kind); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditSkill, id.String(), before, after, nil)
	})
	if err != nil {
		return Skill{}, fmt.Errorf("change skill: %w", err)
	}
	return after, nil
}

const agentsWithSkill = `
SELECT s.agent_id FROM agent_status s JOIN agent_skill k ON k.agent_id = s.agent_id
WHERE k.skill_id = $1 ORDER BY s.agent_id FOR UPDATE OF s`

const deleteSkill = `DELETE FROM skill WHERE id = $1`

// DeleteSkill removes a skill, also from the agents who have it. Conversations
// that ask for it go on asking; where a routing rule or a bucket would, it fails
// with a *Conflict.
func (s *Store) DeleteSkill(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		var before Skill
		if err := pg.GetOne(ctx, tx, &before, lockGoingSkill, id); err != nil {
			return err
		}
		if err := configdb.UnlessRuled(ctx, tx, "skill", configdb.NamesSkill(before.Name)); err != nil {
			return err
		}
		if err := configdb.UnlessInBuckets(ctx, tx, "skill", configdb.SkillInBuckets, before.Name); err != nil {
			return err
		}
		var agents []uuid.UUID
		if err := tx.SelectContext(ctx, &agents, agentsWithSkill, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteSkill, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, knowSkills, pq.Array(pg.UUIDStrings(agents))); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditSkill, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete skill: %w", err)
	}
	return nil
}

const selectAgentSkills = `
SELECT k.id AS skill_id, k.name, k.kind, a.rating FROM agent_skill a JOIN skill k ON k.id = a.skill_id WHERE a.agent_id = $1 ORDER BY k.name`

// AgentSkills lists what an agent is rated for, by name.
func (s *Store) AgentSkills(ctx context.Context, agent uuid.UUID) ([]AgentSkill, error) {
	list := []AgentSkill{}
	if _, err := s.AgentByID(ctx, agent); err != nil {
		return nil, err
	}
	if err := s.SQL.SelectContext(ctx, &list, selectAgentSkills, agent); err != nil {
		return nil, fmt.Errorf("list skills of agent: %w", err)
	}
	return list, nil
}

const deleteAgentSkills = `DELETE FROM agent_skill WHERE agent_id = $1`

const insertAgentSkill = `INSERT INTO agent_skill (agent_id, skill_id, rating) VALUES ($1, $2, $3)`

// knowSkills writes the ratings of agents where an assignment reads them.
const knowSkills = `
UPDATE agent_status s SET skills = COALESCE((
  SELECT jsonb_object_agg(k.name, a.rating) FROM agent_skill a JOIN skill k ON k.id = a.skill_id WHERE a.agent_id = s.agent_id), '{}')
WHERE s.agent_id = ANY($1::uuid[])`

// SetAgentSkills says which skills an agent has, and how well; others they have
// no more. An agent who does not exist is ErrNotFound, a skill an *Invalid.
func (s *Store) SetAgentSkills(ctx context.Context, by auditdb.Actor, agent uuid.UUID, skills []AgentSkill) error {
	ids := make([]uuid.UUID, len(skills))
	for i, k := range skills {
		ids[i] = k.Skill
	}
	err := s.changeAgentPart(ctx, agent, func(tx *sqlx.Tx) error { // skills before agents, as who deletes one
		_, err := tx.ExecContext(ctx, keepSkills, pq.Array(pg.UUIDStrings(ids)))
		return err
	}, func(tx *sqlx.Tx) error {
		var before, after []AgentSkill
		if err := tx.SelectContext(ctx, &before, selectAgentSkills, agent); err != nil {
			return err
		}
		if err := auditdb.UnlessMatching(ctx, map[string]any{"skills": notNull(before)}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteAgentSkills, agent); err != nil {
			return err
		}
		for i, k := range skills {
			_, err := tx.ExecContext(ctx, insertAgentSkill, agent, k.Skill, k.Rating)
			switch _, code := pg.Constraint(err); {
			case code == "23503":
				return &pg.Invalid{Field: fmt.Sprintf("skills[%d].skill_id", i), Reason: "is no skill"}
			case code == "23505":
				return &pg.Invalid{Field: fmt.Sprintf("skills[%d].skill_id", i), Reason: "is given twice"}
			case err != nil:
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, knowSkills, pq.Array([]string{agent.String()})); err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &after, selectAgentSkills, agent); err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "set_skills", auditdb.AuditAgent, agent.String(), map[string]any{"skills": map[string]any{"from": before, "to": after}})
	})
	if err != nil {
		return fmt.Errorf("set skills of agent: %w", err)
	}
	return nil
}

// notNull is a list as it is shown.
func notNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// changeAgentPart changes something of an agent whose status is locked, after
// what must be locked before it.
func (s *Store) changeAgentPart(ctx context.Context, agent uuid.UUID, first, change func(*sqlx.Tx) error) error {
	return s.EventTx(ctx, func(tx *sqlx.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		var locked uuid.UUID
		if err := pg.GetOne(ctx, tx, &locked, configdb.LockAgent, agent); err != nil {
			return err
		}
		return change(tx)
	})
}
