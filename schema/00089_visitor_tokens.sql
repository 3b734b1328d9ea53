-- +goose Up

-- A sign-in is a token's and not its visitor's: who had a token before it has
-- nothing of it. A token that a sign-in replaced is kept for a while, to say so.
ALTER TABLE visitor_token
    ADD COLUMN signed_in_until timestamptz, -- when the site's token ends; null: anonymous
    ADD COLUMN replaced        boolean NOT NULL DEFAULT false;
UPDATE visitor_token t SET signed_in_until = v.signed_in_until FROM visitor v WHERE v.id = t.visitor_id AND v.subject IS NOT NULL;
ALTER TABLE visitor
    DROP COLUMN signed_in_until,
    ADD COLUMN client_id uuid; -- of the start that made the visitor: a repeat makes none
CREATE UNIQUE INDEX visitor_client ON visitor (widget_id, client_id) WHERE client_id IS NOT NULL;

-- A link is used once; a repeat of that use is none of its own.
ALTER TABLE visitor_link
    ADD COLUMN used_at timestamptz,
    ADD COLUMN used_as uuid; -- the client's id of the start that used it

ALTER TABLE widget ADD COLUMN audience text NOT NULL DEFAULT ''; -- for whom sites' tokens must be; '': the widget's key

-- +goose Down
ALTER TABLE widget DROP COLUMN audience;
ALTER TABLE visitor_link DROP COLUMN used_at, DROP COLUMN used_as;
DROP INDEX visitor_client;
ALTER TABLE visitor DROP COLUMN client_id, ADD COLUMN signed_in_until timestamptz;
UPDATE visitor v SET signed_in_until = (SELECT max(t.signed_in_until) FROM visitor_token t WHERE t.visitor_id = v.id) WHERE v.subject IS NOT NULL;
DELETE FROM visitor_token WHERE replaced;
ALTER TABLE visitor_token DROP COLUMN signed_in_until, DROP COLUMN replaced;
