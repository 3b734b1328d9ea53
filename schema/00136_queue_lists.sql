-- +goose Up
-- The list of all conversations for those who see some queues, the newest first.
CREATE INDEX conversation_queue_created ON conversation (queue_id, created_at, id) WHERE queue_id IS NOT NULL;
CREATE INDEX conversation_queue_closed ON conversation (queue_id, closed_at, id) WHERE state = 'closed';

-- +goose Down
DROP INDEX conversation_queue_created, conversation_queue_closed;
