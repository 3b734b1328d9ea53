-- +goose Up
-- Supervisors' list of all conversations, the newest first: of all, of those that
-- live, and of those that one agent had last.
CREATE INDEX conversation_created ON conversation (created_at, id);
CREATE INDEX conversation_live ON conversation (created_at, id) WHERE state <> 'closed';
CREATE INDEX conversation_agent_created ON conversation (agent_id, created_at, id) WHERE agent_id IS NOT NULL;

-- +goose Down
DROP INDEX conversation_created, conversation_live, conversation_agent_created;
