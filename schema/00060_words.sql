-- +goose Up

-- Whether any number has words of its own is asked with every batch of messages.
CREATE INDEX address_words ON address (id) WHERE stop_words IS NOT NULL OR start_words IS NOT NULL;

-- +goose Down
DROP INDEX address_words;
