-- +goose Up

-- That a persistent thread of a widget may hang on one browser, knowingly.
ALTER TABLE widget ADD COLUMN anonymous_threads boolean NOT NULL DEFAULT false;
UPDATE widget x SET anonymous_threads = true FROM address d JOIN workstream w ON w.id = d.workstream_id
WHERE d.id = x.address_id AND x.authentication <> 'required' AND w.style <> 'live';

-- +goose Down
ALTER TABLE widget DROP COLUMN anonymous_threads;
