-- +goose Up
-- From which number of waiting conversations, and from which longest wait, a queue
-- needs somebody's eye (amber) or help (red). level is how it stands, as it was told last.
CREATE TABLE queue_threshold (
    queue_id      uuid PRIMARY KEY REFERENCES queue ON DELETE CASCADE,
    waiting_amber int CHECK (waiting_amber > 0), -- conversations; null: does not count
    waiting_red   int CHECK (waiting_red >= COALESCE(waiting_amber, 1)),
    wait_amber    int CHECK (wait_amber > 0), -- seconds
    wait_red      int CHECK (wait_red >= COALESCE(wait_amber, 1)),
    level         text NOT NULL DEFAULT 'normal' CHECK (level IN ('normal', 'amber', 'red')),
    level_since   timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE queue_threshold;
