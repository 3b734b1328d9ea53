-- +goose Up

-- Every batch of messages asks whether there are any.
CREATE INDEX address_words ON address (id) WHERE stop_words IS NOT NULL OR start_words IS NOT NULL;
CREATE INDEX campaign_frozen ON campaign (id) WHERE frozen IS NOT NULL;

-- +goose StatementBegin
-- Refuses once a campaign was started or a number has words of its own.
CREATE FUNCTION no_campaigns() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT FROM campaign WHERE frozen IS NOT NULL)
       OR EXISTS (SELECT FROM address WHERE stop_words IS NOT NULL OR start_words IS NOT NULL) THEN
        RAISE EXCEPTION 'there are campaigns' USING ERRCODE = 'SB001';
    END IF;
    RETURN 0;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION no_campaigns();
DROP INDEX campaign_frozen;
DROP INDEX address_words;
