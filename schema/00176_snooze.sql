-- +goose Up
ALTER TABLE conversation ADD COLUMN wake_at timestamptz; -- of a parked one: when its agent is offered it again

-- +goose Down
ALTER TABLE conversation DROP COLUMN wake_at;
