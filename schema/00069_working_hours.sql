-- +goose Up
ALTER TABLE agent ADD COLUMN operating_hours_id uuid REFERENCES operating_hours; -- null: they always work
CREATE INDEX agent_operating_hours ON agent (operating_hours_id) WHERE operating_hours_id IS NOT NULL;

ALTER TABLE agent_status
    ADD COLUMN off_duty boolean NOT NULL DEFAULT false, -- outside their working hours: offered nothing by itself
    ADD COLUMN duty_changes_at timestamptz;             -- when that is to be looked at again
CREATE INDEX agent_status_duty ON agent_status (duty_changes_at) WHERE duty_changes_at IS NOT NULL;

-- +goose Down
ALTER TABLE agent_status DROP COLUMN off_duty, DROP COLUMN duty_changes_at;
ALTER TABLE agent DROP COLUMN operating_hours_id;
