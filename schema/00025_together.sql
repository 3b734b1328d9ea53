-- +goose Up

ALTER TABLE workstream ADD COLUMN consult_anyone boolean NOT NULL DEFAULT false; -- true: any agent and queue, not only the conversation's own

-- Who takes part in a conversation besides its primary agent: consultants, from
-- the request on, and supervisors. It takes none of their capacity.
CREATE TABLE participation (
    id              uuid PRIMARY KEY,
    request_id      uuid NOT NULL, -- of a queue that was asked: that of the first who was
    conversation_id uuid NOT NULL REFERENCES conversation,
    session_id      uuid REFERENCES session, -- the one in which it began
    agent_id        uuid NOT NULL REFERENCES agent,
    queue_id        uuid REFERENCES queue ON DELETE SET NULL, -- the queue that was asked
    asked_by        uuid REFERENCES agent, -- the primary agent; null: a supervisor, who comes unasked
    role            text NOT NULL CHECK (role IN ('consultant', 'supervisor')),
    stage           text NOT NULL CHECK (stage IN ('asked', 'aside', 'joined')), -- the last one
    began_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz, -- of a request
    accepted_at     timestamptz,
    joined_at       timestamptz, -- in front of the customer
    left_at         timestamptz,
    left_reason     text,
    CHECK ((left_at IS NULL) = (left_reason IS NULL)),
    CHECK ((role = 'consultant') = (asked_by IS NOT NULL))
);
CREATE UNIQUE INDEX participation_current ON participation (conversation_id, agent_id) WHERE left_at IS NULL;
CREATE INDEX participation_agent ON participation (agent_id, conversation_id) WHERE left_at IS NULL;
CREATE INDEX participation_request ON participation (request_id);
CREATE INDEX participation_conversation ON participation (conversation_id, began_at, id);

-- What a consultant and the primary agent who asked say to each other. It is no
-- part of the thread: nothing that reads messages ever finds it.
CREATE TABLE consult_message (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    participation_id uuid NOT NULL REFERENCES participation,
    seq              bigint NOT NULL,
    agent_id         uuid NOT NULL REFERENCES agent,
    text             text NOT NULL,
    idempotency_key  text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (participation_id, seq),
    UNIQUE (participation_id, idempotency_key)
);

-- +goose Down
DROP TABLE consult_message, participation;
ALTER TABLE workstream DROP COLUMN consult_anyone;
