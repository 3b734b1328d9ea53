-- +goose Up
-- The message of a campaign, request or trigger that a customer's message answers,
-- by its id in the ledger. It is read by that table's key.
ALTER TABLE message ADD COLUMN outbound_message_id uuid;
UPDATE message m SET outbound_message_id = r.message_id FROM campaign_recipient r
WHERE r.conversation_id = m.conversation_id AND m.direction = 'in' AND m.created_at = r.replied_at;

-- Numbers of ours have one form: in which their provider names them. One that is
-- there in that form already stays as it is.
UPDATE address d SET address = '+' || regexp_replace(d.address, '[^0-9]', '', 'g'), updated_at = now()
WHERE d.channel IN ('sms', 'whatsapp') AND d.address ~ '^\s*(whatsapp:)?\+[0-9 ().-]+$' AND d.address !~ '^\+[0-9]+$' AND d.address !~ '\(0\)'
  AND NOT EXISTS (SELECT FROM address o WHERE o.account_id = d.account_id AND o.channel = d.channel
    AND o.id <> d.id AND regexp_replace(o.address, '[^0-9]', '', 'g') = regexp_replace(d.address, '[^0-9]', '', 'g'));

-- +goose Down
ALTER TABLE message DROP COLUMN outbound_message_id;
