-- +goose Up
ALTER TABLE contact ADD COLUMN preferred_only boolean NOT NULL DEFAULT false; -- nobody else is asked

-- It waits for a preferred agent of its customer: not pushed, until one is there.
ALTER TABLE conversation ADD COLUMN reserved boolean NOT NULL DEFAULT false;
CREATE INDEX conversation_reserved ON conversation (id) WHERE reserved AND NOT pushed AND state = 'open' AND offer_id IS NULL;

-- +goose Down
DROP INDEX conversation_reserved;
ALTER TABLE conversation DROP COLUMN reserved;
ALTER TABLE contact DROP COLUMN preferred_only;
