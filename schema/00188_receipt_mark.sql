-- +goose Up
-- How far a customer's messages were delivered and read where the provider tells a
-- time instead of messages. A message whose sending is recorded later than such a
-- report finds it here.
CREATE TABLE receipt_mark (
    contact_point_id uuid PRIMARY KEY REFERENCES contact_point ON DELETE CASCADE,
    delivered_to     timestamptz NOT NULL,
    read_to          timestamptz
);

-- +goose Down
DROP TABLE receipt_mark;
