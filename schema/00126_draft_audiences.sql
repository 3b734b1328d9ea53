-- +goose Up
-- A draft belongs to one audience: beside the text typed last stand those that were
-- begun for others, by what they are to become.
ALTER TABLE draft ADD COLUMN others jsonb NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE draft DROP COLUMN others;
