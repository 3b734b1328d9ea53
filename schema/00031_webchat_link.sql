-- +goose Up

-- By which a live chat is gone on with in another browser, while it is not over.
CREATE TABLE visitor_link (
    token_hash      bytea PRIMARY KEY, -- sha256 of the token in the link
    visitor_id      uuid NOT NULL REFERENCES visitor,
    conversation_id uuid NOT NULL REFERENCES conversation,
    expires_at      timestamptz NOT NULL
);
CREATE INDEX visitor_link_visitor ON visitor_link (visitor_id);
CREATE INDEX visitor_link_conversation ON visitor_link (conversation_id);
CREATE INDEX visitor_link_expiry ON visitor_link (expires_at);

-- +goose Down
DROP TABLE visitor_link;
