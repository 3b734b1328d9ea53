-- +goose Up
-- What went wrong lately, and when something was taken last.
CREATE INDEX webhook_delivery_failed_at ON webhook_delivery (subscription_id, failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX webhook_delivery_delivered_at ON webhook_delivery (subscription_id, delivered_at) WHERE delivered_at IS NOT NULL;

-- +goose Down
DROP INDEX webhook_delivery_failed_at, webhook_delivery_delivered_at;
