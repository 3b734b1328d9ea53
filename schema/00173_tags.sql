-- +goose Up
-- What agents mark conversations with. One that is archived stays where it is and is not offered any more.
CREATE TABLE tag (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL,
    color      text NOT NULL DEFAULT 'gray',
    archived   boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX tag_name ON tag (lower(name));
CREATE INDEX tag_place ON tag (created_at, id);

CREATE TABLE conversation_tag (
    conversation_id uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
    tag_id          uuid NOT NULL REFERENCES tag ON DELETE RESTRICT,
    agent_id        uuid REFERENCES agent, -- who added it; null: a program
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, tag_id)
);
CREATE INDEX conversation_tag_tag ON conversation_tag (tag_id, conversation_id);

-- A person chose the priority: rules that are asked again leave it alone.
ALTER TABLE conversation ADD COLUMN priority_chosen boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE conversation DROP COLUMN priority_chosen;
DROP TABLE conversation_tag, tag;
