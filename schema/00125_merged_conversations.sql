-- +goose Up
ALTER TABLE conversation ADD COLUMN merging boolean NOT NULL DEFAULT false; -- its customer has another conversation, which is to go on

-- +goose Down
ALTER TABLE conversation DROP COLUMN merging;
