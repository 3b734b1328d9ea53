-- +goose Up

-- When somebody is there. The calendar is wall-clock time in the zone; package
-- hours says what it means.
CREATE TABLE operating_hours (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL UNIQUE,
    time_zone  text NOT NULL, -- IANA name
    calendar   jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX operating_hours_list ON operating_hours (created_at, id);

-- Null: always open.
ALTER TABLE queue ADD COLUMN operating_hours_id uuid REFERENCES operating_hours ON DELETE RESTRICT;
CREATE INDEX queue_operating_hours ON queue (operating_hours_id) WHERE operating_hours_id IS NOT NULL;
ALTER TABLE address ADD COLUMN operating_hours_id uuid REFERENCES operating_hours ON DELETE RESTRICT;
CREATE INDEX address_operating_hours ON address (operating_hours_id) WHERE operating_hours_id IS NOT NULL;

-- +goose Down

ALTER TABLE address DROP COLUMN operating_hours_id;
ALTER TABLE queue DROP COLUMN operating_hours_id;
DROP TABLE operating_hours;
