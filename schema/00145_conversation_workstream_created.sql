-- +goose Up
-- The conversations of a workstream and a time, which other rules are tried with.
CREATE INDEX conversation_workstream_created ON conversation (workstream_id, created_at, id);

-- +goose Down
DROP INDEX conversation_workstream_created;
