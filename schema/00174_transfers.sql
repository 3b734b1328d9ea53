-- +goose Up
-- What somebody passed on with a conversation that they gave away. It is written
-- before the command that does it, and counts once that is done.
CREATE TABLE transfer (
    id              uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
    agent_id        uuid NOT NULL REFERENCES agent, -- who gave it away
    to_agent_id     uuid REFERENCES agent ON DELETE SET NULL,
    to_queue_id     uuid REFERENCES queue ON DELETE SET NULL,
    reason          text NOT NULL,
    note            text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    done_at         timestamptz
);
CREATE INDEX transfer_conversation ON transfer (conversation_id, done_at) WHERE done_at IS NOT NULL;

-- +goose Down
DROP TABLE transfer;
