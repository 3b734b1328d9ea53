-- +goose Up
-- Of two accounts of one channel, page or number the second would get nothing: its
-- provider calls one address. Which setting tells them apart is the provider's.
CREATE INDEX account_settings ON account USING gin (settings jsonb_path_ops) WHERE deleted_at IS NULL;
DROP INDEX account_channel;

-- +goose Down
CREATE INDEX account_channel ON account (provider, (settings->>'channel_id')) WHERE deleted_at IS NULL AND settings->>'channel_id' IS NOT NULL;
DROP INDEX account_settings;
