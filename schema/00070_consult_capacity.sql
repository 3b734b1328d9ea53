-- +goose Up
ALTER TABLE workstream ADD COLUMN consult_takes_capacity boolean NOT NULL DEFAULT false; -- of who advises, as a conversation of their own would
ALTER TABLE participation ADD COLUMN held_units int NOT NULL DEFAULT 0; -- what it takes of its agent's capacity until it is over

-- +goose Down
ALTER TABLE workstream DROP COLUMN consult_takes_capacity;
ALTER TABLE participation DROP COLUMN held_units;
