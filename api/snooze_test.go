package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSnooze_UntilATime(t *testing.T) {
	b := setup(t)
	id := b.active()
	path := "/v1/conversations/" + id.String()
	until := func(d time.Duration) obj { return obj{"until": time.Now().Add(d).UTC().Format(time.RFC3339)} }
	for _, in := range []obj{{}, until(-time.Minute), until(367 * 24 * time.Hour)} {
		r := b.post(path+"/snooze", b.agent, in)
		require.Equal(t, "until", r.problem(422, "invalid").get("errors.0.field"))
	}
	b.post(path+"/snooze", b.colleague, until(time.Hour)).problem(409, "not_primary")
	first := until(time.Hour)
	got := b.post(path+"/snooze", b.agent, first).is(200)
	require.Equal(t, []any{"waiting", first["until"]}, []any{got.get("state"), got.get("snoozed_until")})
	require.Equal(t, "wake", b.get(path+"/timers", b.agent).is(200).get("items.0.kind"))
	require.Zero(t, b.count(`SELECT load FROM agent_status WHERE agent_id = $1`, b.agents[0]), "its capacity is free")
	other := until(2 * time.Hour)
	require.Equal(t, other["until"], b.post(path+"/snooze", b.agent, other).is(200).get("snoozed_until"))
	require.Nil(t, b.post(path+"/resume", b.agent, nil).is(200).get("snoozed_until"))
	b.post(path+"/snooze", b.agent, first).is(200)
	require.Nil(t, b.post(path+"/force-close", b.super, nil).is(200).get("snoozed_until"))
}
