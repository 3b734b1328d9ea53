-- +goose Up

-- Presences that administrators add to the built-in ones, which are not rows.
-- Routing knows the base only.
CREATE TABLE presence (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name        text NOT NULL UNIQUE,
    text        text NOT NULL, -- what people see
    base        text NOT NULL CHECK (base IN ('available', 'busy', 'do_not_disturb', 'away', 'offline')),
    description text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX presence_list ON presence (created_at, id);

-- With a default presence of away or offline an agent begins with it, with
-- any other as their load says.
ALTER TABLE agent
    ADD COLUMN default_presence    text CHECK (default_presence IN ('available', 'busy', 'do_not_disturb', 'away', 'offline')), -- null: available
    ADD COLUMN default_presence_id uuid REFERENCES presence, -- one that was added, instead
    ADD COLUMN inactive_after      int NOT NULL DEFAULT 0 CHECK (inactive_after >= 0), -- seconds unused until a choice ends; 0: never
    ADD CONSTRAINT agent_one_default CHECK (default_presence IS NULL OR default_presence_id IS NULL);
CREATE INDEX agent_default_presence ON agent (default_presence_id) WHERE default_presence_id IS NOT NULL;
CREATE INDEX agent_inactive_after ON agent (id) WHERE inactive_after > 0;

ALTER TABLE agent_status
    DROP CONSTRAINT agent_status_chosen_check,
    ADD CONSTRAINT agent_status_chosen_check CHECK (chosen IN ('available', 'busy', 'do_not_disturb', 'away', 'offline')),
    ADD COLUMN custom_id      uuid REFERENCES presence ON DELETE SET NULL, -- the presence chosen, if it was added; chosen is its base
    ADD COLUMN inactive_since timestamptz, -- missed an offer or used nothing; survives a short disconnection
    ADD COLUMN active_at      timestamptz NOT NULL DEFAULT now(); -- last use, of agents with inactive_after
CREATE INDEX agent_status_custom ON agent_status (custom_id) WHERE custom_id IS NOT NULL;
CREATE INDEX agent_status_grace ON agent_status (grace_until) WHERE grace_until IS NOT NULL;

-- A stream outlives its sign-in by some seconds; until it ends it makes nobody present.
ALTER TABLE agent_connection ADD COLUMN signed_out boolean NOT NULL DEFAULT false;

ALTER TABLE workstream
    ADD COLUMN missed_inactive boolean NOT NULL DEFAULT false, -- who lets an offer lapse becomes inactive
    ADD COLUMN rejected_dnd    boolean NOT NULL DEFAULT false; -- who declines one is not disturbed any more

-- +goose Down

ALTER TABLE workstream DROP COLUMN missed_inactive, DROP COLUMN rejected_dnd;
ALTER TABLE agent_connection DROP COLUMN signed_out;
UPDATE agent_status SET chosen = 'away' WHERE chosen = 'offline';
ALTER TABLE agent_status
    DROP COLUMN custom_id, DROP COLUMN inactive_since, DROP COLUMN active_at,
    DROP CONSTRAINT agent_status_chosen_check,
    ADD CONSTRAINT agent_status_chosen_check CHECK (chosen IN ('available', 'busy', 'do_not_disturb', 'away'));
DROP INDEX agent_status_grace;
ALTER TABLE agent DROP CONSTRAINT agent_one_default, DROP COLUMN default_presence, DROP COLUMN default_presence_id, DROP COLUMN inactive_after;
DROP TABLE presence;
