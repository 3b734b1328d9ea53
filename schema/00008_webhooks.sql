-- +goose Up

-- Outside systems that are told what happens with conversations.
CREATE TABLE webhook_subscription (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name            text NOT NULL,
    url             text NOT NULL,
    kinds           text[] NOT NULL, -- of event.kind
    workstream_id   uuid REFERENCES workstream, -- null: of all
    include_message boolean NOT NULL DEFAULT false, -- what was said goes out too
    internal        boolean NOT NULL DEFAULT false, -- an administrator vouches for a private address
    secrets         bytea NOT NULL, -- sealed: the key that signs, and the one before it
    old_until       timestamptz, -- so long the one before it signs too
    enabled         boolean NOT NULL DEFAULT true,
    disabled_reason text CHECK (disabled_reason IN ('administrator', 'gone')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (enabled = (disabled_reason IS NULL))
);
CREATE INDEX webhook_subscription_list ON webhook_subscription (created_at, id);
CREATE INDEX webhook_subscription_workstream ON webhook_subscription (workstream_id) WHERE workstream_id IS NOT NULL;

-- Up to where a subscription's deliveries were made of the event log.
CREATE TABLE webhook_cursor (
    subscription_id uuid PRIMARY KEY REFERENCES webhook_subscription ON DELETE CASCADE,
    xid             xid8 NOT NULL,
    event_id        bigint NOT NULL
);

-- One event for one subscription: ids and codes only. The id is the webhook-id,
-- the same in every try; seq is the order within a conversation.
CREATE TABLE webhook_delivery (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seq             bigint GENERATED ALWAYS AS IDENTITY,
    subscription_id uuid NOT NULL REFERENCES webhook_subscription ON DELETE CASCADE,
    conversation_id uuid NOT NULL,
    message_id      uuid,
    queue_id        uuid,
    agent_id        uuid,
    kind            text NOT NULL,
    data            jsonb NOT NULL, -- the event's
    at              timestamptz NOT NULL, -- the event's
    since           timestamptz NOT NULL DEFAULT now(), -- its 24 hours begin here
    attempts        int NOT NULL DEFAULT 0,
    next_at         timestamptz, -- null: not tried yet, in flight, or done
    first_at        timestamptz,
    last_status     int,
    last_error      text, -- a code
    delivered_at    timestamptz,
    failed_at       timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (delivered_at IS NULL OR failed_at IS NULL)
);
CREATE INDEX webhook_delivery_pending ON webhook_delivery (subscription_id, conversation_id, seq) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX webhook_delivery_failed ON webhook_delivery (subscription_id, seq) WHERE failed_at IS NOT NULL;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (subscription_id, seq) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX webhook_delivery_list ON webhook_delivery (subscription_id, seq); -- most are delivered, so these need no index of their own
CREATE INDEX webhook_delivery_done ON webhook_delivery (created_at) WHERE delivered_at IS NOT NULL OR failed_at IS NOT NULL;

-- A conversation that has something to deliver. It is claimed as a whole, so
-- that its deliveries go out one after the other; those that wait behind a
-- failed one are not looked at until its turn comes.
CREATE TABLE webhook_line (
    subscription_id uuid NOT NULL REFERENCES webhook_subscription ON DELETE CASCADE,
    conversation_id uuid NOT NULL,
    due_at          timestamptz NOT NULL DEFAULT now(), -- while it is claimed: the end of the lease
    lease           uuid, -- of who has claimed it
    PRIMARY KEY (subscription_id, conversation_id)
);
CREATE INDEX webhook_line_due ON webhook_line (subscription_id, due_at);

-- +goose Down
DROP TABLE webhook_line, webhook_delivery, webhook_cursor, webhook_subscription;
