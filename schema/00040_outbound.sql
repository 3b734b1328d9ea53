-- +goose Up

-- Consent is of one address of a customer on one channel.
ALTER TABLE contact_point
    ADD COLUMN opted_in_at    timestamptz,
    ADD COLUMN consent_source text NOT NULL DEFAULT ''; -- where the last word on it came from

ALTER TABLE address
    ADD COLUMN stop_words  text[], -- end consent; null: the channel's usual ones
    ADD COLUMN start_words text[], -- bring it back
    ADD COLUMN send_rate   int CHECK (send_rate BETWEEN 1 AND 10000); -- messages a second; null: as fast as it goes

-- The organisation's limits of outbound messages: one row.
CREATE TABLE outbound_setting (
    id                   boolean PRIMARY KEY DEFAULT true CHECK (id),
    contacts_per_request int NOT NULL DEFAULT 100 CHECK (contacts_per_request BETWEEN 1 AND 1000),
    requests_per_hour    int NOT NULL DEFAULT 30000 CHECK (requests_per_hour BETWEEN 1 AND 10000000),
    send_rate            int CHECK (send_rate BETWEEN 1 AND 100000), -- messages a second over all numbers; null: no limit
    region               text NOT NULL DEFAULT '' CHECK (region = '' OR region ~ '^[A-Z]{2}$') -- of numbers without country code
);
INSERT INTO outbound_setting DEFAULT VALUES;

-- Requests to send, by the hour.
CREATE TABLE outbound_hour (
    hour     timestamptz PRIMARY KEY,
    requests int NOT NULL
);

CREATE TABLE outbound_configuration (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name             text NOT NULL UNIQUE,
    show_on_timeline boolean NOT NULL DEFAULT true,
    channel          text NOT NULL,
    address_id       uuid NOT NULL REFERENCES address,
    template_id      uuid NOT NULL REFERENCES message_template,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbound_configuration_list ON outbound_configuration (created_at, id);
CREATE INDEX outbound_configuration_template ON outbound_configuration (template_id);
CREATE INDEX outbound_configuration_address ON outbound_configuration (address_id);

-- What is sent to a list of recipients: a campaign, or one request's messages.
CREATE TABLE campaign (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind                text NOT NULL CHECK (kind IN ('campaign', 'message', 'test')),
    name                text NOT NULL DEFAULT '',
    state               text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'scheduled', 'running', 'paused', 'finished', 'canceled')),
    configuration_id    uuid NOT NULL REFERENCES outbound_configuration,
    variant_template_id uuid REFERENCES message_template, -- the other wording of two
    variant_share       int NOT NULL DEFAULT 0 CHECK (variant_share BETWEEN 0 AND 100), -- percent that get it
    quiet_from          text NOT NULL DEFAULT '', -- 21:00; nothing is sent from then …
    quiet_until         text NOT NULL DEFAULT '', -- 08:00; … until then
    time_zone           text NOT NULL DEFAULT 'UTC', -- of recipients whose own is not known
    rate                int CHECK (rate BETWEEN 1 AND 10000), -- messages a second; null: what the number allows
    pause_above         int NOT NULL DEFAULT 20 CHECK (pause_above BETWEEN 0 AND 100), -- percent of refusals; 0: never by itself
    start_at            timestamptz,
    frozen              jsonb, -- what it is sent with, from the start on
    last_seq            int NOT NULL DEFAULT 0,
    total               int NOT NULL DEFAULT 0, -- recipients
    pause_reason        text NOT NULL DEFAULT '',
    judged_all          bigint NOT NULL DEFAULT 0, -- of those tried when it was last resumed
    judged_bad          bigint NOT NULL DEFAULT 0,
    idempotency_key     text,
    request_hash        bytea,
    answer              jsonb, -- to the request that made it
    created_by          uuid REFERENCES agent ON DELETE SET NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    started_at          timestamptz,
    finished_at         timestamptz,
    announced_at        timestamptz, -- its workflow runs
    progress_at         timestamptz -- when progress was last told
);
CREATE INDEX campaign_list ON campaign (created_at DESC, id DESC) WHERE kind = 'campaign';
CREATE INDEX campaign_unannounced ON campaign (created_at) WHERE state = 'scheduled' AND announced_at IS NULL;
CREATE UNIQUE INDEX campaign_key ON campaign (configuration_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX campaign_configuration ON campaign (configuration_id);
CREATE INDEX campaign_variant ON campaign (variant_template_id) WHERE variant_template_id IS NOT NULL;

-- The ledger: what became of each recipient. Its states:
--   pending   nothing was tried, or what was tried was certainly not taken
--   sending   handed to the provider, no answer yet
--   sent, delivered, read
--   refused   never sent, or not taken: no consent, bad address, missing placeholder, …
--   failed    taken, and it did not arrive
--   unknown   it may have been taken: never sent again by itself
-- No index holds what changes while it is sent, so that updates stay in place.
CREATE TABLE campaign_recipient (
    campaign_id         uuid NOT NULL REFERENCES campaign ON DELETE CASCADE,
    seq                 int NOT NULL,
    message_id          uuid NOT NULL DEFAULT gen_random_uuid(), -- ours, at the provider
    to_address          text NOT NULL,
    language            text NOT NULL DEFAULT '',
    zone                text NOT NULL DEFAULT '', -- time zone, '' is the campaign's
    variant             smallint NOT NULL DEFAULT 0,
    opted_in            boolean NOT NULL DEFAULT false, -- as who listed them says
    values              jsonb NOT NULL DEFAULT '{}', -- by placeholder
    related             text NOT NULL DEFAULT '', -- what it is about, for the timeline
    status              text NOT NULL DEFAULT 'pending'
                        CHECK (status IN ('pending', 'sending', 'sent', 'delivered', 'read', 'refused', 'failed', 'unknown')),
    code                text NOT NULL DEFAULT '',
    attempt             smallint NOT NULL DEFAULT 0,
    claimed_at          timestamptz,
    sent_at             timestamptz,
    status_at           timestamptz,
    provider_message_id text,
    replied_at          timestamptz,
    opted_out_at        timestamptz, -- in answer to it
    conversation_id     uuid REFERENCES conversation ON DELETE SET NULL, -- that the reply went to
    PRIMARY KEY (campaign_id, seq),
    UNIQUE (to_address, campaign_id),
    UNIQUE (message_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX campaign_recipient_conversation ON campaign_recipient (conversation_id) WHERE conversation_id IS NOT NULL;

-- How many recipients stand where, kept in the transactions that move them.
CREATE TABLE campaign_count (
    campaign_id uuid NOT NULL REFERENCES campaign ON DELETE CASCADE,
    variant     smallint NOT NULL,
    status      text NOT NULL, -- and 'replied', 'opted_out'
    code        text NOT NULL,
    n           bigint NOT NULL,
    PRIMARY KEY (campaign_id, variant, status, code)
);

-- When the next message may go: token buckets of numbers, campaigns and the organisation.
CREATE TABLE send_bucket (
    key text PRIMARY KEY,
    at  timestamptz NOT NULL
);

-- +goose Down
DROP TABLE send_bucket, campaign_count, campaign_recipient, campaign, outbound_configuration, outbound_hour, outbound_setting;
ALTER TABLE address DROP COLUMN stop_words, DROP COLUMN start_words, DROP COLUMN send_rate;
ALTER TABLE contact_point DROP COLUMN opted_in_at, DROP COLUMN consent_source;
