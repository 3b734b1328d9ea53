package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	enums "go.temporal.io/api/enums/v1"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
	"switchboard/workflows/contract"
)

const (
	campaignSize = 100_000
	campaignText = "Hello {Name}, our spring sale begins on Monday. Answer STOP to hear no more of it."
)

// campaign compares a campaign, its ledger written, with bare posts of the same
// messages to the same sandbox over as many kept connections. Status reports are
// held back in both: what they cost is the intake's, which is measured by itself.
func (r *run) campaign(ctx context.Context) error {
	s, err := r.site(ctx, nil)
	if err != nil {
		return err
	}
	s.Twilio.HoldReceipts(true)
	before, err := r.barePosts(ctx)
	if err != nil {
		return fmt.Errorf("bare posts: %w", err)
	}
	id, err := r.writeCampaign(ctx, s)
	if err != nil {
		return err
	}
	ours, err := r.runCampaign(ctx, s, id)
	if err != nil {
		return err
	}
	after, err := r.barePosts(ctx)
	if err != nil {
		return fmt.Errorf("bare posts: %w", err)
	}
	bare := (before + after) / 2
	r.set("campaign_ratio", ours/bare)
	r.set("campaign_per_s", ours)
	r.set("campaign_bare_posts_per_s", bare)
	return r.campaignEvents(ctx, id)
}

// writeCampaign makes a draft and fills it from a file.
func (r *run) writeCampaign(ctx context.Context, s *rig.Site) (uuid.UUID, error) {
	create := func(path string, in any) (uuid.UUID, error) {
		var made apiclient.Ref
		_, err := r.Admin.Do(ctx, http.MethodPost, path, in, &made)
		return made.ID, err
	}
	address, err := create("/v1/accounts/"+s.TwilioAcct.String()+"/addresses", map[string]any{"channel": "sms", "address": s.SMS})
	if err != nil {
		return uuid.Nil, err
	}
	template, err := create("/v1/templates", map[string]any{"name": "bench", "channel": "sms", "default_language": "en", "text": campaignText})
	if err != nil {
		return uuid.Nil, err
	}
	conf, err := create("/v1/outbound-configurations", map[string]any{"name": "bench", "address_id": address, "template_id": template})
	if err != nil {
		return uuid.Nil, err
	}
	id, err := create("/v1/campaigns", map[string]any{"name": "bench", "configuration_id": conf})
	if err != nil {
		return uuid.Nil, err
	}
	var list bytes.Buffer
	list.WriteString("phone,locale,optin,Name\n")
	for i := range campaignSize {
		fmt.Fprintf(&list, "%s,en,true,Customer %d\n", recipient(i), i)
	}
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Base+"/v1/campaigns/"+id.String()+"/recipients", &list)
	if err != nil {
		return uuid.Nil, err
	}
	req.Header.Set("Content-Type", "text/csv")
	req.Header.Set("Authorization", "Bearer "+r.Admin.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return uuid.Nil, err
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return uuid.Nil, errors.Join(err, fmt.Errorf("import answered %d: %.200s", resp.StatusCode, body))
	}
	r.set("csv_rows_per_s", campaignSize/time.Since(began).Seconds())
	return id, nil
}

// recipient is a customer's number.
func recipient(i int) string { return fmt.Sprintf("+1425%07d", 2_000_000+i) }

// runCampaign starts a campaign and waits for its end. It returns the messages a second.
func (r *run) runCampaign(ctx context.Context, s *rig.Site, id uuid.UUID) (float64, error) {
	path := "/v1/campaigns/" + id.String()
	began := time.Now()
	if _, err := r.Admin.Do(ctx, http.MethodPost, path+"/start", map[string]any{}, nil); err != nil {
		return 0, err
	}
	most := 0.0
	for {
		var c struct {
			State    string
			Progress struct{ Sent int }
		}
		if _, err := r.Admin.Do(ctx, http.MethodGet, path, nil, &c); err != nil {
			return 0, err
		}
		if mb, err := residentMB(r.Process("serve").PID()); err == nil {
			most = max(most, mb)
		}
		if c.State == "finished" {
			took := time.Since(began)
			if n := r.Sandbox.Counts(s.TwilioID); c.Progress.Sent != campaignSize || n.Accepted != campaignSize || n.Duplicates != 0 {
				return 0, fmt.Errorf("%d of %d were sent and %d arrived, %d of them twice", c.Progress.Sent, campaignSize, n.Accepted, n.Duplicates)
			}
			r.set("campaign_rss_mb", most)
			return campaignSize / took.Seconds(), nil
		}
		if c.State != "running" && c.State != "scheduled" {
			return 0, fmt.Errorf("the campaign is %s", c.State)
		}
		if err := rest(ctx, 200*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

// barePosts is how many of the same messages a second reach the sandbox when
// nothing is written down, nobody is asked and nothing is limited.
func (r *run) barePosts(ctx context.Context) (float64, error) {
	s, err := r.site(ctx, nil)
	if err != nil {
		return 0, err
	}
	s.Twilio.HoldReceipts(true)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	var posted atomic.Int64
	errs := make([]error, connections)
	const posts = campaignSize / 4
	began := time.Now()
	for i := range connections {
		wg.Go(func() {
			for ctx.Err() == nil && errs[i] == nil {
				n := int(posted.Add(1))
				if n > posts {
					return
				}
				errs[i] = r.barePost(ctx, client, s, n)
			}
		})
	}
	wg.Wait()
	return posts / time.Since(began).Seconds(), errors.Join(errs...)
}

func (r *run) barePost(ctx context.Context, client *http.Client, s *rig.Site, n int) error {
	form := url.Values{"To": {recipient(n)}, "From": {s.SMS}, "Body": {strings.Replace(campaignText, "{Name}", fmt.Sprintf("Customer %d", n), 1)},
		"StatusCallback": {s.TwilioHook + "?message=" + uuid.NewString()}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.PhonesAt()+"/twilio/2010-04-01/Accounts/"+s.TwilioID+"/Messages.json", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.SetBasicAuth(s.TwilioID, s.Secret)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("the sandbox answered %d", resp.StatusCode)
	}
	return nil
}

// campaignEvents is what a recipient costs Temporal.
func (r *run) campaignEvents(ctx context.Context, id uuid.UUID) error {
	events := 0
	for h := r.temporal.GetWorkflowHistory(ctx, contract.CampaignID(id), "", true, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); h.HasNext(); events++ {
		if _, err := h.Next(); err != nil {
			return err
		}
	}
	r.set("campaign_events_per_recipient", float64(events)/campaignSize)
	return nil
}
