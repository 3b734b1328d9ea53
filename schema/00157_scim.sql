-- +goose Up
-- What an identity provider says of people over SCIM (RFC 7643) beside what agent has.
CREATE TABLE scim_user (
    agent_id     uuid PRIMARY KEY REFERENCES agent ON DELETE CASCADE,
    user_name    text, -- null: the e-mail address
    external_id  text, -- the provider's own id
    email        text, -- null: the provider gave none, and the user name is it
    display_name text NOT NULL DEFAULT '',
    formatted    text NOT NULL DEFAULT '',
    given_name   text NOT NULL DEFAULT '',
    family_name  text NOT NULL DEFAULT '',
    role_given   boolean NOT NULL DEFAULT false, -- by a group: it ends with the last group that gives one
    deleted_at   timestamptz, -- the provider deleted them; it sees them again once they are enabled
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX scim_user_name ON scim_user (lower(user_name));
CREATE INDEX scim_user_external ON scim_user (external_id) WHERE external_id IS NOT NULL;

-- Groups of the provider. Members get the role that is set for their group.
CREATE TABLE scim_group (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    display_name text NOT NULL,
    external_id  text,
    role         text CHECK (role IN ('agent', 'supervisor', 'administrator')),
    role_id      uuid REFERENCES role,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (role IS NULL OR role_id IS NULL) -- both null: the group gives no role
);
CREATE UNIQUE INDEX scim_group_name ON scim_group (lower(display_name));
CREATE INDEX scim_group_external ON scim_group (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX scim_group_place ON scim_group (created_at, id);
CREATE INDEX scim_group_role ON scim_group (role_id) WHERE role_id IS NOT NULL;

CREATE TABLE scim_member (
    group_id uuid NOT NULL REFERENCES scim_group ON DELETE CASCADE,
    agent_id uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    PRIMARY KEY (group_id, agent_id)
);
CREATE INDEX scim_member_agent ON scim_member (agent_id);

-- +goose Down
DROP TABLE scim_member, scim_group, scim_user;
