package store_test

import (
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"switchboard/schema"
	"switchboard/store/auditdb"
	"switchboard/store/presencedb"
	"switchboard/store/storetest"
)

// The schema goes back and forth with presences in use.
func TestMigrate_PresencesDownAndUp(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agents := offline(t, db, &site, 2, 3)
	own, err := db.Presence.CreateCustomPresence(ctx, auditdb.Actor{}, presencedb.CustomPresence{Name: "Gone", Text: "Gone", Base: "offline"})
	require.NoError(t, err)
	db.SQL.MustExec(`UPDATE agent_status SET chosen = 'offline', custom_id = $1, inactive_since = now()`, own.ID)
	db.SQL.MustExec(`UPDATE agent SET default_presence_id = $1 WHERE id = $2`, own.ID, agents[0])
	db.SQL.MustExec(`UPDATE agent SET default_presence = 'away' WHERE id = $1`, agents[1])
	p, err := goose.NewProvider(goose.DialectPostgres, db.SQL.DB, schema.Migrations)
	require.NoError(t, err)
	_, err = p.DownTo(ctx, 5)
	require.NoError(t, err)
	var chosen []string
	require.NoError(t, db.SQL.Select(&chosen, `SELECT DISTINCT chosen FROM agent_status`))
	require.Equal(t, []string{"away"}, chosen, "the nearest that was known before")
	_, err = p.Up(ctx)
	require.NoError(t, err)
	require.Equal(t, "offline/away", holds(t, db, agents[0]))
}
