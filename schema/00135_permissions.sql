-- +goose Up
-- Roles beside the three built in: people who have one may do what is in its list
-- and no more. agent.role stays the least built-in role that covers it.
CREATE TABLE role (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    permissions text[] NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX role_name ON role (lower(name));
CREATE INDEX role_list ON role (created_at, id);

ALTER TABLE agent
    ADD COLUMN role_id        uuid REFERENCES role,
    ADD COLUMN queues_limited boolean NOT NULL DEFAULT false; -- sees those of agent_scope, not all
CREATE INDEX agent_role ON agent (role_id) WHERE role_id IS NOT NULL;

-- The queues that somebody who is limited supervises.
CREATE TABLE agent_scope (
    agent_id uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    queue_id uuid NOT NULL REFERENCES queue ON DELETE CASCADE,
    PRIMARY KEY (agent_id, queue_id)
);
CREATE INDEX agent_scope_queue ON agent_scope (queue_id);

ALTER TABLE api_token ADD COLUMN permissions text[]; -- null: all that its role may

-- +goose Down
ALTER TABLE api_token DROP COLUMN permissions;
DROP TABLE agent_scope;
ALTER TABLE agent DROP COLUMN role_id, DROP COLUMN queues_limited;
DROP TABLE role;
