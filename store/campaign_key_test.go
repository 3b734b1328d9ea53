package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store"
	"switchboard/store/campaigndb"
	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// What became of a batch is written down by key: it reads as many rows of a large
// campaign, of which the planner knows nothing yet, as of a small one.
func TestCampaign_OutcomesAreFoundByKey(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(`ALTER TABLE campaign_recipient SET (autovacuum_enabled = off)`) // it may not learn meanwhile
	db.SQL.MustExec(sendings, site.Account, site.Address)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT id FROM campaign WHERE state = 'running'`))
	db.SQL.MustExec(`INSERT INTO campaign_recipient (campaign_id, seq, to_address, opted_in) SELECT $1, s, 'U' || s, true FROM generate_series(501, 20000) s`, id)
	got, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: id, Lo: 1, Hi: 20000, Limit: 128, Account: site.Account, Channel: "line"})
	require.NoError(t, err)
	require.Len(t, got.List, 128)
	require.NoError(t, db.Store.Close())
	read := func() int {
		t.Helper()
		const others = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`
		require.Eventually(t, func() bool {
			var left int
			err := db.SQL.Get(&left, others)
			return err == nil && left == 0
		}, tier.Patience(time.Minute), 10*time.Millisecond)
		db.SQL.MustExec(`SELECT pg_stat_force_next_flush()`)
		var n int
		require.NoError(t, db.SQL.Get(&n, `SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'campaign_recipient'`))
		return n
	}
	db.SQL.SetMaxOpenConns(1)
	before := read()
	st, err := store.Open(db.DSN, storetest.TestSealer())
	require.NoError(t, err)
	var out []campaigndb.RecipientOutcome
	for _, r := range got.List {
		out = append(out, campaigndb.RecipientOutcome{Seq: r.Seq, Status: "sent", ProviderID: uuid.NewString()})
	}
	require.NoError(t, st.Campaign.FinishRecipients(ctx, campaigndb.Content{Account: site.Account, Address: site.Address, Channel: "line"}, id, out))
	require.NoError(t, st.Close())
	after := read()
	require.GreaterOrEqual(t, after-before, len(out), "the measure works")
	require.LessOrEqual(t, after-before, 4*len(out))
}
