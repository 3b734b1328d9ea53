-- +goose Up

-- What an agent has typed in a conversation and not sent yet; one of their own
-- per conversation. Nothing typed: no row.
CREATE TABLE draft (
    agent_id        uuid NOT NULL REFERENCES agent,
    conversation_id uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
    mode            text NOT NULL CHECK (mode IN ('reply', 'internal', 'note')), -- what it was to become
    text            text NOT NULL CHECK (text <> ''),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agent_id, conversation_id)
);
CREATE INDEX draft_conversation ON draft (conversation_id); -- for the cascade

-- +goose Down
DROP TABLE draft;
