-- +goose Up
-- WhatsApp knows some numbers otherwise than the numbering plan (see package
-- phone): who is known under one spelling is found under the other, too.
-- +goose StatementBegin
CREATE FUNCTION pg_temp.other_spelling(n text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN n ~ '^\+521[0-9]{10}$' THEN '+52' || substr(n, 5)
    WHEN n ~ '^\+52[0-9]{10}$' THEN '+521' || substr(n, 4)
    WHEN n ~ '^\+55[1-9]{2}[6-9][0-9]{7}$' THEN left(n, 5) || '9' || substr(n, 6)
    WHEN n ~ '^\+55[1-9]{2}9[6-9][0-9]{7}$' THEN left(n, 5) || substr(n, 7)
    WHEN n ~ '^\+549[0-9]{10}$' THEN '+54' || substr(n, 5)
    WHEN n ~ '^\+54[0-8][0-9]{9}$' THEN '+549' || substr(n, 4)
    WHEN n ~ '^\+229[0-9]{8}$' THEN '+22901' || substr(n, 5)
    WHEN n ~ '^\+22901[0-9]{8}$' THEN '+229' || substr(n, 7)
    WHEN n ~ '^\+225[^23][0-3][0-9]{6}$' THEN '+22501' || substr(n, 5)
    WHEN n ~ '^\+225[^23][4-6][0-9]{6}$' THEN '+22505' || substr(n, 5)
    WHEN n ~ '^\+225[^23][7-9][0-9]{6}$' THEN '+22507' || substr(n, 5)
    WHEN n ~ '^\+225(01[^23][0-3]|05[^23][4-6]|07[^23][7-9])[0-9]{6}$' THEN '+225' || substr(n, 7)
  END
$$;
-- +goose StatementEnd

-- Who said no under one spelling said it for both.
UPDATE contact_point k SET opted_out_at = o.opted_out_at, opted_in_at = NULL, consent_source = o.consent_source
FROM contact_point o
WHERE k.channel IN ('sms', 'whatsapp') AND o.account_id = k.account_id AND o.channel = k.channel AND o.external_id = pg_temp.other_spelling(k.external_id)
  AND o.opted_out_at IS NOT NULL AND k.opted_out_at IS NULL AND (k.opted_in_at IS NULL OR k.opted_in_at < o.opted_out_at);

INSERT INTO contact_point_alias (account_id, channel, alias, external_id)
SELECT p.account_id, p.channel, pg_temp.other_spelling(p.external_id), p.external_id FROM contact_point p
WHERE p.channel IN ('sms', 'whatsapp') AND pg_temp.other_spelling(p.external_id) IS NOT NULL
  AND NOT EXISTS (SELECT FROM contact_point o WHERE o.account_id = p.account_id AND o.channel = p.channel AND o.external_id = pg_temp.other_spelling(p.external_id))
  AND NOT EXISTS (SELECT FROM contact_point_alias a WHERE a.account_id = p.account_id AND a.channel = p.channel AND a.alias = p.external_id)
ON CONFLICT (account_id, channel, alias) DO NOTHING;

-- Contacts are found by exact match: their numbers are in the plan's spelling.
UPDATE contact SET phone = pg_temp.other_spelling(phone)
WHERE phone ~ '^\+(521[0-9]{10}|55[1-9]{2}[6-9][0-9]{7}|229[0-9]{8}|225[^23][0-9]{7})$';

DROP FUNCTION pg_temp.other_spelling(text);

-- +goose Down
SELECT 1; -- spellings stay known
