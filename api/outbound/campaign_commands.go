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
	"switchboard/store/campaigndb"
	"switchboard/store/pg"
	"switchboard/workflows/contract"
)

// campaignStart: {"start_at": "2026-12-01T09:00:00Z"}, or {} for now
type campaignStart struct {
	StartAt *time.Time `json:"start_at"`
}

// startYears is how far ahead a start may lie. What is further is a slip of the
// pen, and no timer runs for centuries.
const startYears = 5

// checkStart refuses a start that has passed or is too far ahead; nil is now.
func (s *Server) checkStart(at *time.Time) error {
	switch {
	case at == nil:
		return nil
	case at.Before(s.Now().Add(-time.Minute)):
		return httpx.Invalid(httpx.FieldError{Field: "start_at", Reason: "must not be in the past"})
	case at.After(s.Now().AddDate(startYears, 0, 0)):
		return httpx.Invalid(httpx.FieldError{Field: "start_at", Reason: "must be within five years"})
	}
	return nil
}

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
	if err := s.checkStart(in.StartAt); err != nil {
		return err
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
	opts := client.UpdateWorkflowOptions{WorkflowID: contract.CampaignID(row.ID), UpdateName: contract.UpdateCommand,
		UpdateID: cmd.Command + "/" + key, Args: []any{cmd}, WaitForStage: client.WorkflowUpdateStageCompleted}
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
