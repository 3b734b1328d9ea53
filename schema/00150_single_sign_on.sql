-- +goose Up
-- Identity providers that people sign in at with OpenID Connect.
CREATE TABLE identity_provider (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    issuer        text NOT NULL, -- as its tokens say it
    client_id     text NOT NULL,
    client_secret bytea NOT NULL DEFAULT '', -- sealed; empty: a public client
    scopes        text[] NOT NULL, -- besides openid
    role_claim    text NOT NULL DEFAULT '', -- path of the claim with groups or roles; empty: none
    roles         jsonb NOT NULL DEFAULT '{}', -- value of the claim → our role
    default_role  text CHECK (default_role IN ('agent', 'supervisor', 'administrator')), -- null: who has no role may not in
    create_people boolean NOT NULL DEFAULT false,
    link_by_email boolean NOT NULL DEFAULT false,
    trust_email   boolean NOT NULL DEFAULT false, -- also addresses that the provider does not call verified
    capacity      int NOT NULL DEFAULT 3 CHECK (capacity BETWEEN 0 AND 1000), -- of people who are created
    enabled       boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX identity_provider_name ON identity_provider (lower(name));
CREATE INDEX identity_provider_place ON identity_provider (created_at, id);

-- Sign-ins that are under way at a provider. Each is of one browser and used once.
CREATE TABLE sso_request (
    state_hash   bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,
    provider_id  uuid NOT NULL REFERENCES identity_provider ON DELETE CASCADE,
    nonce        text NOT NULL,
    verifier     text NOT NULL, -- of PKCE
    return_to    text NOT NULL, -- path in the desk
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sso_request_expires ON sso_request (expires_at);
CREATE INDEX sso_request_provider ON sso_request (provider_id);

-- Who somebody is at a provider.
CREATE TABLE agent_identity (
    provider_id  uuid NOT NULL REFERENCES identity_provider ON DELETE CASCADE,
    subject      text NOT NULL,
    agent_id     uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider_id, subject)
);
CREATE INDEX agent_identity_agent ON agent_identity (agent_id);

ALTER TABLE sign_in
    ADD COLUMN provider_id uuid REFERENCES identity_provider ON DELETE CASCADE, -- null: by password
    ADD COLUMN provider_session text NOT NULL DEFAULT ''; -- sid of the provider, '' if it names none
CREATE INDEX sign_in_provider ON sign_in (provider_id, provider_session) WHERE provider_id IS NOT NULL;

-- +goose Down
DROP INDEX sign_in_provider;
ALTER TABLE sign_in DROP COLUMN provider_id, DROP COLUMN provider_session;
DROP TABLE agent_identity;
DROP TABLE sso_request;
DROP TABLE identity_provider;
