-- +goose Up
-- Each time that a configuration file was applied: what the whole configuration
-- was before and after it. Neither has secrets.
CREATE TABLE config_version (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    at         timestamptz NOT NULL DEFAULT now(),
    agent_id   uuid REFERENCES agent, -- who applied it
    token_id   uuid, -- with which token
    plan       text NOT NULL, -- the version of the plan that was applied
    pruned     boolean NOT NULL,
    changes    jsonb NOT NULL,
    created    integer NOT NULL,
    changed    integer NOT NULL,
    deleted    integer NOT NULL,
    before     text NOT NULL,
    after      text NOT NULL
);
CREATE INDEX config_version_at ON config_version (at, id);

-- +goose Down
DROP TABLE config_version;
