package pg_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// The database and the domain agree on which of two statuses is further.
func TestRank_SQLIsTheDomains(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	all := []channel.Status{channel.StatusQueued, channel.StatusSending, channel.StatusUnknown, channel.StatusSent, channel.StatusFailed,
		channel.StatusDelivered, channel.StatusRead}
	for _, a := range all {
		for _, b := range all {
			var further bool
			require.NoError(t, db.SQL.Get(&further, `SELECT `+pg.StatusRank+`$1::text`+pg.StatusRankEnd+` > `+pg.StatusRank+`$2::text`+pg.StatusRankEnd, a, b))
			require.Equal(t, a.Rank() > b.Rank(), further, "%s over %s", a, b)
		}
	}
}
