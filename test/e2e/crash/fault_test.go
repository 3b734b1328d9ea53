package crash

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"switchboard/dev/sandbox"
	"switchboard/test/rig"
	"switchboard/workflows/contract"
)

// changed waits until the event log tells of a change of a conversation.
func changed(t *testing.T, conversation uuid.UUID, change string) {
	t.Helper()
	eventually(t, change, func() bool {
		return count(t, `SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' = $2`, conversation, change) > 0
	})
}

// Commands write their rows, and Temporal dies before it has kept that they did;
// nobody gives them again. Each has happened all the same: its timer fires, its
// workflow ends, although nobody writes.
func TestFault_F1_LostCommands(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 11, map[string]any{"wrap_up_timeout": 5, "follow_up_after": 5})
	require.NoError(t, err)
	h := followOffers(t, site)
	all := h.take(t, 3)
	ended, parked, closed := all[0], all[1], all[2]
	db := database(t, "switchboard")
	lock, err := db.BeginTxx(t.Context(), nil)
	require.NoError(t, err)
	defer lock.Rollback() //nolint:errcheck // after the commit it does nothing
	_, err = lock.ExecContext(t.Context(), `SELECT FROM conversation WHERE workstream_id = $1 FOR UPDATE`, site.Workstream)
	require.NoError(t, err)
	failed := make(chan error, 3)
	go func() { failed <- h.ann.CommandOnce(t.Context(), ended, "end", "", nil) }()
	go func() { failed <- h.ann.CommandOnce(t.Context(), parked, "park", "", nil) }()
	go func() { failed <- shared.Admin.CommandOnce(t.Context(), closed, "force-close", "", nil) }()
	eventually(t, "all three wait for their rows", func() bool {
		return count(t, `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%SELECT c.state, c.version, %'`) == 3
	})
	shared.Temporal.Kill()
	require.NoError(t, lock.Commit())
	for id, state := range map[uuid.UUID]string{ended: "wrap-up", parked: "waiting", closed: "closed"} {
		eventually(t, "the row is written", func() bool {
			return count(t, `SELECT count(*) FROM conversation WHERE id = $1 AND state = $2`, id, state) == 1
		})
	}
	for range 3 {
		require.Error(t, <-failed, "its answer is lost")
	}
	require.NoError(t, shared.Temporal.Restart(t.Context()))
	changed(t, ended, "closed")
	changed(t, parked, "followed_up")
	same(t)
	closeAll(t, site)
}

// states are conversations in four states, whose timers run for a few seconds.
type states struct{ offered, wrapUp, parked, active uuid.UUID }

func fourStates(t *testing.T, n int) (states, *rig.Site) {
	t.Helper()
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), n, map[string]any{"offer_timeout": 8, "wrap_up_timeout": 8, "follow_up_after": 8})
	require.NoError(t, err)
	h := followOffers(t, site)
	all := h.take(t, 3)
	s := states{wrapUp: all[0], parked: all[1], active: all[2]}
	sent, err := site.LINE.User(fmt.Sprintf(rig.MarkUser+"%024x", 0xdef000)).Says(t.Context(), rig.MarkText+" hello")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, sent.Status)
	s.offered = (<-h.offers).Conversation.UUID
	require.NoError(t, h.ann.Command(t.Context(), s.wrapUp, "end", "", nil))
	require.NoError(t, h.ann.Command(t.Context(), s.parked, "park", "", nil))
	return s, site
}

// goOn: each timer fires, although nobody writes, and once.
func (s states) goOn(t *testing.T) {
	t.Helper()
	changed(t, s.offered, "offer_expired")
	changed(t, s.wrapUp, "closed")
	changed(t, s.parked, "followed_up")
	same(t)
	for _, id := range []uuid.UUID{s.wrapUp, s.parked} {
		once := `SELECT count(*) FROM event WHERE conversation_id = $1 AND data->>'change' IN ('closed', 'followed_up')`
		require.Equal(t, 1, count(t, once, id))
	}
}

// Workflows that somebody terminated are started again from their rows.
func TestFault_F5_Terminated(t *testing.T) {
	s, site := fourStates(t, 12)
	c, err := client.DialContext(t.Context(), client.Options{HostPort: shared.Temporal.Address(), Namespace: "switchboard"})
	require.NoError(t, err)
	defer c.Close()
	for _, id := range []uuid.UUID{s.offered, s.wrapUp, s.parked, s.active} {
		require.NoError(t, c.TerminateWorkflow(t.Context(), contract.ConversationID(id), "", "by an operator"))
	}
	s.goOn(t)
	closeAll(t, site)
}

// So are they all when Temporal has forgotten everything.
func TestFault_F5_TemporalEmptied(t *testing.T) {
	s, site := fourStates(t, 13)
	shared.Forget(t)
	s.goOn(t)
	closeAll(t, site)
}

// restart ends the product's processes, does something without them, and starts
// them again.
func restart(t *testing.T, between func(db *sqlx.DB)) {
	t.Helper()
	for _, part := range []string{"api", "worker"} {
		shared.Process(part).Kill()
	}
	shared.EndLooks()
	between(database(t, "postgres"))
	for _, part := range []string{"worker", "api"} {
		require.NoError(t, shared.Run(t.Context(), part))
	}
}

// Switchboard's database is restored from before what Temporal knows. The rows
// are right: workflows learn them, those that ended begin again, and those whose
// conversations are not there end. What is written then is heard and sent.
func TestFault_F4_OlderDatabase(t *testing.T) {
	shared.ExplainFailure(t)
	site, err := shared.NewSite(t.Context(), 14, nil)
	require.NoError(t, err)
	h := followOffers(t, site)
	all := h.take(t, 3)
	closed, parked, active := all[0], all[1], all[2]
	restart(t, func(db *sqlx.DB) {
		_, err := db.ExecContext(t.Context(), `CREATE DATABASE snapshot TEMPLATE switchboard`)
		require.NoError(t, err)
	})
	h.take(t, 1)
	for _, name := range []string{"end", "close"} {
		require.NoError(t, h.ann.Command(t.Context(), closed, name, "", nil))
	}
	for i := range 3 {
		_, _, err := h.ann.Answer(t.Context(), active, uuid.NewString(), rig.MarkText+" before")
		require.NoError(t, err, i)
	}
	require.NoError(t, h.ann.Command(t.Context(), parked, "park", "", nil))
	eventually(t, "every answer was decided", func() bool {
		return count(t, `SELECT count(*) FROM message WHERE conversation_id = $1 AND status IN ('queued', 'sending')`, active) == 0
	})
	restart(t, func(db *sqlx.DB) {
		for _, do := range []string{`DROP DATABASE switchboard WITH (FORCE)`, `ALTER DATABASE snapshot RENAME TO switchboard`} {
			_, err := db.ExecContext(t.Context(), do)
			require.NoError(t, err)
		}
	})
	same(t)
	for i, id := range []uuid.UUID{closed, parked, active} {
		text := fmt.Sprintf("%s after %d", rig.MarkText, i)
		_, _, err := h.ann.Answer(t.Context(), id, uuid.NewString(), text)
		require.NoError(t, err)
		eventually(t, "the answer arrived", func() bool {
			return slices.ContainsFunc(h.customers, func(c *sandbox.Phone) bool { return c.Count(text) == 1 })
		})
	}
	require.Equal(t, 3, count(t, `SELECT count(*) FROM conversation WHERE workstream_id = $1 AND state = 'active'`, site.Workstream))
	closeAll(t, site)
}
