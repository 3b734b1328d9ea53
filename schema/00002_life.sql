-- +goose Up

-- Durations are whole seconds; 0 is never. Null is the default of the style.
ALTER TABLE workstream
    ADD COLUMN style text NOT NULL DEFAULT 'messaging' CHECK (style IN ('messaging', 'persistent', 'live')),
    ALTER COLUMN open_timeout DROP NOT NULL,
    ALTER COLUMN open_timeout DROP DEFAULT,
    ALTER COLUMN active_timeout DROP NOT NULL,
    ALTER COLUMN active_timeout DROP DEFAULT,
    ALTER COLUMN wrap_up_timeout DROP NOT NULL,
    ALTER COLUMN wrap_up_timeout DROP DEFAULT,
    ADD COLUMN waiting_timeout int CHECK (waiting_timeout >= 0),
    ADD COLUMN wrap_up_block_for int NOT NULL DEFAULT 0 CHECK (wrap_up_block_for >= 0), -- 0: as long as wrap-up lasts
    ADD COLUMN follow_up_after int NOT NULL DEFAULT 0 CHECK (follow_up_after >= 0),
    ADD COLUMN same_agent boolean NOT NULL DEFAULT true, -- a returning customer goes back to their agent
    ADD COLUMN same_agent_patience int NOT NULL DEFAULT 120 CHECK (same_agent_patience > 0), -- then the next best is asked
    ADD COLUMN release_on_disconnect boolean, -- an agent who does not return loses what they have; null: live chats only
    ADD COLUMN window_notice int NOT NULL DEFAULT 3600 CHECK (window_notice >= 0), -- before a reply window closes
    ADD COLUMN customer_files boolean NOT NULL DEFAULT true,
    ADD COLUMN agent_files boolean NOT NULL DEFAULT true,
    ADD COLUMN max_file_bytes bigint CHECK (max_file_bytes > 0), -- null: the installation's
    ADD COLUMN blocked_files text[] NOT NULL DEFAULT '{}'; -- types (image/svg+xml, video/*) and extensions (.exe)

ALTER TABLE address ADD COLUMN language text NOT NULL DEFAULT 'en'; -- of automated messages, where the customer's is not known

ALTER TABLE conversation
    ADD COLUMN last_agent_seq bigint NOT NULL DEFAULT 0, -- of the agent's last message
    ADD COLUMN last_agent_at timestamptz,
    ADD COLUMN unanswered_since timestamptz, -- the customer's first message after it; null: all are answered
    ADD COLUMN window_sent int NOT NULL DEFAULT 0, -- free answers since the customer's last message
    ADD COLUMN parked_at timestamptz,
    ADD COLUMN capacity_freed boolean NOT NULL DEFAULT false, -- wrap-up gave it back before its end
    ADD COLUMN window_told timestamptz, -- the end of the reply window that was announced ahead
    ADD COLUMN window_over timestamptz, -- the end that was announced when it came
    ADD COLUMN rules_done jsonb NOT NULL DEFAULT '{}', -- timeout rules, and when they were applied last
    ADD COLUMN rules_off text[] NOT NULL DEFAULT '{}', -- switched off here by the agent
    ADD COLUMN said text[] NOT NULL DEFAULT '{}', -- what the customer is told once only
    ADD COLUMN abandoned_by uuid; -- an agent who did not return, until the workflow has acted on it

-- One handling of a conversation by one primary agent. The id is the offer's.
CREATE TABLE session (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversation,
    agent_id        uuid NOT NULL REFERENCES agent,
    opened_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    accepted_at     timestamptz,
    closed_at       timestamptz,
    closure_reason  text,
    CHECK ((closed_at IS NULL) = (closure_reason IS NULL))
);
CREATE UNIQUE INDEX session_current ON session (conversation_id) WHERE closed_at IS NULL;
CREATE INDEX session_conversation ON session (conversation_id, opened_at, id);

-- What the system says by itself. The most specific row decides; where there is
-- none, the built-in text and switch of the trigger do.
CREATE TABLE automated_message (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    trigger       text NOT NULL,
    channel       text NOT NULL DEFAULT '', -- '': all
    workstream_id uuid REFERENCES workstream ON DELETE CASCADE, -- null: all
    enabled       boolean NOT NULL,
    visibility    text NOT NULL CHECK (visibility IN ('customer', 'agent', 'both')),
    texts         jsonb NOT NULL DEFAULT '{}', -- by language
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX automated_message_place ON automated_message (trigger, channel, COALESCE(workstream_id, '00000000-0000-0000-0000-000000000000'));

CREATE TABLE timeout_rule (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workstream_id uuid NOT NULL REFERENCES workstream ON DELETE CASCADE,
    name          text NOT NULL,
    silent        text NOT NULL CHECK (silent IN ('customer', 'agent')),
    after         int NOT NULL CHECK (after > 0),
    action        text NOT NULL CHECK (action IN ('message_customer', 'message_agent', 'close', 'requeue')),
    priority      int NOT NULL DEFAULT 100, -- lower first
    enabled       boolean NOT NULL DEFAULT true,
    texts         jsonb NOT NULL DEFAULT '{}', -- by language
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workstream_id, name)
);

ALTER TABLE message
    DROP CONSTRAINT message_direction_check,
    ADD CONSTRAINT message_direction_check CHECK (direction IN ('in', 'out', 'internal')), -- internal: agents only
    ADD COLUMN automated text, -- the trigger; null: a person wrote it
    ADD COLUMN visible_to text NOT NULL DEFAULT 'both' CHECK (visible_to IN ('customer', 'agent', 'both'));

-- +goose Down
ALTER TABLE message DROP COLUMN automated, DROP COLUMN visible_to;
DROP TABLE timeout_rule, automated_message, session;
ALTER TABLE conversation
    DROP COLUMN last_agent_seq, DROP COLUMN last_agent_at, DROP COLUMN unanswered_since, DROP COLUMN window_sent,
    DROP COLUMN parked_at, DROP COLUMN capacity_freed, DROP COLUMN window_told, DROP COLUMN window_over,
    DROP COLUMN rules_done, DROP COLUMN rules_off, DROP COLUMN said, DROP COLUMN abandoned_by;
ALTER TABLE address DROP COLUMN language;
ALTER TABLE workstream
    DROP COLUMN style, DROP COLUMN waiting_timeout, DROP COLUMN wrap_up_block_for, DROP COLUMN follow_up_after,
    DROP COLUMN same_agent, DROP COLUMN same_agent_patience, DROP COLUMN release_on_disconnect, DROP COLUMN window_notice,
    DROP COLUMN customer_files, DROP COLUMN agent_files, DROP COLUMN max_file_bytes, DROP COLUMN blocked_files;
