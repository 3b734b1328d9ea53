-- +goose Up
-- What came and went through an account lately, and which conversations still use it.
CREATE INDEX message_account ON message (account_id, direction, created_at);
CREATE INDEX conversation_account ON conversation (account_id) WHERE state <> 'closed';

-- +goose Down
DROP INDEX message_account, conversation_account;
