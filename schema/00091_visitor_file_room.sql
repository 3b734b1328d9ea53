-- +goose Up

-- What visitors uploaded and have not sent is bounded by who, where from and for
-- which widget. A row is made before its file is taken, with the most it may be.
ALTER TABLE visitor_file
    ADD COLUMN widget_id uuid REFERENCES widget,
    ADD COLUMN network   text NOT NULL DEFAULT ''; -- an IPv4 address or an IPv6 /64; '': not counted
UPDATE visitor_file f SET widget_id = v.widget_id FROM visitor v WHERE v.id = f.visitor_id;
ALTER TABLE visitor_file ALTER COLUMN widget_id SET NOT NULL;
CREATE INDEX visitor_file_widget ON visitor_file (widget_id);
CREATE INDEX visitor_file_network ON visitor_file (network) WHERE network <> '';

-- +goose Down
DROP INDEX visitor_file_network;
DROP INDEX visitor_file_widget;
ALTER TABLE visitor_file DROP COLUMN widget_id, DROP COLUMN network;
