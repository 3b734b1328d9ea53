-- +goose Up

-- Facts of what happened, for figures and reports. They are written by triggers, in
-- the transaction of what they tell: no writer of a conversation or of a presence,
-- also none of an older version, can leave them out.

-- One row for each visit of a queue: a conversation waits there for an agent. It
-- ends when an agent takes it, when it is closed, goes to another queue, or is
-- held. Queues may be deleted, and their facts stay.
CREATE TABLE queue_segment (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
    queue_id        uuid NOT NULL,
    workstream_id   uuid NOT NULL,
    channel         text NOT NULL,
    entered_at      timestamptz NOT NULL, -- of the first one: since the customer wrote
    first_offer_at  timestamptz,
    offers          int NOT NULL DEFAULT 0,
    left_at         timestamptz,
    outcome         text CHECK (outcome IN ('accepted', 'abandoned', 'moved', 'held')),
    agent_id        uuid, -- who accepted
    to_queue_id     uuid, -- of 'moved'
    reason          text, -- of 'abandoned': why it was closed
    born            xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CHECK ((left_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX queue_segment_current ON queue_segment (conversation_id) WHERE left_at IS NULL;
CREATE INDEX queue_segment_conversation ON queue_segment (conversation_id, entered_at);
CREATE INDEX queue_segment_queue ON queue_segment (queue_id, entered_at);
CREATE INDEX queue_segment_entered ON queue_segment (entered_at);
CREATE INDEX queue_segment_accepted ON queue_segment (queue_id, left_at) WHERE outcome = 'accepted';

-- +goose StatementBegin
CREATE FUNCTION keep_queue_segment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    waited boolean := false;
    waits  boolean := NEW.state = 'open' AND NEW.queue_id IS NOT NULL AND NEW.hold IS NULL;
    moved  boolean := false;
    anew   boolean := true; -- the customer waits since waiting_since, and not since now
    began  timestamptz;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        waited := OLD.state = 'open' AND OLD.queue_id IS NOT NULL AND OLD.hold IS NULL;
        moved := waited AND NEW.queue_id IS DISTINCT FROM OLD.queue_id;
        anew := OLD.state <> 'open' OR OLD.queue_id IS NULL;
    END IF;
    IF waited AND NEW.state = 'open' AND (moved OR NOT waits) THEN -- it passed through within one transaction
        DELETE FROM queue_segment WHERE conversation_id = NEW.id AND left_at IS NULL AND born = pg_current_xact_id() RETURNING entered_at INTO began;
    END IF;
    IF began IS NULL AND waited AND (moved OR NOT waits) THEN
        UPDATE queue_segment SET left_at = clock_timestamp(),
            outcome = CASE WHEN NEW.state = 'open' AND NOT moved THEN 'held' WHEN NEW.state = 'open' THEN 'moved'
                           WHEN NEW.state IN ('active', 'waiting') THEN 'accepted' ELSE 'abandoned' END,
            agent_id = CASE WHEN NEW.state IN ('active', 'waiting') THEN NEW.agent_id END,
            to_queue_id = CASE WHEN NEW.state = 'open' AND moved THEN NEW.queue_id END,
            reason = CASE WHEN NEW.state = 'closed' THEN NEW.close_reason WHEN NEW.state = 'wrap-up' THEN NEW.end_reason END
        WHERE conversation_id = NEW.id AND left_at IS NULL;
    END IF;
    IF waits AND (moved OR NOT waited) THEN
        INSERT INTO queue_segment (conversation_id, queue_id, workstream_id, channel, entered_at, first_offer_at, offers)
        VALUES (NEW.id, NEW.queue_id, NEW.workstream_id, NEW.channel,
                COALESCE(began, CASE WHEN anew THEN LEAST(NEW.waiting_since, clock_timestamp()) ELSE clock_timestamp() END),
                CASE WHEN NEW.offer_id IS NOT NULL THEN clock_timestamp() END, (NEW.offer_id IS NOT NULL)::int);
    ELSIF waits AND NEW.offer_id IS NOT NULL AND NEW.offer_id IS DISTINCT FROM OLD.offer_id THEN
        UPDATE queue_segment SET first_offer_at = COALESCE(first_offer_at, clock_timestamp()), offers = offers + 1
        WHERE conversation_id = NEW.id AND left_at IS NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER conversation_enters AFTER INSERT ON conversation
    FOR EACH ROW WHEN (NEW.state = 'open' AND NEW.queue_id IS NOT NULL AND NEW.hold IS NULL) EXECUTE FUNCTION keep_queue_segment();
CREATE TRIGGER conversation_waits AFTER UPDATE OF state, queue_id, hold, offer_id ON conversation
    FOR EACH ROW WHEN ((OLD.state = 'open' OR NEW.state = 'open') AND
        (OLD.state, OLD.queue_id, OLD.hold, OLD.offer_id) IS DISTINCT FROM (NEW.state, NEW.queue_id, NEW.hold, NEW.offer_id))
    EXECUTE FUNCTION keep_queue_segment();

-- What was there before: as far as the rows tell, the last visit of each conversation.
INSERT INTO queue_segment (conversation_id, queue_id, workstream_id, channel, entered_at, first_offer_at, offers, left_at, outcome, agent_id, reason)
SELECT c.id, c.queue_id, c.workstream_id, c.channel,
       CASE WHEN c.state = 'open' THEN COALESCE(c.entered_at, c.waiting_since, c.created_at) ELSE LEAST(c.created_at, c.accepted_at) END,
       f.opened_at, COALESCE(f.n, 0), x.left_at,
       CASE WHEN x.left_at IS NULL THEN NULL WHEN c.accepted_at IS NOT NULL THEN 'accepted' ELSE 'abandoned' END,
       CASE WHEN c.state <> 'open' AND c.accepted_at IS NOT NULL THEN f.agent_id END,
       CASE WHEN c.state <> 'open' AND c.accepted_at IS NULL THEN COALESCE(c.close_reason, c.end_reason) END
FROM conversation c
LEFT JOIN LATERAL (
    SELECT min(s.opened_at) AS opened_at, count(*)::int AS n, (array_agg(s.agent_id ORDER BY s.accepted_at) FILTER (WHERE s.accepted_at IS NOT NULL))[1] AS agent_id
    FROM session s WHERE s.conversation_id = c.id
) f ON true
CROSS JOIN LATERAL (SELECT CASE WHEN c.state <> 'open' THEN COALESCE(c.accepted_at, c.ended_at, c.closed_at, c.last_activity_at) END AS left_at) x
WHERE c.queue_id IS NOT NULL AND (c.state <> 'open' OR c.hold IS NULL);

-- One row for each time that an agent had one presence. Nothing tells of the time
-- before.
CREATE TABLE presence_interval (
    id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    agent_id  uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    presence  text NOT NULL,
    custom_id uuid, -- the presence chosen, if it was added
    began_at  timestamptz NOT NULL,
    ended_at  timestamptz
);
CREATE UNIQUE INDEX presence_interval_current ON presence_interval (agent_id) WHERE ended_at IS NULL;
CREATE INDEX presence_interval_agent ON presence_interval (agent_id, began_at);
CREATE INDEX presence_interval_ended ON presence_interval (ended_at);

-- +goose StatementBegin
CREATE FUNCTION keep_presence_interval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE presence_interval SET ended_at = clock_timestamp() WHERE agent_id = NEW.agent_id AND ended_at IS NULL;
    INSERT INTO presence_interval (agent_id, presence, custom_id, began_at) VALUES (NEW.agent_id, NEW.presence, NEW.custom_id, clock_timestamp());
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER agent_status_begins AFTER INSERT ON agent_status FOR EACH ROW EXECUTE FUNCTION keep_presence_interval();
CREATE TRIGGER agent_status_changes AFTER UPDATE OF presence, custom_id ON agent_status
    FOR EACH ROW WHEN ((OLD.presence, OLD.custom_id) IS DISTINCT FROM (NEW.presence, NEW.custom_id)) EXECUTE FUNCTION keep_presence_interval();
INSERT INTO presence_interval (agent_id, presence, custom_id, began_at) SELECT agent_id, presence, custom_id, now() FROM agent_status;

-- Sessions of an agent, and of a time, for reports.
CREATE INDEX session_agent ON session (agent_id, opened_at);
CREATE INDEX session_opened ON session (opened_at);

-- +goose Down
DROP INDEX session_opened, session_agent;
DROP TRIGGER agent_status_changes ON agent_status;
DROP TRIGGER agent_status_begins ON agent_status;
DROP FUNCTION keep_presence_interval();
DROP TABLE presence_interval;
DROP TRIGGER conversation_waits ON conversation;
DROP TRIGGER conversation_enters ON conversation;
DROP FUNCTION keep_queue_segment();
DROP TABLE queue_segment;
