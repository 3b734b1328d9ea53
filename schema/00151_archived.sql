-- +goose Up
-- What was used keeps its name for old conversations; archived, it takes nothing new.
ALTER TABLE queue ADD COLUMN archived_at timestamptz;
ALTER TABLE workstream ADD COLUMN archived_at timestamptz;
CREATE INDEX queue_archived ON queue (created_at, id) WHERE archived_at IS NOT NULL;
CREATE INDEX workstream_archived ON workstream (created_at, id) WHERE archived_at IS NOT NULL;
CREATE INDEX workstream_queue ON workstream (queue_id);
CREATE INDEX workstream_fallback_queue ON workstream (fallback_queue_id);

-- +goose Down
DROP INDEX workstream_fallback_queue, workstream_queue;
ALTER TABLE workstream DROP COLUMN archived_at;
ALTER TABLE queue DROP COLUMN archived_at;
