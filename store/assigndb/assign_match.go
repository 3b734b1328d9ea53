package assigndb

// The one rule of who may be offered what, of conversation c, its workstream w,
// the status a of an agent, their membership m of its queue, and a rule r of
// that queue. A queue without rules joins an r of nulls, which is the usual one.
const (
	waits   = `c.state = 'open' AND c.offer_id IS NULL AND c.pushed`
	IsThere = `a.presence = ANY(w.allowed_presences)`
	OnDuty  = `NOT a.off_duty` // within their working hours
	// Who is full is offered nothing, not even what takes nothing.
	notFull = `(a.load < a.capacity OR a.profiles <> '{}')`
	HasRoom = notFull + ` AND a.capacity - a.load >= c.units
      AND (a.profiles = '{}' AND c.profile_ids = '{}' OR profile_room(a.profiles, c.profile_ids) > 0)`

	// An agent who declined is asked again only after a pause of their own and not for ever.
	notRefused = `(c.declined_by = '{}' OR NOT a.agent_id = ANY(c.declined_by)
       OR (NOT EXISTS (SELECT FROM unnest(c.declined_by, c.declined_at) AS d(agent, at)
             WHERE d.agent = a.agent_id AND d.at > now() - make_interval(secs => w.reoffer_after))
         AND cardinality(array_positions(c.declined_by, a.agent_id)) < w.max_offers))`

	ruleSkills  = `COALESCE(r.skills, 'exact')`
	ruleMethod  = `COALESCE(r.method, 'highest_capacity')`
	rulesOf     = ` LEFT JOIN assignment_rule r ON r.queue_id = c.queue_id `
	ruleApplies = `(COALESCE(r.after, 0) = 0 OR c.waiting_since <= now() - make_interval(secs => r.after))`
	skilled     = `(c.skills = '{}' OR NOT EXISTS (
        SELECT FROM jsonb_each_text(c.skills) s WHERE COALESCE((a.skills->>s.key)::int, -1) < s.value::int))`
	hasSkills = `(` + ruleSkills + ` <> 'exact' OR ` + skilled + `)`

	// mayHave is what holds for all conversations of one need alike.
	mayHave       = IsThere + ` AND ` + OnDuty + ` AND ` + HasRoom + ` AND ` + hasSkills
	mayHaveWanted = IsThere + ` AND ` + OnDuty + ` AND ` + HasRoom + ` AND (` + ruleSkills + ` <> 'exact' OR ` + hasWanted + `)`
	mayTake       = mayHave + ` AND ` + ruleApplies + ` AND ` + notRefused

	// someoneFree keeps a queue from being read when nobody could take anything.
	someoneFree = notFull + ` AND ` + OnDuty + ` AND a.presence NOT IN ('offline', 'inactive')`
)

// The order in which agents are asked. Who was asked least for this conversation
// comes first, then the rule, the skills and its method decide. Ties go to whose
// turn it is: who was offered something of this queue longest ago.
const (
	timesAsked = `CASE WHEN c.declined_by = '{}' THEN 0 ELSE cardinality(array_positions(c.declined_by, a.agent_id)) END`

	closeness = `CASE WHEN wanted.n > 0 AND ` + ruleSkills + ` = 'closest' THEN ` + closeTo + ` END`

	proficiency = `(SELECT COALESCE(sum((a.skills->>s.key)::int), 0) FROM jsonb_each_text(c.skills) s)`

	byMethod = `CASE ` + ruleMethod + `
      WHEN 'highest_capacity' THEN - CASE WHEN c.units = 0 AND c.profile_ids <> '{}' THEN profile_room(a.profiles, c.profile_ids) ELSE a.capacity - a.load END::float8
      WHEN 'most_idle' THEN CASE WHEN a.capacity > 0 THEN a.load / a.capacity::float8 ELSE 0 END
      WHEN 'least_active' THEN extract(epoch FROM a.idle_since)::float8
      WHEN 'proficiency' THEN - ` + proficiency + `::float8 END, CASE WHEN ` + ruleMethod + ` = 'most_idle' THEN a.idle_since END`

	ofTurn    = `a.assigned_at NULLS FIRST, CASE WHEN ` + ruleMethod + ` <> 'round_robin' THEN a.idle_since END, a.added_at, a.agent_id`
	bestFirst = bestFirstAlike + `, ` + ofTurn

	// Who is alike in this is asked in turn.
	bestFirstAlike = timesAsked + `, r.position, ` + closeness + `, ` + byMethod
)

// wantedSkills is what c asks for, looked up once for all agents.
const wantedSkills = `
      SELECT count(*) AS n, array_agg(s.key) AS names, array_agg(s.value::int) AS ratings FROM jsonb_each_text(c.skills) s`

// The same as skilled, and how many of the skills asked for an agent has just
// so, better and worse. Up to three are compared without a subquery per agent.
const (
	has1, has2, has3 = `(a.skills->>wanted.names[1])::int`, `(a.skills->>wanted.names[2])::int`, `(a.skills->>wanted.names[3])::int`
	ask1, ask2, ask3 = `wanted.ratings[1]`, `wanted.ratings[2]`, `wanted.ratings[3]`

	hasWanted = `(wanted.n = 0 OR COALESCE(` + has1 + ` >= ` + ask1 + `, false)
        AND (wanted.n < 2 OR COALESCE(` + has2 + ` >= ` + ask2 + `, false)) AND (wanted.n < 3 OR COALESCE(` + has3 + ` >= ` + ask3 + `, false))
        AND (wanted.n <= 3 OR ` + skilled + `))`

	countFew1, countFew2, countFew3 = `- COALESCE((` + has1, `)::int, 0) - COALESCE((` + has2, `)::int, 0) - COALESCE((` + has3

	closeTo = `CASE WHEN wanted.n <= 3 THEN ARRAY[
          ` + countFew1 + ` = ` + ask1 + countFew2 + ` = ` + ask2 + countFew3 + ` = ` + ask3 + `)::int, 0),
          ` + countFew1 + ` > ` + ask1 + countFew2 + ` > ` + ask2 + countFew3 + ` > ` + ask3 + `)::int, 0),
          ` + countFew1 + ` < ` + ask1 + countFew2 + ` < ` + ask2 + countFew3 + ` < ` + ask3 + `)::int, 0)]::bigint[] ELSE
      (SELECT ARRAY[- count(*) FILTER (WHERE h.has = h.asked), - count(*) FILTER (WHERE h.has > h.asked), - count(*) FILTER (WHERE h.has < h.asked)]
       FROM (SELECT (a.skills->>s.key)::int AS has, s.value::int AS asked FROM jsonb_each_text(c.skills) s) h) END`
)

// The needs that wait in queues, each with one conversation that has it: the
// index is entered once for each, however many wait. It continues a recursive
// query of (queue_id, need, id).
const (
	waitingHead = `SELECT c.queue_id, c.need, c.id FROM conversation c WHERE ` + waits + ` AND c.queue_id = `
	headOrder   = ` ORDER BY c.need, c.tier, c.rank, c.id LIMIT 1`
	nextNeeds   = `
  UNION ALL
  SELECT x.queue_id, x.need, x.id FROM needs n CROSS JOIN LATERAL (` + waitingHead + `n.queue_id AND c.need > n.need` + headOrder + `) x`
)

// AtWork is what holds for an agent of status s who takes conversations of
// workstream w, now or as soon as they have room: within their working hours,
// able to have any at all, and present in a way that the workstream asks. Who is
// shown as not to be disturbed by their load alone works, and takes the next.
const AtWork = `NOT s.off_duty AND (s.capacity > 0 OR s.profiles <> '{}')
  AND (s.presence = ANY(w.allowed_presences) OR (s.presence = 'do_not_disturb' AND s.chosen IS NULL))`
