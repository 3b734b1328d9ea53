package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/storetest"
	"switchboard/test/tier"
)

// The address of the database leads to a standby, which is promoted later; then
// the server is made read-only while sessions stand.
func TestField_F03_AfterAFailover(t *testing.T) {
	t.Parallel()
	pair := storetest.NewPair(t)
	b := setupOn(t, pair.DB)
	write := func() answer {
		return b.post("/v1/queues", b.admin, map[string]any{"name": "queue " + uuid.NewString()})
	}
	for range 3 {
		write().is(http.StatusCreated)
	}
	b.get("/readyz", "").is(http.StatusOK)

	var lag bool
	require.Eventually(t, func() bool { // what is not there yet is lost, and is no affair of ours
		return pair.Standby.Get(&lag, `SELECT count(*) < 3 FROM queue WHERE name LIKE 'queue %'`) == nil && !lag
	}, tier.Patience(time.Minute), 10*time.Millisecond)
	pair.TurnToStandby()
	for range 3 {
		refused := write()
		refused.problem(http.StatusServiceUnavailable, "unavailable")
		require.NotEmpty(t, refused.Header().Get("Retry-After"))
	}
	b.get("/readyz", "").is(http.StatusServiceUnavailable)

	pair.Standby.MustExec(`SELECT pg_promote()`)
	require.Eventually(t, func() bool { return write().Code == http.StatusCreated }, tier.Patience(time.Minute), 20*time.Millisecond)
	b.get("/readyz", "").is(http.StatusOK)

	readOnly := func(on string) {
		pair.Standby.MustExec(`ALTER SYSTEM SET default_transaction_read_only = ` + on)
		pair.Standby.MustExec(`SELECT pg_reload_conf()`)
	}
	readOnly("on")
	require.Eventually(t, func() bool { return b.get("/readyz", "").Code == http.StatusServiceUnavailable }, tier.Patience(time.Minute), 20*time.Millisecond)
	write().problem(http.StatusServiceUnavailable, "unavailable")
	pair.Standby.MustExec(`SET default_transaction_read_only = off`)
	readOnly("off")
	require.Eventually(t, func() bool { return write().Code == http.StatusCreated }, tier.Patience(time.Minute), 20*time.Millisecond)
	b.get("/readyz", "").is(http.StatusOK)
	require.NotContains(t, b.log.String(), `"code":"internal"`)
}
