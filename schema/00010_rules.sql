-- +goose Up

-- What routes a workstream's conversations; no row: nothing but its own queue.
-- The version goes up with every change.
CREATE TABLE routing_rules (
    workstream_id uuid PRIMARY KEY REFERENCES workstream ON DELETE CASCADE,
    rules         jsonb NOT NULL,
    version       int NOT NULL DEFAULT 1 CHECK (version > 0),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    updated_by    uuid REFERENCES agent ON DELETE SET NULL -- null: a token
);

-- Names are case-sensitive.
CREATE TABLE context_variable (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workstream_id uuid NOT NULL REFERENCES workstream ON DELETE CASCADE,
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    type          text NOT NULL CHECK (type IN ('text', 'number')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workstream_id, name)
);
CREATE INDEX context_variable_list ON context_variable (workstream_id, created_at, id);

ALTER TABLE conversation ADD COLUMN context jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(context) = 'object'); -- values of context variables

-- Where a conversation was sent, and why.
CREATE TABLE routing_decision (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    version         int NOT NULL, -- of the rules; 0: there were none
    decision        jsonb NOT NULL
);
CREATE INDEX routing_decision_conversation ON routing_decision (conversation_id, at, id);

-- +goose Down
DROP TABLE routing_decision, context_variable, routing_rules;
ALTER TABLE conversation DROP COLUMN context;
