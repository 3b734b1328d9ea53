-- +goose Up
ALTER TABLE note ADD COLUMN idempotency_key text; -- of its author, who tries again
CREATE UNIQUE INDEX note_key ON note (conversation_id, agent_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- +goose Down
DROP INDEX note_key;
ALTER TABLE note DROP COLUMN idempotency_key;
