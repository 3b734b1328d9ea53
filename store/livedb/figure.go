package livedb

import (
	"switchboard/domain/metric"
	"switchboard/store/auditdb"
)

// What each live figure counts among the conversations c that are not closed. Counts
// and lists are made of these, so that a list has as many rows as its figure says.
const (
	isOngoing    = `true`
	isWaiting    = `(c.state = 'open' AND c.hold IS NULL)`
	isOffered    = `(c.state = 'open' AND c.hold IS NULL AND c.offer_id IS NOT NULL)`
	isHeld       = `(c.state = 'open' AND c.hold IS NOT NULL)`
	isActive     = `(c.state = 'active')`
	isUnanswered = `(c.state = 'active' AND c.unanswered_since IS NOT NULL)`
	isParked     = `(c.state = 'waiting')`
	isWrapUp     = `(c.state = 'wrap-up')`

	// isOf is the rule of what belongs to a figure ($2).
	isOf = `CASE $2::text WHEN '` + metric.Ongoing + `' THEN ` + isOngoing + ` WHEN '` + metric.Waiting + `' THEN ` + isWaiting +
		` WHEN '` + metric.Offered + `' THEN ` + isOffered + ` WHEN '` + metric.Held + `' THEN ` + isHeld +
		` WHEN '` + metric.Active + `' THEN ` + isActive + ` WHEN '` + metric.Unanswered + `' THEN ` + isUnanswered +
		` WHEN '` + metric.Parked + `' THEN ` + isParked + ` WHEN '` + metric.WrapUp + `' THEN ` + isWrapUp + ` END`

	counted = `count(*) FILTER (WHERE ` + isOngoing + `) AS ongoing, count(*) FILTER (WHERE ` + isWaiting + `) AS waiting,
       count(*) FILTER (WHERE ` + isOffered + `) AS offered, count(*) FILTER (WHERE ` + isHeld + `) AS held,
       count(*) FILTER (WHERE ` + isActive + `) AS active, count(*) FILTER (WHERE ` + isUnanswered + `) AS unanswered,
       count(*) FILTER (WHERE ` + isParked + `) AS parked, count(*) FILTER (WHERE ` + isWrapUp + `) AS wrap_up,
       min(COALESCE(c.waiting_since, c.created_at)) FILTER (WHERE ` + isWaiting + `) AS longest_since`

	live = `FROM conversation c WHERE c.state <> 'closed' AND ` + auditdb.InScope

	shown = `COALESCE(f.ongoing, 0) AS ongoing, COALESCE(f.waiting, 0) AS waiting, COALESCE(f.offered, 0) AS offered, COALESCE(f.held, 0) AS held,
       COALESCE(f.active, 0) AS active, COALESCE(f.unanswered, 0) AS unanswered, COALESCE(f.parked, 0) AS parked,
       COALESCE(f.wrap_up, 0) AS wrap_up, f.longest_since`
)
