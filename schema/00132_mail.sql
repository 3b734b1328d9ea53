-- +goose Up
-- E-mail that is to be sent. It holds no secret: the link is made when it is sent.
CREATE TABLE mail (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind       text NOT NULL CHECK (kind IN ('invitation', 'reset')),
    email      text NOT NULL, -- somebody's, or of nobody we know: then nothing is sent
    tries      int NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX mail_due ON mail (due_at);

-- +goose Down
DROP TABLE mail;
