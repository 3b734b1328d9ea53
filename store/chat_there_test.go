package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/store/storetest"
)

// Typing 1.8: visitors are promised somebody only while somebody is at work who
// gets conversations, be it the next one that there is room for.
func TestAgentsThere_OnlyWhoIsAtWork(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	elsewhere := db.Site(t)
	db.Agents(t, &elsewhere, 1, 3)
	agent := db.Agents(t, &site, 1, 3)[0]
	for name, c := range map[string]struct {
		set  string
		want bool
	}{
		"available":                        {`presence = 'available'`, true},
		"partly busy":                      {`presence = 'busy', load = 1`, true},
		"full, by load alone":              {`presence = 'do_not_disturb', load = 3`, true},
		"not to be disturbed, as they say": {`presence = 'do_not_disturb', chosen = 'do_not_disturb'`, false},
		"away":                             {`presence = 'away', chosen = 'away'`, false},
		"inactive":                         {`presence = 'inactive', inactive_since = now()`, false},
		"gone or disabled":                 {`presence = 'offline'`, false},
		"outside their working hours":      {`presence = 'available', off_duty = true`, false},
		"with room for none at all":        {`presence = 'do_not_disturb', capacity = 0`, false},
		"available with room for none":     {`presence = 'available', chosen = 'available', capacity = 0`, false},
	} {
		t.Run(name, func(t *testing.T) {
			db.SQL.MustExec(`UPDATE agent_status SET presence = 'available', chosen = NULL, load = 0, capacity = 3, off_duty = false, inactive_since = NULL WHERE agent_id = $1`, agent)
			db.SQL.MustExec(`UPDATE agent_status SET `+c.set+` WHERE agent_id = $1`, agent)
			there, err := db.Store.Webchat.AgentsThere(t.Context(), site.Queue, site.Workstream)
			require.NoError(t, err)
			require.Equal(t, c.want, there)
		})
	}
	db.SQL.MustExec(`DELETE FROM queue_member WHERE agent_id = $1`, agent)
	there, err := db.Store.Webchat.AgentsThere(t.Context(), site.Queue, site.Workstream)
	require.NoError(t, err)
	require.False(t, there, "who is a member of another queue only")
}
