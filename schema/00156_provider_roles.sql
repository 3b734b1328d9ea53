-- +goose Up
-- Identity providers give roles that are not built in too: in roles and default_role
-- stands the name of a built-in role or the id of another one.
ALTER TABLE identity_provider DROP CONSTRAINT identity_provider_default_role_check;

-- +goose Down
UPDATE identity_provider SET default_role = NULL WHERE default_role NOT IN ('agent', 'supervisor', 'administrator');
ALTER TABLE identity_provider ADD CONSTRAINT identity_provider_default_role_check CHECK (default_role IN ('agent', 'supervisor', 'administrator'));
