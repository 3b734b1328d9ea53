-- +goose Up
-- A conversation waits from the moment its customer wrote, not from its routing.
UPDATE conversation SET waiting_since = created_at WHERE state = 'open' AND queue_id IS NULL AND waiting_since IS NULL;

-- +goose Down
UPDATE conversation SET waiting_since = NULL WHERE state = 'open' AND queue_id IS NULL;
