-- +goose Up

-- What makes outbound messages by itself: something that happened, or the time.
-- Expressions fill contacts and placeholders from what is known of it.
CREATE TABLE outbound_trigger (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name             text NOT NULL UNIQUE,
    kind             text NOT NULL CHECK (kind IN ('event', 'schedule')),
    configuration_id uuid NOT NULL REFERENCES outbound_configuration,
    enabled          boolean NOT NULL DEFAULT true,
    event            text NOT NULL DEFAULT '', -- case.created
    rule             jsonb NOT NULL, -- expressions
    delay            int NOT NULL DEFAULT 0 CHECK (delay BETWEEN 0 AND 31536000), -- seconds
    cron             text NOT NULL DEFAULT '',
    time_zone        text NOT NULL DEFAULT 'UTC',
    data             jsonb NOT NULL DEFAULT '{}', -- what a schedule's expressions see
    version          int NOT NULL DEFAULT 1,
    placed           int NOT NULL DEFAULT 0, -- the version that its schedule has
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    deleted_at       timestamptz
);
CREATE INDEX outbound_trigger_event ON outbound_trigger (event) WHERE enabled AND deleted_at IS NULL AND kind = 'event';
CREATE INDEX outbound_trigger_unplaced ON outbound_trigger (id) WHERE kind = 'schedule' AND placed <> version;
CREATE INDEX outbound_trigger_configuration ON outbound_trigger (configuration_id);

-- Who may tell of events from outside, by a signed webhook.
CREATE TABLE outbound_source (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL UNIQUE,
    key        text NOT NULL UNIQUE, -- unguessable part of its address
    secret     bytea NOT NULL, -- encrypted, bound to the id
    created_at timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE outbound_source, outbound_trigger;
