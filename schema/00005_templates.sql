-- +goose Up

-- Wordings to send. One that was read from a provider belongs to its account.
CREATE TABLE message_template (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name             text NOT NULL, -- ours: a synchronization keeps it
    channel          text NOT NULL,
    account_id       uuid REFERENCES account,
    provider_name    text, -- the provider's own, shared by the languages of one template
    default_language text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((account_id IS NULL) = (provider_name IS NULL)),
    CONSTRAINT message_template_name UNIQUE NULLS NOT DISTINCT (account_id, channel, name),
    CONSTRAINT message_template_provider_name UNIQUE (account_id, channel, provider_name)
);
CREATE INDEX message_template_list ON message_template (created_at, id);
CREATE INDEX message_template_channel ON message_template (channel, created_at, id);

CREATE TABLE message_template_text (
    template_id     uuid NOT NULL REFERENCES message_template ON DELETE CASCADE,
    language        text NOT NULL, -- BCP 47
    text            text NOT NULL,
    kind            text NOT NULL DEFAULT 'text', -- another kind of the provider's is kept, and cannot be sent
    content_sid     text, -- under which the provider knows it; null: it does not
    variables       jsonb NOT NULL DEFAULT '{}', -- the provider's sample values by placeholder
    approval        text NOT NULL DEFAULT 'none'
                    CHECK (approval IN ('none', 'pending', 'approved', 'rejected', 'paused', 'disabled', 'gone')),
    approval_reason text NOT NULL DEFAULT '',
    synced_at       timestamptz, -- when the provider last said so
    PRIMARY KEY (template_id, language)
);

-- What was sent by template. The values are a customer's: they go where text goes.
ALTER TABLE message
    ADD COLUMN template_id uuid REFERENCES message_template ON DELETE SET NULL,
    ADD COLUMN content_sid text,
    ADD COLUMN content_variables jsonb;
CREATE INDEX message_template_used ON message (template_id) WHERE template_id IS NOT NULL; -- for the SET NULL

-- +goose Down
ALTER TABLE message DROP COLUMN template_id, DROP COLUMN content_sid, DROP COLUMN content_variables;
DROP TABLE message_template_text, message_template;
