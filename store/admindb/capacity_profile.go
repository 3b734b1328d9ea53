package admindb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/domain/routing"
	"switchboard/store/assigndb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// CapacityProfile limits how many conversations of a kind an agent has.
type CapacityProfile struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Name      string    `db:"name" json:"name"`
	Limit     int       `db:"work_limit" json:"limit"`
	Reset     string    `db:"reset" json:"reset"` // immediate, end_of_day
	Zone      string    `db:"zone" json:"zone"`   // whose day ends
	Blocking  bool      `db:"blocking" json:"blocking"`
	CreatedAt time.Time `db:"created_at" json:"created_at"`
	UpdatedAt time.Time `db:"updated_at" json:"updated_at"`
}

// AgentProfile is a capacity profile of an agent. Custom is a limit of their
// own; nil: the profile's.
type AgentProfile struct {
	Profile uuid.UUID `db:"profile_id" json:"profile_id"`
	Name    string    `db:"name" json:"name"`
	Custom  *int      `db:"custom_limit" json:"custom_limit"`
	Limit   int       `db:"work_limit" json:"limit"`
	Used    int       `db:"used" json:"used"`
}

const profileColumns = `id, name, work_limit, reset, zone, blocking, created_at, updated_at`

const selectProfiles = `
SELECT ` + profileColumns + ` FROM capacity_profile WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`

// CapacityProfiles lists capacity profiles, the oldest first.
func (s *Store) CapacityProfiles(ctx context.Context, p auditdb.Page) ([]CapacityProfile, error) {
	list := []CapacityProfile{}
	if err := s.SQL.SelectContext(ctx, &list, selectProfiles, p.After.At, p.After.ID, p.Limit); err != nil {
		return nil, fmt.Errorf("list capacity profiles: %w", err)
	}
	return list, nil
}

const selectProfile = `SELECT ` + profileColumns + ` FROM capacity_profile WHERE id = $1`

// CapacityProfileByID returns a capacity profile or ErrNotFound.
func (s *Store) CapacityProfileByID(ctx context.Context, id uuid.UUID) (CapacityProfile, error) {
	var p CapacityProfile
	if err := pg.GetOne(ctx, s.SQL, &p, selectProfile, id); err != nil {
		return CapacityProfile{}, fmt.Errorf("read capacity profile: %w", err)
	}
	return p, nil
}

func profileConstraint(err error) error {
	switch name, code := pg.Constraint(err); {
	case name == "capacity_profile_name_key":
		return &pg.Conflict{Reason: "Another capacity profile has this name."}
	case code == "23503":
		return &pg.Conflict{Reason: "A workstream still uses this capacity profile."}
	}
	return err
}

const insertProfile = `
INSERT INTO capacity_profile (name, work_limit, reset, zone, blocking) VALUES ($1, $2, $3, $4, $5) RETURNING ` + profileColumns

// CreateCapacityProfile adds a capacity profile. A name that is taken is a *Conflict.
func (s *Store) CreateCapacityProfile(ctx context.Context, by auditdb.Actor, p CapacityProfile) (CapacityProfile, error) {
	err := s.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := pg.GetOne(ctx, tx, &p, insertProfile, p.Name, p.Limit, p.Reset, p.Zone, p.Blocking); err != nil {
			return profileConstraint(err)
		}
		return auditdb.AuditDiff(ctx, tx, by, "create", auditdb.AuditCapacity, p.ID.String(), nil, p, nil)
	})
	if err != nil {
		return CapacityProfile{}, fmt.Errorf("create capacity profile: %w", err)
	}
	return p, nil
}

const lockCapacityProfile = selectProfile + ` FOR NO KEY UPDATE`

const lockGoingProfile = selectProfile + ` FOR UPDATE` // nobody gets it any more

// keepProfiles keeps profiles from being deleted.
const keepProfiles = `SELECT id FROM capacity_profile WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE`

const updateProfile = `
UPDATE capacity_profile SET work_limit = $2, blocking = $3, updated_at = now() WHERE id = $1 RETURNING ` + profileColumns

const agentsWithProfile = `
SELECT s.agent_id FROM agent_status s JOIN agent_capacity_profile x ON x.agent_id = s.agent_id
WHERE x.profile_id = $1 ORDER BY s.agent_id FOR UPDATE OF s`

// ChangeCapacityProfile changes limit and blocking, at once for every agent who
// has it, whom it returns. Name, reset and zone stay as they were: rules ask for
// the one, and what was counted would mean something else with the others.
func (s *Store) ChangeCapacityProfile(ctx context.Context, by auditdb.Actor, id uuid.UUID, change func(*CapacityProfile) error) (CapacityProfile, []uuid.UUID, error) {
	var after CapacityProfile
	var agents []uuid.UUID
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var before CapacityProfile
		if err := pg.GetOne(ctx, tx, &before, lockCapacityProfile, id); err != nil {
			return err
		}
		p := before
		if err := change(&p); err != nil {
			return err
		}
		if err := pg.GetOne(ctx, tx, &after, updateProfile, id, p.Limit, p.Blocking); err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &agents, agentsWithProfile, id); err != nil {
			return err
		}
		if err := knowProfilesOf(ctx, tx, agents...); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "update", auditdb.AuditCapacity, id.String(), before, after, nil)
	})
	if err != nil {
		return CapacityProfile{}, nil, fmt.Errorf("change capacity profile: %w", err)
	}
	return after, agents, nil
}

const deleteProfile = `DELETE FROM capacity_profile WHERE id = $1`

// What waits asks for it no more; otherwise nobody could have it.
const forgetProfile = `UPDATE conversation SET profile_ids = array_remove(profile_ids, $1::uuid) WHERE state = 'open' AND $1 = ANY(profile_ids)`

// DeleteCapacityProfile removes a capacity profile that no workstream and no rule uses;
// otherwise it fails with a *Conflict.
func (s *Store) DeleteCapacityProfile(ctx context.Context, by auditdb.Actor, id uuid.UUID) error {
	err := s.EventTx(ctx, func(tx *sqlx.Tx) error {
		var before CapacityProfile
		if err := pg.GetOne(ctx, tx, &before, lockGoingProfile, id); err != nil {
			return err
		}
		if err := configdb.UnlessRuled(ctx, tx, "capacity profile", func(m routing.Model) bool { return m.NamesProfile(before.Name) }); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, forgetProfile, id); err != nil { // conversations before agents
			return err
		}
		var agents []uuid.UUID
		if err := tx.SelectContext(ctx, &agents, agentsWithProfile, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteProfile, id); err != nil {
			return profileConstraint(err)
		}
		if err := knowProfilesOf(ctx, tx, agents...); err != nil {
			return err
		}
		return auditdb.AuditDiff(ctx, tx, by, "delete", auditdb.AuditCapacity, id.String(), before, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("delete capacity profile: %w", err)
	}
	return nil
}

const selectAgentProfiles = `
SELECT p.id AS profile_id, p.name, x.custom_limit, COALESCE(x.custom_limit, p.work_limit) AS work_limit,
       COALESCE((s.profiles->p.id::text->>'used')::int, 0) AS used
FROM agent_capacity_profile x JOIN capacity_profile p ON p.id = x.profile_id JOIN agent_status s ON s.agent_id = x.agent_id
WHERE x.agent_id = $1 ORDER BY p.name`

// AgentProfiles lists an agent's capacity profiles by name.
func (s *Store) AgentProfiles(ctx context.Context, agent uuid.UUID) ([]AgentProfile, error) {
	list := []AgentProfile{}
	if _, err := s.AgentByID(ctx, agent); err != nil {
		return nil, err
	}
	if err := s.SQL.SelectContext(ctx, &list, selectAgentProfiles, agent); err != nil {
		return nil, fmt.Errorf("list capacity profiles of agent: %w", err)
	}
	return list, nil
}

const deleteAgentProfiles = `DELETE FROM agent_capacity_profile WHERE agent_id = $1`

const insertAgentProfile = `INSERT INTO agent_capacity_profile (agent_id, profile_id, custom_limit) VALUES ($1, $2, $3)`

// knowProfiles writes the limits of agents, whose status is locked, where an
// assignment reads them. What was counted stays counted.
const knowProfiles = `
UPDATE agent_status s SET profiles = COALESCE((
  SELECT jsonb_object_agg(p.id, jsonb_strip_nulls(jsonb_build_object(
    'limit', COALESCE(x.custom_limit, p.work_limit), 'blocking', p.blocking, 'zone', CASE p.reset WHEN 'end_of_day' THEN p.zone END,
    'until', s.profiles->p.id::text->'until',
    'used', COALESCE((s.profiles->p.id::text->>'used')::int, (SELECT count(*) FROM conversation c WHERE c.held_by = s.agent_id AND p.id = ANY(c.held_profiles))))))
  FROM agent_capacity_profile x JOIN capacity_profile p ON p.id = x.profile_id WHERE x.agent_id = s.agent_id), '{}')
WHERE s.agent_id = ANY($1::uuid[])`

func knowProfilesOf(ctx context.Context, tx *sqlx.Tx, agents ...uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, knowProfiles, pq.Array(pg.UUIDStrings(agents))); err != nil {
		return fmt.Errorf("know capacity profiles: %w", err)
	}
	_, err := assigndb.RecomputePresence(ctx, tx, agents...)
	return err
}

// SetAgentProfiles says which capacity profiles an agent has; others they have
// no more. An agent who does not exist is ErrNotFound, a profile an *Invalid.
func (s *Store) SetAgentProfiles(ctx context.Context, by auditdb.Actor, agent uuid.UUID, profiles []AgentProfile) error {
	ids := make([]uuid.UUID, len(profiles))
	for i, p := range profiles {
		ids[i] = p.Profile
	}
	err := s.changeAgentPart(ctx, agent, func(tx *sqlx.Tx) error { // profiles before agents, as who changes or deletes one
		_, err := tx.ExecContext(ctx, keepProfiles, pq.Array(pg.UUIDStrings(ids)))
		return err
	}, func(tx *sqlx.Tx) error {
		var before, after []AgentProfile
		if err := tx.SelectContext(ctx, &before, selectAgentProfiles, agent); err != nil {
			return err
		}
		if err := auditdb.UnlessMatching(ctx, map[string]any{"capacity_profiles": notNull(before)}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteAgentProfiles, agent); err != nil {
			return err
		}
		for i, p := range profiles {
			_, err := tx.ExecContext(ctx, insertAgentProfile, agent, p.Profile, p.Custom)
			switch _, code := pg.Constraint(err); {
			case code == "23503":
				return &pg.Invalid{Field: fmt.Sprintf("capacity_profiles[%d].profile_id", i), Reason: "is no capacity profile"}
			case code == "23505":
				return &pg.Invalid{Field: fmt.Sprintf("capacity_profiles[%d].profile_id", i), Reason: "is given twice"}
			case err != nil:
				return err
			}
		}
		if err := knowProfilesOf(ctx, tx, agent); err != nil {
			return err
		}
		if err := tx.SelectContext(ctx, &after, selectAgentProfiles, agent); err != nil {
			return err
		}
		return auditdb.WriteAudit(ctx, tx, by, "set_capacity_profiles", auditdb.AuditAgent, agent.String(),
			map[string]any{"capacity_profiles": map[string]any{"from": before, "to": after}})
	})
	if err != nil {
		return fmt.Errorf("set capacity profiles of agent: %w", err)
	}
	return nil
}
