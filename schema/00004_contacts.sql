-- +goose Up

ALTER TABLE contact
    ADD COLUMN first_name  text NOT NULL DEFAULT '',
    ADD COLUMN last_name   text NOT NULL DEFAULT '',
    ADD COLUMN email       text NOT NULL DEFAULT '',
    ADD COLUMN phone       text NOT NULL DEFAULT '' CHECK (phone = '' OR phone ~ '^\+[1-9][0-9]{6,14}$'), -- E.164
    ADD COLUMN language    text NOT NULL DEFAULT '',
    ADD COLUMN external_id text NOT NULL DEFAULT '', -- under which they signed in elsewhere
    ADD COLUMN merged_into uuid REFERENCES contact CHECK (merged_into <> id); -- null: active

-- The words of the names, for a search by their beginnings. Not by a text
-- search configuration: names are not language, and no word of them is left out.
ALTER TABLE contact
    ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(
        translate(lower(name || ' ' || first_name || ' ' || last_name), '.,;:/()''"-_@', '            '), ' '), ''))) STORED;

CREATE INDEX contact_list ON contact (created_at, id) WHERE merged_into IS NULL;
CREATE INDEX contact_words ON contact USING gin (words);
CREATE INDEX contact_name ON contact (name) WHERE name <> '' AND merged_into IS NULL;
CREATE INDEX contact_phone ON contact (phone text_pattern_ops) WHERE phone <> '' AND merged_into IS NULL;
CREATE INDEX contact_email ON contact (lower(email) text_pattern_ops) WHERE email <> '' AND merged_into IS NULL;
CREATE INDEX contact_external ON contact (external_id) WHERE external_id <> '' AND merged_into IS NULL;
-- Without it a search takes few addresses for many and reads the list instead of the index.
CREATE STATISTICS contact_email_lower ON (lower(email)) FROM contact;
CREATE INDEX contact_merged ON contact (merged_into) WHERE merged_into IS NOT NULL;

ALTER TABLE contact_point
    ADD COLUMN picture_url text NOT NULL DEFAULT '',
    ADD COLUMN language    text NOT NULL DEFAULT '',
    ADD COLUMN profile_at  timestamptz; -- when the provider was asked last who it is

CREATE INDEX contact_point_alias_point ON contact_point_alias (account_id, channel, external_id);

-- A merge and what it takes to undo it. seq is drawn while both contacts are
-- locked, so of two merges of one contact the newer has the higher.
CREATE TABLE contact_merge (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seq          bigint GENERATED ALWAYS AS IDENTITY,
    winner_id    uuid NOT NULL REFERENCES contact ON DELETE CASCADE,
    loser_id     uuid NOT NULL REFERENCES contact ON DELETE CASCADE,
    point_ids    uuid[] NOT NULL, -- contact points that moved
    before       jsonb NOT NULL,  -- both contacts' fields: {"winner": …, "loser": …}
    merged_by    uuid REFERENCES agent ON DELETE SET NULL,
    merged_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    reverted_by  uuid REFERENCES agent ON DELETE SET NULL,
    reverted_at  timestamptz,
    CHECK (winner_id <> loser_id)
);
CREATE INDEX contact_merge_winner ON contact_merge (winner_id, merged_at DESC, id);
CREATE INDEX contact_merge_loser ON contact_merge (loser_id, merged_at DESC, id);

-- +goose Down
DROP TABLE contact_merge;
DROP INDEX contact_point_alias_point;
ALTER TABLE contact_point DROP COLUMN picture_url, DROP COLUMN language, DROP COLUMN profile_at;
DROP STATISTICS contact_email_lower;
ALTER TABLE contact DROP COLUMN words;
ALTER TABLE contact DROP COLUMN first_name, DROP COLUMN last_name, DROP COLUMN email, DROP COLUMN phone,
    DROP COLUMN language, DROP COLUMN external_id, DROP COLUMN merged_into;
