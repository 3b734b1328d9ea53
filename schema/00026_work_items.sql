-- +goose Up

-- A webhook that tells only of the work items whose callback it is.
ALTER TABLE webhook_subscription ADD COLUMN work_items boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX webhook_subscription_callback ON webhook_subscription (url) WHERE work_items;

-- Work that is no message of ours: a call, a case, an e-mail elsewhere. It is a
-- conversation of the channel work-item, which has nobody to write to.
CREATE TABLE work_item (
    conversation_id uuid PRIMARY KEY REFERENCES conversation,
    external_id     text NOT NULL, -- its creator's
    title           text NOT NULL,
    attributes      jsonb NOT NULL DEFAULT '{}',
    webhook_id      uuid REFERENCES webhook_subscription ON DELETE SET NULL, -- who is told what becomes of it
    idempotency_key text,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX work_item_key ON work_item (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX work_item_webhook ON work_item (webhook_id) WHERE webhook_id IS NOT NULL;

-- +goose Down
DROP TABLE work_item;
DROP INDEX webhook_subscription_callback;
ALTER TABLE webhook_subscription DROP COLUMN work_items;
