package store_test

import (
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/schema"
	"switchboard/store/storetest"
)

// An installation of the first version takes every later one with its data in
// place, and its conversations go on.
func TestMigrate_FromTheFirstVersionWithData(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	p, err := goose.NewProvider(goose.DialectPostgres, db.SQL.DB, schema.Migrations)
	require.NoError(t, err)
	_, err = p.DownTo(ctx, 1)
	require.NoError(t, err)
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 3)[0]
	id := db.Waiting(t, site, 1)[0]
	db.SQL.MustExec(`UPDATE workstream SET open_timeout = 60, active_timeout = 120, wrap_up_timeout = 180`)
	db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, held_by = $2, held_units = 1, last_inbound_at = now() WHERE id = $1`, id, agent)
	db.SQL.MustExec(`UPDATE agent_status SET load = 1 WHERE agent_id = $1`, agent)
	_, err = p.Up(ctx)
	require.NoError(t, err)

	f, err := db.Conversation.Snapshot(ctx, id)
	require.NoError(t, err)
	require.Equal(t, conversation.Active, f.State.Phase)
	require.Equal(t, 2*time.Minute, f.State.Policy.ActiveTimeout, "what was set stays")
	require.Equal(t, 30*24*time.Hour, f.State.Policy.WaitingTimeout, "what is new has its default")
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Park, Agent: agent.String()}))
	require.True(t, transition(t, db.Store, id, conversation.Command{Kind: conversation.Resume, Agent: agent.String()}))
	db.Check(t)
}
