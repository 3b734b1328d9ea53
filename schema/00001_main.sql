-- +goose Up

-- People ---------------------------------------------------------------------

CREATE TABLE agent (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name          text NOT NULL,
    email         text NOT NULL,
    password_hash text, -- argon2id, PHC form; null: cannot sign in with a password
    role          text NOT NULL CHECK (role IN ('agent', 'supervisor', 'administrator')),
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX agent_email ON agent (lower(email));

-- What changes many times an hour, apart from the agent's record. Capacity and
-- load stand side by side so that one row lock covers the decision.
CREATE TABLE agent_status (
    agent_id    uuid PRIMARY KEY REFERENCES agent ON DELETE CASCADE,
    presence    text NOT NULL DEFAULT 'offline' CHECK (presence IN
                ('available', 'busy', 'do_not_disturb', 'away', 'inactive', 'offline')),
    chosen      text CHECK (chosen IN ('available', 'busy', 'do_not_disturb', 'away')), -- manual override
    grace_until timestamptz, -- the last connection is gone; offers are kept until then
    capacity    int NOT NULL DEFAULT 3 CHECK (capacity BETWEEN 0 AND 1000),
    load        int NOT NULL DEFAULT 0 CHECK (load >= 0),
    idle_since  timestamptz NOT NULL DEFAULT now() -- when load last went down
);

-- One row per open event stream. A node that died leaves rows whose seen_at stands still.
CREATE TABLE agent_connection (
    id           uuid PRIMARY KEY,
    agent_id     uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    node         text NOT NULL,
    connected_at timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_connection_agent ON agent_connection (agent_id);
CREATE INDEX agent_connection_seen ON agent_connection (seen_at);

CREATE TABLE sign_in (
    token_hash bytea PRIMARY KEY, -- sha256 of the token
    agent_id   uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_agent ON sign_in (agent_id);
CREATE INDEX sign_in_expiry ON sign_in (expires_at);

CREATE TABLE api_token (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    role       text NOT NULL CHECK (role IN ('agent', 'supervisor', 'administrator')),
    agent_id   uuid REFERENCES agent ON DELETE CASCADE, -- whom it acts as in conversations
    created_by uuid REFERENCES agent ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

-- Configuration --------------------------------------------------------------

CREATE TABLE queue (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE queue_member (
    queue_id uuid NOT NULL REFERENCES queue ON DELETE CASCADE,
    agent_id uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue_id, agent_id)
);
CREATE INDEX queue_member_agent ON queue_member (agent_id);

-- Durations are whole seconds; 0 is never, unless said otherwise.
CREATE TABLE workstream (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name              text NOT NULL UNIQUE,
    mode              text NOT NULL CHECK (mode IN ('push', 'pick')),
    capacity_units    int NOT NULL DEFAULT 1 CHECK (capacity_units BETWEEN 0 AND 1000),
    allowed_presences text[] NOT NULL DEFAULT '{available,busy}',
    offer_timeout     int NOT NULL DEFAULT 120 CHECK (offer_timeout > 0),
    reoffer_after     int NOT NULL DEFAULT 30 CHECK (reoffer_after >= 0), -- before the same agent is asked again
    max_offers        int NOT NULL DEFAULT 3 CHECK (max_offers > 0),      -- to the same agent
    wrap_up_timeout   int NOT NULL DEFAULT 86400 CHECK (wrap_up_timeout >= 0),
    wrap_up_blocks    boolean NOT NULL DEFAULT true, -- wrap-up keeps its capacity
    open_timeout      int NOT NULL DEFAULT 2592000 CHECK (open_timeout >= 0),
    active_timeout    int NOT NULL DEFAULT 2592000 CHECK (active_timeout >= 0),
    send_timeout      int NOT NULL DEFAULT 600 CHECK (send_timeout > 0), -- an answer not sent by then has failed
    queue_id          uuid NOT NULL REFERENCES queue,
    fallback_queue_id uuid NOT NULL REFERENCES queue,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE account (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    provider      text NOT NULL,
    name          text NOT NULL,
    key           text NOT NULL UNIQUE, -- unguessable part of the webhook address
    base_url      text NOT NULL DEFAULT '',
    settings      jsonb NOT NULL DEFAULT '{}',
    secrets       bytea NOT NULL, -- encrypted JSON object, bound to the account's id
    workstream_id uuid NOT NULL REFERENCES workstream, -- of addresses that were never listed
    paused_code   text, -- why sending is paused; null: it is not
    paused_at     timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    deleted_at    timestamptz
);

-- Our side of a conversation: a phone number, a LINE channel ('').
CREATE TABLE address (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id    uuid NOT NULL REFERENCES account,
    channel       text NOT NULL,
    address       text NOT NULL,
    name          text NOT NULL DEFAULT '',
    workstream_id uuid NOT NULL REFERENCES workstream,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, channel, address)
);

-- Customers ------------------------------------------------------------------

CREATE TABLE contact (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One way to reach a customer: their id at one of our accounts.
CREATE TABLE contact_point (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id   uuid NOT NULL REFERENCES account,
    channel      text NOT NULL,
    external_id  text NOT NULL,
    contact_id   uuid REFERENCES contact ON DELETE SET NULL,
    name         text NOT NULL DEFAULT '',
    opted_out_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, channel, external_id)
);
CREATE INDEX contact_point_contact ON contact_point (contact_id);

-- Further ids of the same customer on the same channel (a phone beside a scoped id).
CREATE TABLE contact_point_alias (
    account_id  uuid NOT NULL REFERENCES account,
    channel     text NOT NULL,
    alias       text NOT NULL,
    external_id text NOT NULL, -- of the contact point
    PRIMARY KEY (account_id, channel, alias)
);

-- Conversations --------------------------------------------------------------

CREATE TABLE conversation (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    contact_point_id uuid NOT NULL REFERENCES contact_point,
    account_id       uuid NOT NULL REFERENCES account,
    address_id       uuid NOT NULL REFERENCES address,
    workstream_id    uuid NOT NULL REFERENCES workstream,
    channel          text NOT NULL,
    previous_id      uuid REFERENCES conversation,
    state            text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'active', 'waiting', 'wrap-up', 'closed')),
    version          bigint NOT NULL DEFAULT 0, -- of what the workflow decides about; messages do not count
    queue_id         uuid REFERENCES queue,
    pushed           boolean NOT NULL DEFAULT false, -- offered by the system, not only picked
    units            int NOT NULL DEFAULT 1,
    priority         int NOT NULL DEFAULT 100, -- lower first
    waiting_since    timestamptz, -- since it is in the queue for an agent; null: it is not
    agent_id         uuid REFERENCES agent, -- the primary agent
    offer_id         uuid,
    offer_agent_id   uuid REFERENCES agent,
    offer_expires_at timestamptz,
    held_by          uuid REFERENCES agent, -- whose capacity it takes
    held_units       int NOT NULL DEFAULT 0,
    declined_by      uuid[] NOT NULL DEFAULT '{}', -- one entry per declined or missed offer
    reoffer_at       timestamptz, -- before then those are not asked again
    last_seq         bigint NOT NULL DEFAULT 0,
    inbound_seq      bigint NOT NULL DEFAULT 0, -- of the customer's last message
    last_inbound_at  timestamptz, -- of the customer's last message, by the provider's clock where it has one
    last_activity_at timestamptz NOT NULL DEFAULT now(),
    reply_token      text, -- one free answer
    reply_until      timestamptz,
    accepted_at      timestamptz,
    ended_at         timestamptz,
    closed_at        timestamptz,
    close_reason     text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((held_by IS NULL) = (held_units = 0)),
    CHECK ((offer_id IS NULL) = (offer_agent_id IS NULL))
);
-- One conversation that is not closed per contact point and address of ours, whatever arrives in parallel.
CREATE UNIQUE INDEX conversation_current ON conversation (contact_point_id, address_id) WHERE state <> 'closed';
CREATE INDEX conversation_history ON conversation (contact_point_id, created_at DESC);
CREATE INDEX conversation_queued ON conversation (queue_id, priority, waiting_since, id)
    WHERE state = 'open' AND offer_id IS NULL AND pushed;
CREATE INDEX conversation_open ON conversation (queue_id, waiting_since, id) WHERE state = 'open';
CREATE INDEX conversation_agent ON conversation (agent_id, id) WHERE state <> 'closed' AND agent_id IS NOT NULL;
CREATE INDEX conversation_offered ON conversation (offer_agent_id, id) WHERE offer_id IS NOT NULL;
CREATE INDEX conversation_held ON conversation (held_by) WHERE held_by IS NOT NULL;
CREATE INDEX conversation_closed ON conversation (agent_id, closed_at DESC, id) WHERE state = 'closed';
CREATE INDEX conversation_closed_all ON conversation (closed_at DESC, id) WHERE state = 'closed';

CREATE TABLE message (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id     uuid NOT NULL REFERENCES conversation,
    seq                 bigint NOT NULL,
    account_id          uuid NOT NULL REFERENCES account,
    direction           text NOT NULL CHECK (direction IN ('in', 'out')),
    type                text NOT NULL,
    text                text NOT NULL DEFAULT '',
    data                jsonb,
    agent_id            uuid REFERENCES agent, -- who wrote it; null: the customer
    reply_to            text,                  -- provider's id of the quoted message
    provider_event_id   text, -- of an inbound message: deduplicates
    provider_message_id text, -- receipts and quotes refer to it
    idempotency_key     text, -- of an outbound message
    status              text CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'delivered', 'read')),
    status_at           timestamptz,
    error_class         text,
    error_code          text,
    error_detail        text,
    claimed_at          timestamptz, -- when sending began
    by_reply            boolean NOT NULL DEFAULT false, -- tried with a reply token, which no provider repeats safely
    expires_at          timestamptz, -- not sent by then: failed
    redacted_at         timestamptz, -- the customer took it back
    provider_at         timestamptz, -- by the provider's clock
    created_at          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, seq)
);
CREATE UNIQUE INDEX message_event ON message (account_id, provider_event_id) WHERE provider_event_id IS NOT NULL;
CREATE INDEX message_provider ON message (account_id, provider_message_id) WHERE provider_message_id IS NOT NULL;
CREATE UNIQUE INDEX message_key ON message (conversation_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX message_outbox ON message (conversation_id, seq) WHERE status IN ('queued', 'sending');

CREATE TABLE attachment (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversation,
    message_id      uuid REFERENCES message, -- null: uploaded, not yet sent
    position        int NOT NULL DEFAULT 0,
    state           text NOT NULL CHECK (state IN ('pending', 'stored', 'failed')),
    error_code      text,
    source          jsonb, -- where an inbound file is at the provider
    name            text NOT NULL DEFAULT '',
    content_type    text NOT NULL DEFAULT '', -- sniffed once stored
    size            bigint NOT NULL DEFAULT 0,
    sha256          bytea,
    blob            text, -- key in the blob store
    preview_blob    text,
    uploaded_by     uuid REFERENCES agent,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX attachment_message ON attachment (message_id, position);
CREATE INDEX attachment_pending ON attachment (conversation_id) WHERE state = 'pending';
CREATE INDEX attachment_loose ON attachment (created_at) WHERE message_id IS NULL;

-- What providers told us besides messages: receipts, follows, unknown kinds. Kept as they came.
CREATE TABLE provider_event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES account,
    event_id    text NOT NULL,
    kind        text NOT NULL,
    type        text NOT NULL,
    data        jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, event_id)
);
CREATE INDEX provider_event_received ON provider_event (received_at);

-- Process --------------------------------------------------------------------

-- Conversations whose workflow has not been told yet. Narrow and short-lived, so
-- that a message costs no index of conversation.
--
-- rings comes from a sequence and is drawn while the conversation's row is
-- locked, so it only grows, also across rows that were answered and deleted: an
-- answer to an old ring can never take back a new one.
CREATE SEQUENCE bell_ring;
CREATE TABLE bell (
    conversation_id uuid PRIMARY KEY REFERENCES conversation,
    rings           bigint NOT NULL DEFAULT nextval('bell_ring'),
    due_at          timestamptz NOT NULL DEFAULT now(),
    leased_until    timestamptz -- a ring is in flight
);
CREATE INDEX bell_due ON bell (due_at);

-- Everything that people watch, in commit order of (xid, id). Readers take only
-- rows below the oldest running transaction, so none appears behind a cursor.
CREATE TABLE event (
    xid             xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id              bigint GENERATED ALWAYS AS IDENTITY,
    kind            text NOT NULL,
    conversation_id uuid,
    message_id      uuid,
    queue_id        uuid, -- audience: members of this queue
    agent_id        uuid, -- audience: this agent
    data            jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (xid, id)
);

CREATE TABLE audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    agent_id    uuid,
    token_id    uuid,
    action      text NOT NULL, -- 'create', 'update', 'delete', 'test', …
    object_type text NOT NULL,
    object_id   text NOT NULL,
    changes     jsonb NOT NULL DEFAULT '{}' -- never holds a secret
);
CREATE INDEX audit_object ON audit (object_type, object_id, id);

-- +goose Down
DROP TABLE audit, event, bell, provider_event, attachment, message, conversation,
    contact_point_alias, contact_point, contact, address, account, workstream,
    queue_member, queue, api_token, sign_in, agent_connection, agent_status, agent;
DROP SEQUENCE bell_ring;
