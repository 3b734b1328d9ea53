package outbound

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/campaign"
	"switchboard/outreach"
	"switchboard/store/campaigndb"
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
	row := campaigndb.Campaign{Kind: campaigndb.KindCampaign, Name: in.Name, Configuration: in.Configuration, Variant: in.Variant,
		VariantShare: in.VariantShare, QuietFrom: in.QuietFrom, QuietUntil: in.QuietUntil, TimeZone: in.TimeZone, Rate: in.Rate,
		PauseAbove: 20}
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
	return in.Name != nil || in.Configuration != nil || in.Variant.Given || in.VariantShare != nil || in.QuietFrom != nil ||
		in.QuietUntil != nil ||
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
	if before.StartedAt == nil { // else the start cannot be moved at all
		if err := s.checkStart(in.StartAt); err != nil {
			return err
		}
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
