-- +goose Up

-- How a queue orders what waits, and how long a wait makes up for importance.
ALTER TABLE queue
    ADD COLUMN priority     int NOT NULL DEFAULT 100 CHECK (priority BETWEEN 0 AND 1000000), -- among an agent's queues; lower first
    ADD COLUMN buckets      jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(buckets) = 'array'), -- the first that fits; what fits none comes last
    ADD COLUMN age_priority int NOT NULL DEFAULT 0 CHECK (age_priority >= 0), -- seconds of waiting that make up for one point of priority; 0: none do
    ADD COLUMN age_bucket   int NOT NULL DEFAULT 0 CHECK (age_bucket >= 0);   -- and for one bucket

-- Who is offered what waits, in order: the first rule under which somebody can
-- take it. A queue without rules has one: exact skills, highest capacity.
CREATE TABLE assignment_rule (
    queue_id uuid NOT NULL REFERENCES queue ON DELETE CASCADE,
    position int NOT NULL CHECK (position > 0),
    after    int NOT NULL DEFAULT 0 CHECK (after >= 0), -- seconds of waiting before it applies
    skills   text NOT NULL DEFAULT 'exact' CHECK (skills IN ('exact', 'closest', 'none')),
    method   text NOT NULL DEFAULT 'highest_capacity' CHECK (method IN ('highest_capacity', 'round_robin', 'least_active', 'most_idle', 'proficiency')),
    PRIMARY KEY (queue_id, position)
);

ALTER TABLE queue_member ADD COLUMN assigned_at timestamptz; -- when last offered something of this queue

CREATE TABLE preferred_agent (
    contact_id uuid NOT NULL REFERENCES contact ON DELETE CASCADE,
    position   int NOT NULL CHECK (position BETWEEN 1 AND 10),
    agent_id   uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    PRIMARY KEY (contact_id, position),
    UNIQUE (contact_id, agent_id)
);
CREATE INDEX preferred_agent_agent ON preferred_agent (agent_id);

-- Why an agent was offered a conversation, or nobody was.
CREATE TABLE assignment_decision (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation ON DELETE CASCADE,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    queue_id        uuid,
    cause           text NOT NULL, -- what looked for whom
    offer_id        uuid, -- null: nobody could take it
    agent_id        uuid,
    candidates      jsonb NOT NULL, -- the first of them in order, and why not
    others          jsonb NOT NULL DEFAULT '{}' -- how many more, by reason
);
CREATE INDEX assignment_decision_conversation ON assignment_decision (conversation_id, id);

-- The place of what waits among the others of its queue never changes with
-- time, so that it can be an index: where waiting counts, it counts from the
-- beginning. need is the same for all that the same agents can take.
ALTER TABLE conversation
    ADD COLUMN tier bigint NOT NULL DEFAULT 0, -- strict: lower first
    ADD COLUMN rank bigint NOT NULL DEFAULT 0, -- microseconds within it
    ADD COLUMN need uuid,
    ADD COLUMN declined_by_all_at timestamptz; -- everybody who is there was asked in vain

-- +goose StatementBegin
CREATE FUNCTION place_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    q      record;
    b      jsonb;
    n      bigint := 0;
    ordered text := 'priority';
BEGIN
    SELECT buckets, age_priority, age_bucket INTO q FROM queue WHERE id = NEW.queue_id;
    FOR b IN SELECT * FROM jsonb_array_elements(q.buckets) LOOP
        IF NEW.priority <= COALESCE((b->>'priority_up_to')::int, NEW.priority)
           AND (NOT b ? 'workstream_ids' OR b->'workstream_ids' ? NEW.workstream_id::text)
           AND (NOT b ? 'channels' OR b->'channels' ? NEW.channel)
           AND (NOT b ? 'skills' OR NEW.skills ?| ARRAY(SELECT jsonb_array_elements_text(b->'skills'))) THEN
            ordered := COALESCE(b->>'order', 'priority');
            EXIT;
        END IF;
        n := n + 1;
    END LOOP;
    IF TG_OP = 'UPDATE' AND NEW.queue_id IS DISTINCT FROM OLD.queue_id THEN
        NEW.declined_by_all_at := NULL; -- others are asked
    END IF;
    NEW.tier := 0;
    NEW.rank := (extract(epoch FROM COALESCE(NEW.waiting_since, NEW.created_at)) * 1000000)::bigint;
    IF ordered = 'newest' THEN
        NEW.rank := - NEW.rank;
    ELSIF ordered = 'priority' AND q.age_priority > 0 THEN
        NEW.rank := NEW.rank + NEW.priority::bigint * q.age_priority * 1000000;
    ELSIF ordered = 'priority' THEN
        NEW.tier := NEW.priority;
    END IF;
    IF q.age_bucket > 0 THEN
        NEW.rank := NEW.rank + n * q.age_bucket * 1000000;
    ELSE
        NEW.tier := NEW.tier + (n << 32);
    END IF;
    NEW.need := md5(concat_ws('|', NEW.workstream_id, NEW.units, NEW.skills, array_to_string(NEW.profile_ids, ',')))::uuid;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER conversation_placed BEFORE INSERT ON conversation
    FOR EACH ROW WHEN (NEW.queue_id IS NOT NULL AND NEW.state = 'open') EXECUTE FUNCTION place_conversation();
CREATE TRIGGER conversation_moved BEFORE UPDATE OF queue_id, waiting_since, priority, skills, profile_ids, units, workstream_id, tier ON conversation
    FOR EACH ROW WHEN (NEW.queue_id IS NOT NULL AND NEW.state = 'open' AND
        (OLD.queue_id, OLD.waiting_since, OLD.priority, OLD.skills, OLD.profile_ids, OLD.units, OLD.workstream_id, OLD.tier) IS DISTINCT FROM
        (NEW.queue_id, NEW.waiting_since, NEW.priority, NEW.skills, NEW.profile_ids, NEW.units, NEW.workstream_id, NEW.tier))
    EXECUTE FUNCTION place_conversation();
UPDATE conversation SET tier = -1 WHERE state = 'open' AND queue_id IS NOT NULL;

DROP INDEX conversation_queued;
CREATE INDEX conversation_queued ON conversation (queue_id, tier, rank, id) WHERE state = 'open' AND offer_id IS NULL AND pushed;
CREATE INDEX conversation_needed ON conversation (queue_id, need, tier, rank, id) WHERE state = 'open' AND offer_id IS NULL AND pushed;

-- Capacity profiles of an agent's status: by id {limit, used, blocking} and,
-- where one counts until the end of the day, {zone, until}.

-- The room in all that are wanted; none if one is missing or a blocking one is used up.
-- +goose StatementBegin
CREATE FUNCTION profile_room(profiles jsonb, wanted uuid[]) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT LEAST(1000000,
    (SELECT min(COALESCE((profiles->id::text->>'limit')::int - (profiles->id::text->>'used')::int, 0)) FROM unnest(wanted) id),
    (SELECT min(0) FROM jsonb_each(profiles) p WHERE (p.value->>'blocking')::boolean AND (p.value->>'used')::int >= (p.value->>'limit')::int))
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION profile_take(profiles jsonb, wanted uuid[], now timestamptz) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT COALESCE(jsonb_object_agg(p.key, CASE WHEN NOT p.key::uuid = ANY(wanted) THEN p.value
    WHEN p.value ? 'zone' AND NOT p.value ? 'until' THEN p.value || jsonb_build_object('used', (p.value->>'used')::int + 1,
        'until', extract(epoch FROM (date_trunc('day', now AT TIME ZONE (p.value->>'zone')) + interval '1 day') AT TIME ZONE (p.value->>'zone')))
    ELSE p.value || jsonb_build_object('used', (p.value->>'used')::int + 1) END), '{}')
FROM jsonb_each(profiles) p
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION profile_free(profiles jsonb, held uuid[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT COALESCE(jsonb_object_agg(p.key, CASE WHEN p.key::uuid = ANY(held) AND NOT p.value ? 'zone'
    THEN p.value || jsonb_build_object('used', GREATEST((p.value->>'used')::int - 1, 0)) ELSE p.value END), '{}')
FROM jsonb_each(profiles) p
$$;
-- +goose StatementEnd

-- Presence by load where there are profiles: all must be used up, or a blocking
-- one. What counts until the end of the day makes nobody busy who has nothing.
-- +goose StatementBegin
CREATE FUNCTION profile_presence(load int, capacity int, profiles jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN bool_or(p.blocking AND p.used >= p.most) OR load >= capacity AND bool_and(p.used >= p.most) THEN 'do_not_disturb'
            WHEN load > 0 OR bool_or(p.used > 0 AND NOT p.daily) THEN 'busy' ELSE 'available' END
FROM (SELECT (value->>'used')::int AS used, (value->>'limit')::int AS most, (value->>'blocking')::boolean AS blocking, value ? 'zone' AS daily
      FROM jsonb_each(profiles)) p
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION profile_until(profiles jsonb) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT min((value->>'until')::double precision) FROM jsonb_each(profiles)
$$;
-- +goose StatementEnd

ALTER TABLE agent_status ADD COLUMN profiles_until double precision GENERATED ALWAYS AS (profile_until(profiles)) STORED;
CREATE INDEX agent_status_profiles_until ON agent_status (profiles_until) WHERE profiles_until IS NOT NULL;

-- +goose Down
ALTER TABLE agent_status DROP COLUMN profiles_until;
DROP FUNCTION profile_until(jsonb), profile_presence(int, int, jsonb), profile_free(jsonb, uuid[]), profile_take(jsonb, uuid[], timestamptz), profile_room(jsonb, uuid[]);
DROP TRIGGER conversation_placed ON conversation;
DROP TRIGGER conversation_moved ON conversation;
DROP FUNCTION place_conversation();
DROP INDEX conversation_queued, conversation_needed;
CREATE INDEX conversation_queued ON conversation (queue_id, priority, waiting_since, id) WHERE state = 'open' AND offer_id IS NULL AND pushed;
ALTER TABLE conversation DROP COLUMN tier, DROP COLUMN rank, DROP COLUMN need, DROP COLUMN declined_by_all_at;
DROP TABLE assignment_decision, preferred_agent, assignment_rule;
ALTER TABLE queue_member DROP COLUMN assigned_at;
ALTER TABLE queue DROP COLUMN priority, DROP COLUMN buckets, DROP COLUMN age_priority, DROP COLUMN age_bucket;
