-- +goose Up
-- The customer's last message that the workflow had acted on when it wrote the
-- state: one that begins anew knows by it what it has not heard.
ALTER TABLE conversation ADD COLUMN heard_seq bigint NOT NULL DEFAULT 0;
UPDATE conversation SET heard_seq = inbound_seq WHERE state IN ('waiting', 'wrap-up');

-- +goose Down
ALTER TABLE conversation DROP COLUMN heard_seq;
