-- +goose Up
-- Its workflow must read the row again: what is configured changed, not the conversation.
ALTER TABLE bell ADD COLUMN reread boolean NOT NULL DEFAULT false;
-- Those of a workstream that live: for supervisors' lists, and when it changes.
CREATE INDEX conversation_workstream ON conversation (workstream_id, id) WHERE state <> 'closed';

-- +goose Down
DROP INDEX conversation_workstream;
ALTER TABLE bell DROP COLUMN reread;
