package store_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/routing"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/storetest"
)

// Rules that name a queue and its deletion at the same moment: one of them is told.
func TestSeed_R2_RulesNeverNameADeletedQueue(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	for range 15 {
		q := queue(t, db)
		var saved, deleted error
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _, saved = db.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, site.Workstream, admindb.RoutingChange{Rules: routing.Model{Route: routing.Route{Fallback: q.String()}}})
		})
		wg.Go(func() { deleted = db.Admin.DeleteQueue(ctx, auditdb.Actor{}, q) })
		wg.Wait()
		require.NotEqual(t, saved == nil, deleted == nil, "saved: %v, deleted: %v", saved, deleted)
		_, _, err := db.Admin.SaveRoutingRules(ctx, auditdb.Actor{}, site.Workstream, admindb.RoutingChange{})
		require.NoError(t, err)
	}
}
