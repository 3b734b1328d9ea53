package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// One process at a time has the turn, and keeps it as long as it says so in time.
func TestFault_TurnIsOneProcessAtATime(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	take := func(holder string, lasts time.Duration) bool {
		t.Helper()
		mine, err := db.TakeTurn(ctx, "work", holder, lasts)
		require.NoError(t, err)
		return mine
	}
	require.True(t, take("a", time.Hour))
	require.False(t, take("b", time.Hour))
	require.True(t, take("a", -time.Second), "prolonged, and over at once, as of a process that is frozen")
	require.True(t, take("b", time.Hour))
	require.False(t, take("a", time.Hour))
	other, err := db.TakeTurn(ctx, "other work", "a", time.Hour)
	require.NoError(t, err)
	require.True(t, other)
}

// Pages of living conversations hold each once, without those that came later;
// standings tell of closed ones too, and of none that is not there.
func TestFault_F5_LivingConversationsAreListed(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	ids := db.Waiting(t, site, 7)
	db.SQL.MustExec(`UPDATE conversation SET created_at = now() - interval '1 hour'`)
	db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now(), version = 4 WHERE id = $1`, ids[0])
	db.Waiting(t, site, 1) // just now
	var seen []uuid.UUID
	for last := (pg.Living{}); ; {
		page, err := db.LivingAfter(ctx, last, time.Minute, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, l := range page {
			require.Equal(t, "open", l.State)
			seen = append(seen, l.ID)
		}
		last = page[len(page)-1]
	}
	require.ElementsMatch(t, ids[1:], seen)

	all, err := db.Standings(ctx, []uuid.UUID{ids[0], ids[1], uuid.New()})
	require.NoError(t, err)
	require.Equal(t, map[uuid.UUID]pg.Standing{ids[0]: {ID: ids[0], State: "closed", Version: 4}, ids[1]: {ID: ids[1], State: "open"}}, all)
}

// A closed conversation of which something is still to be sent is found, once.
func TestFault_F5_ClosedWithUnsentMessages(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.Outbound(t, site, "living")
	m := db.Outbound(t, site, "closed")
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `UPDATE conversation SET state = 'closed', closed_at = now() WHERE id = (SELECT conversation_id FROM message WHERE id = $1) RETURNING id`, m))
	unsent := func() []uuid.UUID {
		t.Helper()
		ids, err := db.ClosedUnsent(ctx, time.Minute, 10)
		require.NoError(t, err)
		return ids
	}
	require.Empty(t, unsent(), "it was written just now")
	db.SQL.MustExec(`UPDATE message SET created_at = now() - interval '1 hour'`)
	require.Equal(t, []uuid.UUID{id}, unsent())
	db.SQL.MustExec(`UPDATE message SET status = 'sent' WHERE id = $1`, m)
	require.Empty(t, unsent())
}
