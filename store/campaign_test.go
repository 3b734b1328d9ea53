package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/domain/campaign"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/contactdb"
	"switchboard/store/pg"
	"switchboard/store/storetest"
)

// sendings are 40 campaigns that were sent to 500 customers each, but for one
// that runs.
const sendings = `
WITH t AS (INSERT INTO message_template (name, channel, default_language) VALUES ('sending', 'line', 'en') RETURNING id),
x AS (INSERT INTO message_template_text (template_id, language, text) SELECT id, 'en', 'Hello' FROM t),
o AS (INSERT INTO outbound_configuration (name, channel, address_id, template_id) SELECT 'sending', 'line', $2, id FROM t RETURNING id),
c AS (
  INSERT INTO campaign (kind, name, state, configuration_id, frozen, total, last_seq)
  SELECT 'campaign', 'sending', CASE g WHEN 1 THEN 'running' ELSE 'finished' END, o.id,
         jsonb_build_object('account', $1::uuid, 'address', $2::uuid, 'channel', 'line'), 500, 500
  FROM o, generate_series(1, 40) g RETURNING id, state
)
INSERT INTO campaign_recipient (campaign_id, seq, to_address, opted_in, status, claimed_at)
SELECT c.id, s, 'U' || s, true, CASE c.state WHEN 'running' THEN 'pending' ELSE 'sent' END, CASE c.state WHEN 'running' THEN NULL ELSE now() - interval '10 days' END
FROM c CROSS JOIN generate_series(1, 500) s`

// useCampaigns does what happens with every range, report and reply.
func useCampaigns(t *testing.T, st *store.Store, site storetest.Site) {
	t.Helper()
	ctx := t.Context()
	list, err := st.Campaign.Campaigns(ctx, auditdb.Page{Limit: 51})
	require.NoError(t, err)
	for _, c := range list {
		if c.State != campaign.Running {
			continue
		}
		f := campaigndb.Content{Account: site.Account, Address: site.Address, Channel: "line"}
		got, err := st.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: c.ID, Lo: 1, Hi: 500, Limit: 8, Account: site.Account, Channel: "line"})
		require.NoError(t, err)
		require.Len(t, got.List, 8)
		_, err = st.Campaign.RecipientsInDoubt(ctx, c.ID, 1, 500)
		require.NoError(t, err)
		_, err = st.Campaign.AnyPending(ctx, c.ID, 1, 500)
		require.NoError(t, err)
		require.NoError(t, st.Campaign.SettleDoubts(ctx, c.ID))
		var out []campaigndb.RecipientOutcome
		for _, r := range got.List {
			out = append(out, campaigndb.RecipientOutcome{Seq: r.Seq, Status: "sent", ProviderID: uuid.NewString()})
			_, err := st.Campaign.ProviderIDUsed(ctx, site.Account, r.To, uuid.NewString())
			require.NoError(t, err)
		}
		require.NoError(t, st.Campaign.FinishRecipients(ctx, f, c.ID, out))
		require.NoError(t, st.Message.StoreReports(ctx, []contactdb.Inbound{{Account: site.Account, Event: channel.Event{
			Kind: channel.KindStatus, ID: uuid.NewString(), Ref: got.List[0].Message.String(), Status: channel.StatusDelivered}}}))
		_, err = st.Message.StoreMessages(ctx, []contactdb.Inbound{message(site, got.List[1].To, uuid.NewString(), "answer")})
		require.NoError(t, err)
		_, err = st.Campaign.Ledger(ctx, c.ID, 0, "", 50)
		require.NoError(t, err)
		_, _, err = st.Campaign.ZonesLeft(ctx, c.ID)
		require.NoError(t, err)
		_, err = st.Campaign.AutoPauseIfFailing(ctx, c.ID)
		require.NoError(t, err)
		_, err = st.Campaign.SendTimeline(ctx, c.ID)
		require.NoError(t, err)
		return
	}
	require.Fail(t, "no campaign runs")
}

// Outcomes and reports in any order leave the row at the highest status, and the
// counts at what the rows are.
func TestCampaign_CountsAreTheRows(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(sendings, site.Account, site.Address)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT id FROM campaign WHERE state = 'running'`))
	db.SQL.MustExec(`UPDATE campaign SET total = 500 WHERE id = $1`, id)
	f := campaigndb.Content{Account: site.Account, Address: site.Address, Channel: "line"}
	got, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: id, Lo: 1, Hi: 500, Limit: 6, Account: site.Account, Channel: "line"})
	require.NoError(t, err)
	report := func(i int, s channel.Status, class channel.Class, code string) {
		t.Helper()
		require.NoError(t, db.Message.StoreReports(ctx, []contactdb.Inbound{{Account: site.Account, Event: channel.Event{Kind: channel.KindStatus, ID: uuid.NewString(),
			Channel: "line", Ref: got.List[i].Message.String(), Status: s, Class: class, Code: code}}}))
	}
	finish := func(i int, status, code string) {
		t.Helper()
		require.NoError(t, db.Campaign.FinishRecipients(ctx, f, id, []campaigndb.RecipientOutcome{{Seq: got.List[i].Seq, Status: status, Code: code}}))
	}
	report(0, channel.StatusDelivered, "", "") // overtakes the answer
	finish(0, "sent", "")
	finish(1, "sent", "")
	report(1, channel.StatusRead, "", "")
	report(1, channel.StatusSent, "", "")
	finish(2, "unknown", "cut_off")
	finish(2, "pending", "") // a doubt is not taken back
	report(2, channel.StatusSent, "", "")
	finish(3, "unknown", "timeout")
	finish(4, "sent", "")
	report(4, channel.StatusFailed, channel.OptedOut, "30004")
	finish(5, "pending", "429")
	want := []string{"delivered", "read", "sent", "unknown", "failed", "pending"}
	for i, r := range got.List {
		var is string
		require.NoError(t, db.SQL.Get(&is, `SELECT status FROM campaign_recipient WHERE campaign_id = $1 AND seq = $2`, id, r.Seq))
		require.Equal(t, want[i], is, "recipient %d", i)
	}
	var counted []string
	require.NoError(t, db.SQL.Select(&counted, `SELECT status || '/' || code || '/' || n FROM campaign_count WHERE campaign_id = $1 AND n <> 0 ORDER BY 1`, id))
	require.Equal(t, []string{"delivered//1", "failed/30004/1", "read//1", "sent//1", "unknown/timeout/1"}, counted)
	var out bool
	require.NoError(t, db.SQL.Get(&out, `SELECT opted_out_at IS NOT NULL FROM contact_point WHERE external_id = $1`, got.List[4].To))
	require.True(t, out, "the provider's answer ends consent")

	// Whoever is claimed is claimed once, however many ask.
	seen := make(chan int, 1000)
	errs := make(chan error, 8)
	for range 8 {
		go func() {
			for {
				c, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: id, Lo: 1, Hi: 500, Limit: 7, Account: site.Account, Channel: "line"})
				if err != nil || len(c.List) == 0 {
					errs <- err
					return
				}
				for _, r := range c.List {
					seen <- r.Seq
				}
			}
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
	close(seen)
	times := map[int]int{}
	for s := range seen {
		times[s]++
		require.Equal(t, 1, times[s], fmt.Sprint(s))
	}
	// Some may have been passed over while somebody else held them; they are claimed now.
	left, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: id, Lo: 1, Hi: 500, Limit: 500, Account: site.Account, Channel: "line"})
	require.NoError(t, err)
	require.Equal(t, 495, len(times)+len(left.List))

	// A pause stops the next claim.
	db.SQL.MustExec(`UPDATE campaign_recipient SET status = 'pending' WHERE campaign_id = $1`, id)
	_, err = db.Campaign.PauseCampaign(ctx, id, campaign.ByHand)
	require.NoError(t, err)
	c, err := db.Campaign.ClaimRecipients(ctx, campaigndb.Claim{Campaign: id, Lo: 1, Hi: 500, Limit: 8, Account: site.Account, Channel: "line"})
	require.NoError(t, err)
	require.Empty(t, c.List)
	require.Equal(t, campaign.Paused, c.State)
}

// A sender that met refused credentials before somebody mended the account, and let
// the campaign go on, does not pause it again. An account that is gone still does.
func TestPauseForAccount_NotOnceItIsMended(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(sendings, site.Account, site.Address)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT id FROM campaign WHERE state = 'running'`))
	for _, step := range []struct {
		is   string
		want campaign.State
	}{
		{`paused_code = NULL`, campaign.Running},
		{`paused_code = '401'`, campaign.Paused},
		{`paused_code = NULL`, campaign.Running},
		{`deleted_at = now()`, campaign.Paused},
	} {
		db.SQL.MustExec(`UPDATE campaign SET state = 'running', pause_reason = '' WHERE id = $1`, id)
		db.SQL.MustExec(`UPDATE account SET `+step.is+` WHERE id = $1`, site.Account)
		state, err := db.Campaign.PauseForAccount(ctx, id, site.Account)
		require.NoError(t, err)
		require.Equal(t, step.want, state, step.is)
	}
	state, err := db.Campaign.PauseForAccount(ctx, id, uuid.New())
	require.NoError(t, err)
	require.Equal(t, campaign.Paused, state)
}

// A start that was missed by long, as in a database that was restored, asks; one
// that was missed by little is made up for.
func TestCampaign_MissedStartAsks(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(sendings, site.Account, site.Address)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `SELECT id FROM campaign WHERE state = 'running'`))
	for missed, want := range map[string]campaign.State{"59 minutes": campaign.Running, "61 minutes": campaign.Paused} {
		db.SQL.MustExec(`UPDATE campaign SET state = 'scheduled', pause_reason = '', start_at = now() - $2::interval WHERE id = $1`, id, missed)
		r, err := db.Campaign.OpenCampaign(ctx, id)
		require.NoError(t, err)
		require.Equal(t, want, r.State, missed)
		var reason string
		require.NoError(t, db.SQL.Get(&reason, `SELECT pause_reason FROM campaign WHERE id = $1`, id))
		require.Equal(t, want == campaign.Paused, reason == campaign.PastDue)
	}
}

// The start of a campaign is moved as far as one may start, and no further.
func TestCampaign_StartIsWithinFiveYears(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.New(t), t.Context()
	site := db.Site(t)
	db.SQL.MustExec(sendings, site.Account, site.Address)
	var id uuid.UUID
	require.NoError(t, db.SQL.Get(&id, `UPDATE campaign SET state = 'scheduled', start_at = now() + interval '1 day'
		WHERE state = 'running' RETURNING id`))
	move := func(at time.Time) error {
		_, err := db.Campaign.CommandCampaign(ctx, campaigndb.CampaignCommand{Campaign: id, Kind: campaign.Change, StartAt: &at})
		return err
	}
	start := func() (at time.Time) {
		require.NoError(t, db.SQL.Get(&at, `SELECT start_at FROM campaign WHERE id = $1`, id))
		return at
	}
	near := time.Now().AddDate(5, 0, -1).Truncate(time.Second)
	require.NoError(t, move(near))
	require.True(t, start().Equal(near))
	for _, far := range []time.Time{time.Now().AddDate(5, 0, 1), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		var no *pg.Conflict
		require.ErrorAs(t, move(far), &no)
		require.Contains(t, no.Reason, "five years")
		require.True(t, start().Equal(near))
	}
}
