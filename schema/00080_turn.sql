-- +goose Up
-- Work that one process at a time does, and who does it. A process that does not
-- say so again in time has lost its turn, whether it ended or is frozen.
CREATE TABLE turn (
    name   text PRIMARY KEY,
    holder text NOT NULL,
    until  timestamptz NOT NULL
);

-- +goose Down
DROP TABLE turn;
