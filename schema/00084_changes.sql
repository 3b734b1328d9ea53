-- +goose Up

-- What a customer took back or changed may be told before the message itself.
CREATE INDEX provider_event_change ON provider_event (account_id, (data->>'message_id')) WHERE kind IN ('redact', 'edit');
CREATE INDEX provider_event_changed ON provider_event (received_at) WHERE kind IN ('redact', 'edit');

ALTER TABLE message ADD COLUMN edited_at timestamptz; -- the customer changed the text last, by the provider's clock

-- +goose StatementBegin
-- Refuses to store a message of which that is so.
CREATE FUNCTION changes_known() RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION 'changes of messages are known' USING ERRCODE = 'SB002';
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION changes_known();
ALTER TABLE message DROP COLUMN edited_at;
DROP INDEX provider_event_change, provider_event_changed;
