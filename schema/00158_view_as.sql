-- +goose Up
-- Whose desk an administrator looks at with a sign-in, and until when.
ALTER TABLE sign_in
    ADD COLUMN view_as    uuid REFERENCES agent ON DELETE SET NULL,
    ADD COLUMN view_until timestamptz;
CREATE INDEX sign_in_view_as ON sign_in (view_as) WHERE view_as IS NOT NULL;

-- +goose Down
DROP INDEX sign_in_view_as;
ALTER TABLE sign_in DROP COLUMN view_as, DROP COLUMN view_until;
