-- +goose Up
-- Campaigns whose workflow must run, and triggers whose schedule must be there.
CREATE INDEX campaign_live ON campaign (id) WHERE state IN ('scheduled', 'running', 'paused');
CREATE INDEX outbound_trigger_placed ON outbound_trigger (id) WHERE kind = 'schedule' AND deleted_at IS NULL;

-- +goose Down
DROP INDEX campaign_live, outbound_trigger_placed;
