-- +goose Up
-- Where a customer is written to who goes by another number or id since; null: by
-- the one that the row is known by.
ALTER TABLE contact_point ADD COLUMN send_to text;

-- +goose Down
ALTER TABLE contact_point DROP COLUMN send_to;
