package activities

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/store/campaigndb"
	"switchboard/store/storetest"
)

// Zones are read once for a range, and open and close as time goes by.
func TestOpenZones_AsTimeGoesBy(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `
WITH t AS (INSERT INTO message_template (name, channel, default_language) VALUES ('zones', 'line', 'en') RETURNING id),
o AS (INSERT INTO outbound_configuration (name, channel, address_id, template_id) SELECT 'zones', 'line', $1, id FROM t RETURNING id)
INSERT INTO campaign (kind, state, configuration_id, total, last_seq) SELECT 'campaign', 'running', id, 3, 3 FROM o RETURNING id`, site.Address))
	db.SQL.MustExec(`INSERT INTO campaign_recipient (campaign_id, seq, to_address, zone) VALUES ($1, 1, 'U1', 'Asia/Tokyo'), ($1, 2, 'U2', ''), ($1, 3, 'U3', '')`, id)
	now := time.Date(2026, 6, 1, 6, 0, 0, 0, time.UTC) // 15:00 in Tokyo
	s := &sender{Campaigns: &Campaigns{Store: db.Store, Now: func() time.Time { return now }}, in: SendRange{Campaign: id, Lo: 1, Hi: 3},
		c: campaigndb.Campaign{ID: id, QuietFrom: "21:00", QuietUntil: "08:00", TimeZone: "UTC"}}
	for _, at := range []struct {
		hour int
		open []string
	}{{6, []string{"Asia/Tokyo"}}, {9, []string{"", "Asia/Tokyo"}}, {13, []string{""}}, {22, []string{}}} {
		now = time.Date(2026, 6, 1, at.hour, 0, 0, 0, time.UTC)
		open, err := s.openZones(ctx)
		require.NoError(t, err)
		require.ElementsMatch(t, at.open, open, "at %d", at.hour)
		db.SQL.MustExec(`DELETE FROM campaign_recipient WHERE campaign_id = $1`, id) // it is not asked again
	}
}
