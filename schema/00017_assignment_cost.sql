-- +goose Up
-- An agent without profiles, as most are, costs no call at every change of load.
ALTER TABLE agent_status DROP COLUMN profiles_until;
ALTER TABLE agent_status ADD COLUMN profiles_until double precision
    GENERATED ALWAYS AS (CASE WHEN profiles <> '{}' THEN profile_until(profiles) END) STORED;
CREATE INDEX agent_status_profiles_until ON agent_status (profiles_until) WHERE profiles_until IS NOT NULL;

-- +goose Down
ALTER TABLE agent_status DROP COLUMN profiles_until;
ALTER TABLE agent_status ADD COLUMN profiles_until double precision GENERATED ALWAYS AS (profile_until(profiles)) STORED;
CREATE INDEX agent_status_profiles_until ON agent_status (profiles_until) WHERE profiles_until IS NOT NULL;
