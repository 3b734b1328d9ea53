-- +goose Up
ALTER TABLE conversation ADD COLUMN end_reason text; -- of the wrap-up: who ended it, and why

-- +goose Down
ALTER TABLE conversation DROP COLUMN end_reason;
