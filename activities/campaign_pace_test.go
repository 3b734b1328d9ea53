package activities

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/storetest"
)

const insertPaced = `
WITH t AS (INSERT INTO message_template (name, channel, default_language) VALUES ($2, 'line', 'en') RETURNING id),
o AS (INSERT INTO outbound_configuration (name, channel, address_id, template_id) SELECT $2, 'line', $1, id FROM t RETURNING id)
INSERT INTO campaign (kind, state, configuration_id, total, last_seq) SELECT 'campaign', 'running', id, 1, 1 FROM o RETURNING id`

// The organisation's limit holds for campaigns on different numbers together,
// none of which has one of its own.
func TestPace_OfTheOrganisation(t *testing.T) {
	t.Parallel()
	const perSecond, campaigns, each = 40, 3, 30
	db, ctx := storetest.New(t), t.Context()
	db.SQL.MustExec(`UPDATE outbound_setting SET send_rate = $1`, perSecond)
	began := time.Now()
	var all sync.WaitGroup
	for i := range campaigns {
		site := db.Site(t)
		var id uuid.UUID
		require.NoError(t, db.SQL.Get(&id, insertPaced, site.Address, fmt.Sprint("paced ", i)))
		all.Go(func() {
			p := &pace{store: db.Store, campaign: id, address: site.Address}
			_, err := p.refresh(ctx, connections)
			for n := 0; n < each && err == nil; n++ {
				err = p.wait(ctx, each-n)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	// All but those of the first leases waited for the others' turns.
	waited := float64(campaigns*each) - float64(campaigns)*max(1, perSecond*leaseFor.Seconds())
	require.GreaterOrEqual(t, time.Since(began).Seconds(), waited/perSecond)
}
