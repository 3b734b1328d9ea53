-- +goose Up

-- A message is 'sending' from the moment before it is handed to its provider. Who
-- cannot tell whether that moment was written down asks again under the same claim.
ALTER TABLE message ADD COLUMN claim uuid;

-- An earlier try may have been taken, although the recipient waits for another.
ALTER TABLE campaign_recipient ADD COLUMN in_doubt boolean NOT NULL DEFAULT false;
CREATE INDEX campaign_recipient_doubt ON campaign_recipient (campaign_id) WHERE in_doubt;

-- +goose Down
ALTER TABLE campaign_recipient DROP COLUMN in_doubt;
ALTER TABLE message DROP COLUMN claim;
