-- +goose Up
-- A token ends with who made it and with whom it acts as, so each has a maker. Of
-- tokens without a known one those end that act as nobody: nobody answers for them.
UPDATE api_token SET created_by = agent_id WHERE created_by IS NULL AND agent_id IS NOT NULL;
DELETE FROM api_token WHERE created_by IS NULL;
-- What a disabled person left behind must not come back with them.
UPDATE api_token t SET revoked_at = now() FROM agent g
WHERE t.revoked_at IS NULL AND g.disabled_at IS NOT NULL AND g.id IN (t.created_by, t.agent_id);
UPDATE api_token SET expires_at = now() + interval '1 year' WHERE expires_at IS NULL OR expires_at > now() + interval '1 year';
ALTER TABLE api_token
    ALTER COLUMN created_by SET NOT NULL,
    ALTER COLUMN expires_at SET NOT NULL,
    ADD COLUMN last_used_at timestamptz, -- to the minute
    DROP CONSTRAINT api_token_created_by_fkey,
    ADD CONSTRAINT api_token_created_by_fkey FOREIGN KEY (created_by) REFERENCES agent ON DELETE CASCADE;
CREATE INDEX api_token_agent ON api_token (agent_id) WHERE revoked_at IS NULL;
CREATE INDEX api_token_maker ON api_token (created_by) WHERE revoked_at IS NULL;

-- +goose Down
DROP INDEX api_token_maker;
DROP INDEX api_token_agent;
ALTER TABLE api_token
    DROP CONSTRAINT api_token_created_by_fkey,
    ADD CONSTRAINT api_token_created_by_fkey FOREIGN KEY (created_by) REFERENCES agent ON DELETE SET NULL,
    DROP COLUMN last_used_at,
    ALTER COLUMN expires_at DROP NOT NULL,
    ALTER COLUMN created_by DROP NOT NULL;
