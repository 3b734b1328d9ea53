-- +goose Up
-- Of two accounts of one channel the second would get nothing: its provider calls one address.
CREATE INDEX account_channel ON account (provider, (settings->>'channel_id')) WHERE deleted_at IS NULL AND settings->>'channel_id' IS NOT NULL;

-- +goose Down
DROP INDEX account_channel;
