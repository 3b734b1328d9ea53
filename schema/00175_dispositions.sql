-- +goose Up
-- How conversations of a workstream can have ended. One that is archived stays where it is and is not offered any more.
CREATE TABLE disposition (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workstream_id uuid NOT NULL REFERENCES workstream ON DELETE CASCADE,
    name          text NOT NULL,
    archived      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX disposition_name ON disposition (workstream_id, lower(name));
CREATE INDEX disposition_place ON disposition (workstream_id, created_at, id);

ALTER TABLE workstream ADD COLUMN disposition_required boolean NOT NULL DEFAULT false; -- before an agent closes
ALTER TABLE conversation ADD COLUMN disposition_id uuid REFERENCES disposition ON DELETE RESTRICT;
CREATE INDEX conversation_disposition ON conversation (disposition_id, created_at, id) WHERE disposition_id IS NOT NULL;

-- +goose Down
ALTER TABLE conversation DROP COLUMN disposition_id;
ALTER TABLE workstream DROP COLUMN disposition_required;
DROP TABLE disposition;
