-- +goose Up
-- A password that somebody else chose is good for choosing one's own.
ALTER TABLE agent ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;

-- By which a person sets their own password: at most one each, so that a newer one
-- ends the one before.
CREATE TABLE sign_in_link (
    agent_id   uuid PRIMARY KEY REFERENCES agent ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('invitation', 'reset')),
    token_hash bytea NOT NULL UNIQUE, -- sha256 of the token
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

-- Where and when somebody signed in, for them to recognise.
ALTER TABLE sign_in
    ADD COLUMN id           uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN user_agent   text NOT NULL DEFAULT '',
    ADD COLUMN address      text NOT NULL DEFAULT '', -- truncated to a network
    ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now(); -- to the minute
CREATE UNIQUE INDEX sign_in_id ON sign_in (id);

-- What holds for all sign-ins; one row.
CREATE TABLE sign_in_settings (
    id                  boolean PRIMARY KEY DEFAULT true CHECK (id),
    second_factor_roles text[] NOT NULL DEFAULT '{}',
    idle_seconds        int NOT NULL DEFAULT 43200 CHECK (idle_seconds BETWEEN 300 AND 2592000),
    session_seconds     int NOT NULL DEFAULT 86400 CHECK (session_seconds BETWEEN 300 AND 2592000),
    updated_at          timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sign_in_settings DEFAULT VALUES;

-- +goose Down
DROP TABLE sign_in_settings;
DROP INDEX sign_in_id;
ALTER TABLE sign_in DROP COLUMN last_used_at, DROP COLUMN address, DROP COLUMN user_agent, DROP COLUMN id;
DROP TABLE sign_in_link;
ALTER TABLE agent DROP COLUMN must_change_password;
