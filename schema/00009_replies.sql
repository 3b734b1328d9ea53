-- +goose Up

-- What agents write down about a conversation, also after its end.
CREATE TABLE note (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversation,
    agent_id        uuid NOT NULL REFERENCES agent, -- who wrote it
    text            text NOT NULL, -- '' once deleted
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at      timestamptz
);
CREATE INDEX note_conversation ON note (conversation_id, created_at, id) WHERE deleted_at IS NULL;

-- The words of a text, each behind its language and a slash (no word has one),
-- for a search by their beginnings. Not by a text search configuration: no
-- language and no short word is left out. A script without blanks makes words
-- longer than an index takes, so they are cut.
CREATE FUNCTION words_of(language text, t text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_to_tsvector(COALESCE(array_agg(DISTINCT language || '/' || left(w, 60)) FILTER (WHERE w <> ''), '{}'))
        FROM string_to_table(translate(lower(t), E'.,;:/()''"-_@!?#{}\t\n\r', '                    '), ' ') AS w);

-- The words of texts by language, under their language without its region, and
-- all under '*'.
CREATE FUNCTION text_words(texts jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_to_tsvector(COALESCE(array_agg(DISTINCT w), '{}'))
        FROM jsonb_each_text(texts) AS x, unnest(ARRAY['*', split_part(lower(x.key), '-', 1)]) AS p,
             unnest(tsvector_to_array(words_of(p, x.value))) AS w);

-- array_to_string would do, but may depend on settings and so cannot be indexed.
CREATE FUNCTION tags_of(tags text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT COALESCE(string_agg(tag, ' '), '') FROM unnest(tags) AS tag);

-- Texts that agents choose while they write. title_words and head_words (title
-- and tags) rank what words (all) finds.
CREATE TABLE quick_reply (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id       uuid REFERENCES agent, -- whose own it is; null: shared
    title          text NOT NULL,
    tags           text[] NOT NULL DEFAULT '{}', -- in lower case
    workstream_ids uuid[] NOT NULL DEFAULT '{}', -- where it is offered; none: everywhere
    texts          jsonb NOT NULL, -- by language
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    title_words    tsvector NOT NULL GENERATED ALWAYS AS (words_of('', title)) STORED,
    head_words     tsvector NOT NULL GENERATED ALWAYS AS (words_of('', title || ' ' || tags_of(tags))) STORED,
    words          tsvector NOT NULL GENERATED ALWAYS AS (words_of('', title || ' ' || tags_of(tags)) || text_words(texts)) STORED
);
CREATE INDEX quick_reply_shared ON quick_reply (created_at, id) WHERE agent_id IS NULL;
CREATE INDEX quick_reply_own ON quick_reply (agent_id, created_at, id) WHERE agent_id IS NOT NULL;
CREATE INDEX quick_reply_words ON quick_reply USING gin (words) WHERE agent_id IS NULL; -- an agent's own are few

-- +goose Down
DROP TABLE quick_reply;
DROP FUNCTION text_words, words_of, tags_of;
DROP TABLE note;
