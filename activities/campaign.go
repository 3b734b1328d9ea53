package activities

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"

	"switchboard/channel"
	"switchboard/domain/campaign"
	"switchboard/store"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// Campaigns does what campaigns do to the world.
type Campaigns struct {
	Store     *store.Store
	Accounts  Accounts
	Registry  *channel.Registry
	PublicURL string           // where providers report statuses
	Now       func() time.Time // nil: time.Now
}

// CampaignFacts are what a campaign's workflow decides by.
type CampaignFacts struct {
	State   campaign.State `json:"state"`
	StartAt time.Time      `json:"start_at"`
	Last    int            `json:"last"`            // recipients have a seq up to this
	Left    int            `json:"left,omitempty"`  // still to be written to
	Again   time.Time      `json:"again,omitzero"`  // when some of them may be
	Small   bool           `json:"small,omitempty"` // one request's messages
}

func factsOf(r campaigndb.CampaignRun) CampaignFacts {
	return CampaignFacts{State: r.State, StartAt: r.StartAt, Last: r.Last, Small: r.Kind != campaigndb.KindCampaign}
}

// BeginCampaign reads the facts.
func (a *Campaigns) BeginCampaign(ctx context.Context, id uuid.UUID) (CampaignFacts, error) {
	r, err := a.Store.Campaign.CampaignRun(ctx, id)
	if errors.Is(err, pg.ErrNotFound) {
		return CampaignFacts{}, temporal.NewNonRetryableApplicationError("campaign does not exist", "not_found", nil)
	}
	return factsOf(r), err
}

// OpenCampaign lets a campaign begin whose start has come.
func (a *Campaigns) OpenCampaign(ctx context.Context, id uuid.UUID) (CampaignFacts, error) {
	r, err := a.Store.Campaign.OpenCampaign(ctx, id)
	return factsOf(r), err
}

// CommandCampaign carries a person's command out. One that is not possible is an
// error that is not tried again.
func (a *Campaigns) CommandCampaign(ctx context.Context, id uuid.UUID, c contract.CampaignCommand) (CampaignFacts, error) {
	r, err := a.Store.Campaign.CommandCampaign(ctx, campaigndb.CampaignCommand{Campaign: id, Kind: campaign.Command(c.Command), Rate: c.Rate, StartAt: c.StartAt,
		By: auditdb.Actor{Agent: uuid.NullUUID{UUID: c.Agent, Valid: c.Agent != uuid.Nil}, Token: uuid.NullUUID{UUID: c.Token, Valid: c.Token != uuid.Nil}}})
	var no *pg.Conflict
	if errors.As(err, &no) {
		return CampaignFacts{}, temporal.NewNonRetryableApplicationError(no.Reason, contract.RefusedCommand, nil)
	}
	return factsOf(r), err
}

// RestOfCampaign looks at who is left after all ranges were sent. Nobody: the
// campaign is finished. Somebody: it says when they may be written to.
func (a *Campaigns) RestOfCampaign(ctx context.Context, id uuid.UUID) (CampaignFacts, error) {
	left, zones, err := a.Store.Campaign.ZonesLeft(ctx, id)
	if err != nil {
		return CampaignFacts{}, err
	}
	if left == 0 {
		r, err := a.Store.Campaign.FinishCampaign(ctx, id)
		return factsOf(r), err
	}
	c, err := a.Store.Campaign.CampaignByID(ctx, id)
	if err != nil {
		return CampaignFacts{}, err
	}
	r, err := a.Store.Campaign.CampaignRun(ctx, id)
	if err != nil {
		return CampaignFacts{}, err
	}
	f := factsOf(r)
	f.Left = left
	for _, z := range zones {
		if at := c.Quiet().Next(a.now(), campaign.Zone(z, c.TimeZone)); f.Again.IsZero() || at.Before(f.Again) {
			f.Again = at
		}
	}
	if soon := a.now().Add(nextPass); f.Again.Before(soon) {
		f.Again = soon
	}
	return f, nil
}

// nextPass is how long after a pass the next one begins at least.
const nextPass = time.Second

func (a *Campaigns) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}
