-- +goose Up
-- Those of whom nothing may be left: the sweep asks what they were offered and have.
CREATE INDEX agent_disabled ON agent (id) WHERE disabled_at IS NOT NULL;

-- +goose Down
DROP INDEX agent_disabled;
