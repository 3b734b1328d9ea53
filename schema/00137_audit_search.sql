-- +goose Up
-- The audit log by who, and by when.
CREATE INDEX audit_agent ON audit (agent_id, id) WHERE agent_id IS NOT NULL;
CREATE INDEX audit_token ON audit (token_id, id) WHERE token_id IS NOT NULL;
CREATE INDEX audit_at ON audit (at, id);

-- +goose Down
DROP INDEX audit_agent, audit_token, audit_at;
