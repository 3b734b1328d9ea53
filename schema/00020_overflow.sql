-- +goose Up

-- What a queue does when it overflows; package routing says what the rules mean.
CREATE TABLE queue_overflow (
    queue_id  uuid NOT NULL REFERENCES queue ON DELETE CASCADE,
    position  int NOT NULL,
    condition text NOT NULL CHECK (condition IN ('out_of_hours', 'size', 'longest_wait', 'expected_wait', 'waited')),
    threshold int NOT NULL CHECK (threshold >= 0), -- conversations or seconds
    action    text NOT NULL CHECK (action IN ('assign', 'wait', 'transfer', 'callback', 'end')),
    target_id uuid REFERENCES queue ON DELETE RESTRICT, -- of transfer
    after     int NOT NULL DEFAULT 0 CHECK (after >= 0), -- of callback: seconds
    PRIMARY KEY (queue_id, position),
    CHECK ((action = 'transfer') = (target_id IS NOT NULL))
);
CREATE INDEX queue_overflow_target ON queue_overflow (target_id) WHERE target_id IS NOT NULL;

-- Of an open conversation that is not in its queue yet, and of its time in it.
ALTER TABLE conversation
    ADD COLUMN hold text CHECK (hold IN ('hours', 'callback', 'end')),
    ADD COLUMN held_until timestamptz,
    ADD COLUMN hold_agent uuid REFERENCES agent, -- asked first when it is over
    ADD COLUMN entered_at timestamptz, -- its queue; null: it has never been in one
    ADD COLUMN overflowed boolean NOT NULL DEFAULT false, -- it waited too long there, and that was acted on
    ADD CONSTRAINT conversation_held_until_check CHECK ((hold IS NULL) = (held_until IS NULL));
UPDATE conversation SET entered_at = COALESCE(waiting_since, created_at) WHERE queue_id IS NOT NULL AND state <> 'closed';

CREATE INDEX conversation_entered ON conversation (queue_id, entered_at) WHERE state = 'open' AND hold IS NULL;
CREATE INDEX conversation_accepted ON conversation (queue_id, accepted_at) WHERE accepted_at IS NOT NULL;
CREATE INDEX conversation_hold ON conversation (queue_id) WHERE hold IS NOT NULL;

-- What a channel tells of a customer besides their name and language.
ALTER TABLE contact_point ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object');

-- +goose Down

ALTER TABLE contact_point DROP COLUMN attributes;
ALTER TABLE conversation DROP COLUMN hold, DROP COLUMN held_until, DROP COLUMN hold_agent, DROP COLUMN entered_at, DROP COLUMN overflowed;
DROP INDEX conversation_accepted;
DROP TABLE queue_overflow;
