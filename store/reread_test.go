package store_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/domain/conversation"
	"switchboard/domain/routing"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/storetest"
)

// Whatever the timers of live conversations follow from, their workflows are told
// when it changes; of what changes nothing for them they hear nothing.
func TestSeed_R2_ChangedTimeoutsReachLiveConversations(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	agent := db.Agents(t, &site, 1, 9)[0]
	live := db.Waiting(t, site, 4)
	for i, kinds := range [][]conversation.Kind{{conversation.Pick}, {conversation.Pick, conversation.Park}, {conversation.Pick, conversation.End},
		{conversation.Pick, conversation.End, conversation.Close}} {
		for _, k := range kinds {
			_, err := command(t, db, live[i], conversation.Command{Kind: k, Agent: agent.String()})
			require.NoError(t, err)
		}
	}
	closed := live[3]
	live = append(live[:3:3], db.Waiting(t, site, 1)...)
	rung := func() (out []uuid.UUID) {
		for _, id := range append(live, closed) {
			b, err := db.Outbox.ReadBell(ctx, id)
			require.NoError(t, err)
			if b.Bell.Check {
				require.NotZero(t, b.Rings)
				out = append(out, id)
			}
		}
		db.SQL.MustExec(`DELETE FROM bell`)
		return out
	}
	change := func(f func(*configdb.Workstream)) {
		_, err := db.Admin.ChangeWorkstream(ctx, auditdb.Actor{}, site.Workstream, func(w *configdb.Workstream) error { f(w); return nil })
		require.NoError(t, err)
	}
	for name, f := range map[string]func(*configdb.Workstream){
		"open_timeout":      func(w *configdb.Workstream) { w.OpenTimeout = ptr(5) },
		"active_timeout":    func(w *configdb.Workstream) { w.ActiveTimeout = ptr(5) },
		"waiting_timeout":   func(w *configdb.Workstream) { w.WaitingTimeout = ptr(5) },
		"wrap_up_timeout":   func(w *configdb.Workstream) { w.WrapUpTimeout = ptr(5) },
		"away_timeout":      func(w *configdb.Workstream) { w.AwayTimeout = ptr(5) },
		"wrap_up_block_for": func(w *configdb.Workstream) { w.WrapUpBlockFor = 7 },
		"follow_up_after":   func(w *configdb.Workstream) { w.FollowUpAfter = 7 },
		"reconnect_for":     func(w *configdb.Workstream) { w.ReconnectFor = 7 },
		"window_notice":     func(w *configdb.Workstream) { w.WindowNotice = 7 },
	} {
		change(f)
		require.ElementsMatch(t, live, rung(), name)
	}
	change(func(w *configdb.Workstream) { w.Name = "Renamed" })
	require.Empty(t, rung())

	rule, err := db.Admin.CreateTimeoutRule(ctx, auditdb.Actor{}, admindb.TimeoutRule{Workstream: site.Workstream, Name: "Close", Silent: "customer", After: 60, Action: "close", Enabled: true})
	require.NoError(t, err)
	require.ElementsMatch(t, live, rung())
	_, err = db.Admin.ChangeTimeoutRule(ctx, auditdb.Actor{}, rule.ID, func(r *admindb.TimeoutRule) error { r.After = 5; return nil })
	require.NoError(t, err)
	require.ElementsMatch(t, live, rung())
	require.NoError(t, db.Admin.DeleteTimeoutRule(ctx, auditdb.Actor{}, rule.ID))
	require.ElementsMatch(t, live, rung())

	_, err = db.Admin.SetOverflow(ctx, auditdb.Actor{}, site.Queue, []routing.Overflow{{When: routing.Waited, Limit: 60, Action: routing.End}})
	require.NoError(t, err)
	require.Equal(t, live[3:], rung(), "only what waits in the queue")
}
