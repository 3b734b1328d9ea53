-- +goose Up
-- Some providers report that everything until a time was delivered or read, also
-- before the sending of a message is recorded here: how far such a message has come.
ALTER TABLE message ADD COLUMN early_receipt text CHECK (early_receipt IN ('delivered', 'read'));

-- +goose Down
ALTER TABLE message DROP COLUMN early_receipt;
