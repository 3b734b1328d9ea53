-- +goose Up
-- How the conversation was at that moment, where the event's data do not say it.
ALTER TABLE event ADD COLUMN state text, ADD COLUMN version bigint;
-- What was asked for, so that a repeat under the same key is known from another request.
ALTER TABLE work_item ADD COLUMN fingerprint bytea;

-- +goose Down
ALTER TABLE work_item DROP COLUMN fingerprint;
ALTER TABLE event DROP COLUMN state, DROP COLUMN version;
