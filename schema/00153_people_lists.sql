-- +goose Up
-- Lists of people and queues in their order, and what is looked for in them.
ALTER TABLE agent ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (words_of('', name || ' ' || email)) STORED;
ALTER TABLE queue ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (words_of('', name)) STORED;
CREATE INDEX agent_words ON agent USING gin (words);
CREATE INDEX queue_words ON queue USING gin (words);
CREATE INDEX agent_created ON agent (created_at, id);
CREATE INDEX agent_role_created ON agent (role, created_at, id) WHERE role_id IS NULL;
CREATE INDEX queue_created ON queue (created_at, id);
CREATE INDEX queue_member_added ON queue_member (queue_id, added_at, agent_id);

-- +goose Down
DROP INDEX queue_member_added, queue_created, agent_role_created, agent_created;
ALTER TABLE queue DROP COLUMN words;
ALTER TABLE agent DROP COLUMN words;
