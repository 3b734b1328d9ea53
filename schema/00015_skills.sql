-- +goose Up

-- What a conversation may ask for and an agent may have. Rules name it, so a
-- name stays.
CREATE TABLE skill (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 100),
    kind       text NOT NULL DEFAULT '', -- language, product, …; for people only
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX skill_list ON skill (created_at, id);

CREATE TABLE agent_skill (
    agent_id uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    skill_id uuid NOT NULL REFERENCES skill ON DELETE CASCADE,
    rating   int NOT NULL CHECK (rating BETWEEN 0 AND 100),
    PRIMARY KEY (agent_id, skill_id)
);
CREATE INDEX agent_skill_skill ON agent_skill (skill_id);

-- A limit of its own for some kind of work, beside or instead of units.
CREATE TABLE capacity_profile (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 100),
    work_limit int NOT NULL CHECK (work_limit BETWEEN 0 AND 1000), -- conversations of an agent
    reset      text NOT NULL CHECK (reset IN ('immediate', 'end_of_day')), -- when one counts no more
    zone       text NOT NULL DEFAULT 'UTC', -- whose day ends
    blocking   boolean NOT NULL DEFAULT false, -- when it is used up the agent gets nothing else either
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX capacity_profile_list ON capacity_profile (created_at, id);

CREATE TABLE agent_capacity_profile (
    agent_id     uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    profile_id   uuid NOT NULL REFERENCES capacity_profile ON DELETE CASCADE,
    custom_limit int CHECK (custom_limit BETWEEN 0 AND 1000), -- null: the profile's
    PRIMARY KEY (agent_id, profile_id)
);
CREATE INDEX agent_capacity_profile_profile ON agent_capacity_profile (profile_id);

-- Both as an assignment needs them, under the lock that covers capacity and load.
ALTER TABLE agent_status
    ADD COLUMN skills   jsonb NOT NULL DEFAULT '{}', -- ratings by name
    ADD COLUMN profiles jsonb NOT NULL DEFAULT '{}'; -- by id: limit, used, blocking, daily, day

ALTER TABLE workstream ADD COLUMN capacity_profile_id uuid REFERENCES capacity_profile; -- its conversations take it

ALTER TABLE conversation
    ADD COLUMN skills        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(skills) = 'object'), -- ratings it asks for, by name
    ADD COLUMN profile_ids   uuid[] NOT NULL DEFAULT '{}', -- capacity profiles it takes
    ADD COLUMN held_profiles uuid[] NOT NULL DEFAULT '{}', -- those that held_by gave it
    DROP CONSTRAINT conversation_check,
    ADD CONSTRAINT conversation_held_by_check CHECK ((held_by IS NULL) = (held_units = 0 AND held_profiles = '{}'));

-- +goose Down
ALTER TABLE conversation DROP CONSTRAINT conversation_held_by_check;
UPDATE conversation SET held_by = NULL WHERE held_units = 0;
ALTER TABLE conversation
    DROP COLUMN skills, DROP COLUMN profile_ids, DROP COLUMN held_profiles,
    ADD CONSTRAINT conversation_check CHECK ((held_by IS NULL) = (held_units = 0));
ALTER TABLE workstream DROP COLUMN capacity_profile_id;
ALTER TABLE agent_status DROP COLUMN skills, DROP COLUMN profiles;
DROP TABLE agent_capacity_profile, capacity_profile, agent_skill, skill;
