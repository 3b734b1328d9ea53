-- +goose Up
-- When each entry of declined_by was made: an agent is asked again so long after
-- they declined themselves, not after anybody did.
ALTER TABLE conversation ADD COLUMN declined_at timestamptz[] NOT NULL DEFAULT '{}';
UPDATE conversation c SET declined_at = array_fill(c.reoffer_at - make_interval(secs => w.reoffer_after), ARRAY[cardinality(c.declined_by)])
FROM workstream w WHERE w.id = c.workstream_id AND c.state <> 'closed' AND c.declined_by <> '{}' AND c.reoffer_at IS NOT NULL;

-- +goose Down
ALTER TABLE conversation DROP COLUMN declined_at;
