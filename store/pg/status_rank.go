package pg

// A status between these two is its rank in SQL, as channel.Status.Rank orders
// them; a test compares both.
const (
	StatusRank    = `COALESCE(array_position(ARRAY[NULL,'sending','sent','failed','delivered','read'], replace(`
	StatusRankEnd = `, 'unknown', 'sending')), 0)`
)
