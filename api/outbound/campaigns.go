package outbound

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/campaign"
	"switchboard/outreach"
	"switchboard/store/campaigndb"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// campaignView is a campaign with how it stands.
type campaignView struct {
	campaigndb.Campaign
	Progress progress `json:"progress"`
}

// progress sums a campaign's ledger up. Sent counts all that the provider took,
// whatever became of it then.
type progress struct {
	Waiting   int64                      `json:"waiting"`
	Sent      int64                      `json:"sent"`
	Delivered int64                      `json:"delivered"`
	Read      int64                      `json:"read"`
	Refused   int64                      `json:"refused"`
	Failed    int64                      `json:"failed"`
	Unknown   int64                      `json:"unknown"`
	Replied   int64                      `json:"replied"`
	OptedOut  int64                      `json:"opted_out"`
	Counts    []campaigndb.CampaignCount `json:"counts"`    // by variant, status and reason
	Rate      *float64                   `json:"rate"`      // tried a second since the start; null: nothing yet
	TimeLeft  *int64                     `json:"time_left"` // seconds, at this rate; null: not known
}

func (s *Server) showCampaign(ctx context.Context, c campaigndb.Campaign) (campaignView, error) {
	counts, err := s.Store.Campaign.CampaignCounts(ctx, c.ID)
	if err != nil {
		return campaignView{}, err
	}
	return campaignView{c, progressOf(c, counts, s.Now())}, nil
}

func progressOf(c campaigndb.Campaign, counts []campaigndb.CampaignCount, now time.Time) progress {
	p := progress{Counts: counts, Waiting: int64(c.Total)}
	for _, n := range counts {
		switch n.Status {
		case "replied":
			p.Replied += n.N
			continue
		case "opted_out":
			p.OptedOut += n.N
			continue
		case "read":
			p.Read += n.N
			fallthrough
		case "delivered":
			p.Delivered += n.N
			fallthrough
		case "sent":
			p.Sent += n.N
		case "failed":
			p.Failed += n.N
		case "refused":
			p.Refused += n.N
		case "unknown":
			p.Unknown += n.N
		}
		p.Waiting -= n.N
	}
	if c.StartedAt == nil {
		return p
	}
	until := now
	if c.FinishedAt != nil {
		until = *c.FinishedAt
	}
	if took := until.Sub(*c.StartedAt).Seconds(); took > 0 && int64(c.Total) > p.Waiting {
		rate := float64(int64(c.Total)-p.Waiting) / took
		p.Rate = &rate
		if c.State == campaign.Running {
			left := int64(float64(p.Waiting) / rate)
			p.TimeLeft = &left
		}
	}
	return p
}

func (s *Server) listCampaigns(c echo.Context) error {
	p, err := httpx.PageOf(c, "campaigns")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	list, err := s.Store.Campaign.Campaigns(ctx, p)
	if err != nil {
		return err
	}
	views := make([]campaignView, len(list))
	for i, one := range list {
		if views[i], err = s.showCampaign(ctx, one); err != nil {
			return err
		}
	}
	return httpx.AnswerList(c, "campaigns", p, views, func(v campaignView) (time.Time, uuid.UUID) { return v.CreatedAt, v.ID }, httpx.Same)
}

// newCampaign: {"name": "Spring", "configuration_id": "…", "quiet_from": "21:00", "quiet_until": "08:00"}
type newCampaign struct {
	Name          string        `json:"name"`
	Configuration uuid.UUID     `json:"configuration_id"`
	Variant       uuid.NullUUID `json:"variant_template_id"`
	VariantShare  int           `json:"variant_share"`
	QuietFrom     string        `json:"quiet_from"`
	QuietUntil    string        `json:"quiet_until"`
	TimeZone      string        `json:"time_zone"`
	Rate          *int          `json:"rate"`
	PauseAbove    *int          `json:"pause_above"`
}

func (s *Server) createCampaign(c echo.Context) error {
	var in newCampaign
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	row := campaigndb.Campaign{Kind: campaigndb.KindCampaign, Name: in.Name, Configuration: in.Configuration, Variant: in.Variant, VariantShare: in.VariantShare,
		QuietFrom: in.QuietFrom, QuietUntil: in.QuietUntil, TimeZone: in.TimeZone, Rate: in.Rate, PauseAbove: 20}
	httpx.Set(&row.PauseAbove, in.PauseAbove)
	if row.TimeZone == "" {
		row.TimeZone = "UTC"
	}
	if err := checkCampaign(row); err != nil {
		return err
	}
	ctx := c.Request().Context()
	made, err := s.Store.Campaign.CreateCampaign(ctx, core.IdentityOf(c).Actor(), row)
	if err != nil {
		return err
	}
	return s.answerCampaign(c, http.StatusCreated, made)
}

func checkCampaign(row campaigndb.Campaign) error {
	var k httpx.Checks
	k.Text("name", row.Name, 1, 200)
	k.Required("configuration_id", row.Configuration)
	k.Number("variant_share", row.VariantShare, 0, 100)
	if row.VariantShare > 0 && !row.Variant.Valid {
		k.Add("variant_template_id", "must be given for a share")
	}
	if why := row.Quiet().Check(); why != "" {
		k.Add("quiet_from", why)
	}
	if !outreach.KnownZone(row.TimeZone) {
		k.Add("time_zone", "must be the IANA name of a time zone, such as Europe/Tallinn")
	}
	if row.Rate != nil {
		k.Number("rate", *row.Rate, 1, 10_000)
	}
	k.Number("pause_above", row.PauseAbove, 0, 100)
	return k.Err()
}

func (s *Server) answerCampaign(c echo.Context, status int, row campaigndb.Campaign) error {
	v, err := s.showCampaign(context.WithoutCancel(c.Request().Context()), row)
	if err != nil {
		return err
	}
	return c.JSON(status, v)
}

func (s *Server) campaignOf(c echo.Context) (campaigndb.Campaign, error) {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return campaigndb.Campaign{}, err
	}
	return s.Store.Campaign.CampaignByID(c.Request().Context(), id)
}

func (s *Server) getCampaign(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	return s.answerCampaign(c, http.StatusOK, row)
}

// sendTimeline tells how a campaign went over time.
func (s *Server) sendTimeline(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	course, err := s.Store.Campaign.SendTimeline(c.Request().Context(), row.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, course)
}

// campaignChange: {"rate": 50}. After the start only rate and start_at change.
type campaignChange struct {
	Name          *string                   `json:"name"`
	Configuration *uuid.UUID                `json:"configuration_id"`
	Variant       httpx.Optional[uuid.UUID] `json:"variant_template_id"`
	VariantShare  *int                      `json:"variant_share"`
	QuietFrom     *string                   `json:"quiet_from"`
	QuietUntil    *string                   `json:"quiet_until"`
	TimeZone      *string                   `json:"time_zone"`
	Rate          httpx.Optional[int]       `json:"rate"`
	PauseAbove    *int                      `json:"pause_above"`
	StartAt       *time.Time                `json:"start_at"`
}

// draft reports that the change is of what only a draft can change.
func (in campaignChange) draft() bool {
	return in.Name != nil || in.Configuration != nil || in.Variant.Given || in.VariantShare != nil || in.QuietFrom != nil || in.QuietUntil != nil ||
		in.TimeZone != nil || in.PauseAbove != nil
}

func (in campaignChange) apply(row *campaigndb.Campaign) error {
	httpx.Set(&row.Name, in.Name)
	httpx.Set(&row.Configuration, in.Configuration)
	if in.Variant.Given {
		row.Variant = httpx.NullID(in.Variant)
	}
	httpx.Set(&row.VariantShare, in.VariantShare)
	httpx.Set(&row.QuietFrom, in.QuietFrom)
	httpx.Set(&row.QuietUntil, in.QuietUntil)
	httpx.Set(&row.TimeZone, in.TimeZone)
	in.Rate.Into(&row.Rate)
	httpx.Set(&row.PauseAbove, in.PauseAbove)
	return checkCampaign(*row)
}

// changeCampaign changes a draft, or the rate and the start of one that was started.
func (s *Server) changeCampaign(c echo.Context) error {
	before, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	var in campaignChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if before.State == campaign.Draft || in.draft() {
		if in.StartAt != nil {
			return httpx.Invalid(httpx.FieldError{Field: "start_at", Reason: "is given when the campaign is started"})
		}
		after, err := s.Store.Campaign.ChangeCampaign(c.Request().Context(), core.IdentityOf(c).Actor(), before.ID, in.apply)
		if err != nil {
			return err
		}
		return s.answerCampaign(c, http.StatusOK, after)
	}
	cmd := contract.CampaignCommand{Command: string(campaign.Change), StartAt: in.StartAt}
	if in.Rate.Given {
		none := 0
		if cmd.Rate = in.Rate.Value; cmd.Rate == nil {
			cmd.Rate = &none
		} else if *cmd.Rate < 1 || *cmd.Rate > 10_000 {
			return httpx.Invalid(httpx.FieldError{Field: "rate", Reason: "must be between 1 and 10000"})
		}
	}
	return s.commandCampaign(c, before, cmd)
}

func (s *Server) deleteCampaign(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Campaign.DeleteCampaign(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// campaignStart: {"start_at": "2026-12-01T09:00:00Z"}, or {} for now
type campaignStart struct {
	StartAt *time.Time `json:"start_at"`
}

// startYears is how far ahead a start may lie. What is further is a slip of the
// pen, and no timer runs for centuries.
const startYears = 5

// startCampaignNow freezes a draft and starts it, now or later.
func (s *Server) startCampaignNow(c echo.Context) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	var in campaignStart
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.StartAt != nil && in.StartAt.Before(s.Now().Add(-time.Minute)) {
		return httpx.Invalid(httpx.FieldError{Field: "start_at", Reason: "must not be in the past"})
	}
	if in.StartAt != nil && in.StartAt.After(s.Now().AddDate(startYears, 0, 0)) {
		return httpx.Invalid(httpx.FieldError{Field: "start_at", Reason: "must be within five years"})
	}
	ctx := c.Request().Context()
	if row.State == campaign.Draft {
		if _, err := s.sendable(ctx, row); err != nil {
			return err
		}
	}
	after, err := s.Store.Campaign.StartCampaign(ctx, core.IdentityOf(c).Actor(), row.ID, in.StartAt)
	if err != nil {
		return err
	}
	s.startCampaign(ctx, after.ID)
	return s.answerCampaign(c, http.StatusOK, after)
}

func (s *Server) pauseCampaign(c echo.Context) error { return s.actOnCampaign(c, campaign.Pause) }

func (s *Server) resumeCampaign(c echo.Context) error { return s.actOnCampaign(c, campaign.Resume) }

func (s *Server) cancelCampaign(c echo.Context) error { return s.actOnCampaign(c, campaign.Cancel) }

func (s *Server) actOnCampaign(c echo.Context, cmd campaign.Command) error {
	row, err := s.campaignOf(c)
	if err != nil {
		return err
	}
	return s.commandCampaign(c, row, contract.CampaignCommand{Command: string(cmd)})
}

// commandCampaign carries a command to the campaign's workflow and answers the
// campaign after it.
func (s *Server) commandCampaign(c echo.Context, row campaigndb.Campaign, cmd contract.CampaignCommand) error {
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	if key == "" {
		key = uuid.NewString()
	}
	if row.State == campaign.Draft {
		return &pg.Conflict{Reason: row.State.May(campaign.Command(cmd.Command))}
	}
	by := core.IdentityOf(c).Actor()
	cmd.Agent, cmd.Token = by.Agent.UUID, by.Token.UUID
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), core.CommandTimeout)
	defer cancel()
	opts := client.UpdateWorkflowOptions{WorkflowID: contract.CampaignID(row.ID), UpdateName: contract.UpdateCommand, UpdateID: cmd.Command + "/" + key,
		Args: []any{cmd}, WaitForStage: client.WorkflowUpdateStageCompleted}
	err = s.updateCampaign(ctx, opts)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		if err := s.overNow(ctx, row.ID); err != nil {
			return err
		}
		s.startCampaign(ctx, row.ID)
		err = s.updateCampaign(ctx, opts)
	}
	var app *temporal.ApplicationError
	switch {
	case errors.As(err, &app) && app.Type() == contract.RefusedCommand:
		return &pg.Conflict{Reason: app.Message()}
	case err != nil:
		if over := s.overNow(ctx, row.ID); over != nil {
			return over
		}
		return errors.Join(httpx.Unavailable("The campaign's process does not answer at the moment. "+httpx.MayHappen, 2*time.Second), err)
	}
	after, err := s.Store.Campaign.CampaignByID(ctx, row.ID)
	if err != nil {
		return err
	}
	return s.answerCampaign(c, http.StatusOK, after)
}

func (s *Server) updateCampaign(ctx context.Context, opts client.UpdateWorkflowOptions) error {
	h, err := s.Workflows.UpdateWorkflow(ctx, opts)
	if err != nil {
		return err
	}
	var acted contract.CampaignActed
	return h.Get(ctx, &acted)
}

// overNow is the refusal of a campaign that is over, or nil.
func (s *Server) overNow(ctx context.Context, id uuid.UUID) error {
	row, err := s.Store.Campaign.CampaignByID(ctx, id)
	if err != nil {
		return err
	}
	if row.State.Over() {
		return &pg.Conflict{Reason: row.State.May(campaign.Cancel)}
	}
	return nil
}
