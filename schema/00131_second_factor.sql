-- +goose Up
-- The authenticator app of a person. A new one is pending until its first code was
-- entered; the one before is good until then.
CREATE TABLE second_factor (
    agent_id     uuid PRIMARY KEY REFERENCES agent ON DELETE CASCADE,
    secret       bytea, -- sealed; null: none is confirmed yet
    pending      bytea, -- sealed
    last_step    bigint NOT NULL DEFAULT 0, -- of the last code that was taken: none is taken twice
    confirmed_at timestamptz,
    CHECK ((secret IS NULL) = (confirmed_at IS NULL))
);

CREATE TABLE recovery_code (
    agent_id  uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (agent_id, code_hash)
);

-- +goose Down
DROP TABLE recovery_code, second_factor;
