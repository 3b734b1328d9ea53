package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/activities"
	"switchboard/dev/sandbox"
	"switchboard/domain/campaign"
	"switchboard/store/campaigndb"
	"switchboard/store/templatedb"
	"switchboard/test/tier"
)

const insertCampaign = `
WITH t AS (INSERT INTO message_template (name, channel, default_language) VALUES ('doubt', 'line', 'en') RETURNING id),
o AS (INSERT INTO outbound_configuration (name, channel, address_id, template_id) SELECT 'doubt', 'line', $1, id FROM t RETURNING id)
INSERT INTO campaign (kind, state, configuration_id, total, last_seq, frozen) SELECT 'campaign', 'running', id, 1, 1, $2 FROM o RETURNING id`

// sending is a campaign on LINE to one friend.
type sending struct {
	*atLINE
	c  *activities.Campaigns
	id uuid.UUID
}

func campaignOverLINE(t *testing.T) *sending {
	t.Helper()
	s := &sending{atLINE: overLINE(t)}
	s.c = &activities.Campaigns{Store: s.db.Store, Accounts: s.db.Config, Registry: s.d.Registry, PublicURL: "https://example.com"}
	var address uuid.UUID
	require.NoError(t, s.db.SQL.Get(&address, `SELECT id FROM address`))
	frozen, err := json.Marshal(campaigndb.Content{Account: s.account, Provider: "line", Address: address, Channel: "line",
		Wordings: []campaigndb.Wording{{Default: "en", Texts: []templatedb.TemplateText{{Language: "en", Text: "news"}}}}})
	require.NoError(t, err)
	require.NoError(t, s.db.SQL.Get(&s.id, insertCampaign, address, frozen))
	s.db.SQL.MustExec(`INSERT INTO campaign_recipient (campaign_id, seq, to_address, opted_in) VALUES ($1, 1, 'U1', true)`, s.id)
	return s
}

func (s *sending) send(t *testing.T) activities.RangeSent {
	t.Helper()
	out, err := s.c.SendRange(t.Context(), activities.SendRange{Campaign: s.id, Lo: 1, Hi: 1})
	require.NoError(t, err)
	return out
}

// stands is where the recipient stands, which is what the counts say too.
func (s *sending) stands(t *testing.T, want string) {
	t.Helper()
	var row, counted string
	require.NoError(t, s.db.SQL.Get(&row, `SELECT status || ' ' || code FROM campaign_recipient WHERE campaign_id = $1`, s.id))
	require.Equal(t, want, row)
	require.NoError(t, s.db.SQL.Get(&counted, `SELECT status || ' ' || code FROM campaign_count WHERE campaign_id = $1 AND n > 0`, s.id))
	require.Equal(t, want, counted)
	s.once(t, "news")
}

// doubtful leaves the recipient waiting for another try of a message that LINE
// took without saying so.
func (s *sending) doubtful(t *testing.T) {
	t.Helper()
	s.fault(sandbox.Fault{Kind: "drop_after_accept", Times: 1})
	s.fault(sandbox.Fault{Kind: "429", RetryAfter: time.Hour})
	require.True(t, s.send(t).Left, "the provider wants a long pause")
	s.box.ClearFaults(sandboxLINE)
}

// A campaign's message in doubt is repeated under its id whatever happened since,
// and where that would do harm it ends as unknown, not as failed, refused or
// never tried.
func TestFault_F2_CampaignInDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, *sending)
		want      string
	}{
		"nothing": {func(*testing.T, *sending) {}, "sent "},
		"they opted out": {func(t *testing.T, s *sending) {
			s.db.SQL.MustExec(`UPDATE contact_point SET opted_out_at = now()`)
		}, "sent "},
		"the retry key may be forgotten": {func(t *testing.T, s *sending) {
			s.db.SQL.MustExec(`UPDATE campaign_recipient SET claimed_at = now() - interval '24 hours'`)
		}, "unknown cut_off"},
		"the repeat is refused": {func(t *testing.T, s *sending) {
			s.fault(sandbox.Fault{Kind: "400", Times: 1})
		}, "unknown http_400"},
		"put off too often": {func(t *testing.T, s *sending) {
			s.db.SQL.MustExec(`UPDATE campaign_recipient SET attempt = 100`)
			s.fault(sandbox.Fault{Kind: "429", Times: 1})
		}, "unknown gave_up"},
		"it is canceled": {func(t *testing.T, s *sending) {
			_, err := s.db.Campaign.CommandCampaign(t.Context(), campaigndb.CampaignCommand{Campaign: s.id, Kind: campaign.Cancel})
			require.NoError(t, err)
		}, "unknown http_429"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := campaignOverLINE(t)
			s.doubtful(t)
			c.meanwhile(t, s)
			s.send(t)
			s.stands(t, c.want)
		})
	}
}

// Who was put back without doubt is not tried after a cancel, and stays as it is.
func TestFault_F2_CanceledWithoutDoubt(t *testing.T) {
	t.Parallel()
	s := campaignOverLINE(t)
	s.fault(sandbox.Fault{Kind: "429", RetryAfter: time.Hour})
	require.True(t, s.send(t).Left)
	s.box.ClearFaults(sandboxLINE)
	_, err := s.db.Campaign.CommandCampaign(t.Context(), campaigndb.CampaignCommand{Campaign: s.id, Kind: campaign.Cancel})
	require.NoError(t, err)
	s.send(t)
	var row string
	require.NoError(t, s.db.SQL.Get(&row, `SELECT status || ' ' || code FROM campaign_recipient WHERE campaign_id = $1`, s.id))
	require.Equal(t, "pending http_429", row)
	require.Zero(t, s.user.Count("news"), fmt.Sprint(s.box.Calls(sandboxLINE)))
}

// Who waits for their place in the line of a number with a limit is not claimed
// yet: cut off now, nobody would be in doubt.
func TestFault_NobodyIsClaimedBeforeTheirTurn(t *testing.T) {
	t.Parallel()
	s := campaignOverLINE(t)
	s.db.SQL.MustExec(`UPDATE address SET send_rate = 1`)
	s.db.SQL.MustExec(`INSERT INTO send_bucket (key, at) SELECT 'address/' || id, now() + interval '1 hour' FROM address`)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.c.SendRange(ctx, activities.SendRange{Campaign: s.id, Lo: 1, Hi: 1})
		ended <- err
	}()
	require.Eventually(t, func() bool {
		var stands bool
		err := s.db.SQL.Get(&stands, `SELECT at > now() + interval '1 hour' FROM send_bucket`)
		return err == nil && stands
	}, tier.Patience(time.Minute), 5*time.Millisecond, "it stands in the line")
	var row string
	require.NoError(t, s.db.SQL.Get(&row, `SELECT status || ' ' || attempt FROM campaign_recipient`))
	require.Equal(t, "pending 0", row)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}
