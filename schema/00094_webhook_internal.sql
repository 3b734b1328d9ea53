-- +goose Up
ALTER TABLE webhook_subscription ADD COLUMN include_internal boolean NOT NULL DEFAULT false; -- what only agents see is told too

-- +goose Down
ALTER TABLE webhook_subscription DROP COLUMN include_internal;
