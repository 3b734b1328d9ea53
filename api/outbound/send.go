package outbound

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/channel"
	"switchboard/domain/campaign"
	"switchboard/outreach"
	"switchboard/store/campaigndb"
	"switchboard/store/pg"
)

// outboundRequest: {"contacts": [{…}]}
type outboundRequest struct {
	Contacts []outreach.Contact `json:"contacts"`
}

// outboundAnswer is the answer to a request to send. ID is where its ledger is.
type outboundAnswer struct {
	ID      uuid.UUID         `json:"id"`
	Results []outreach.Result `json:"results"`
}

// sendOutbound stores one request's messages and has them sent.
func (s *Server) sendOutbound(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	var in outboundRequest
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	body, err := json.Marshal(in.Contacts)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	// A repeat comes before all checks: whatever changed since, it answers the same.
	switch first, err := s.Store.Campaign.OutboundByKey(ctx, id, key, sum[:]); {
	case errors.Is(err, campaigndb.ErrKeyUsed):
		return httpx.KeyReused()
	case err == nil:
		s.startCampaign(ctx, first.ID)
		return c.JSONBlob(http.StatusOK, first.Answer)
	case !errors.Is(err, pg.ErrNotFound):
		return err
	}
	settings, err := s.Store.Campaign.OutboundSettings(ctx)
	if err != nil {
		return err
	}
	if n := len(in.Contacts); n == 0 || n > settings.ContactsPerRequest {
		return httpx.Invalid(httpx.FieldError{Field: "contacts",
			Reason: fmt.Sprintf("must be between 1 and %d", settings.ContactsPerRequest)})
	}
	conf, err := s.Store.Campaign.OutboundConfigurationByID(ctx, id)
	if err != nil {
		return err
	}
	req := campaigndb.NewOutboundRequest{Configuration: conf.ID, Kind: campaigndb.KindMessage, Name: conf.Name, Key: key, Hash: sum[:],
		CountedAt: s.Now()}
	return s.sendNow(c, conf, settings, req, in.Contacts)
}

// sendNow checks contacts, stores those that can be written to, and has their
// messages sent.
func (s *Server) sendNow(c echo.Context, conf campaigndb.OutboundConfiguration, settings campaigndb.OutboundSettings,
	req campaigndb.NewOutboundRequest, contacts []outreach.Contact) error {
	ctx := c.Request().Context()
	like := campaigndb.Campaign{Configuration: conf.ID}
	if of := req.Campaign; of != nil {
		like.Variant = of.Variant
	}
	f, err := s.sendable(ctx, like)
	if err != nil {
		return err
	}
	list, at, results := outreach.Sort(f, conf.ID, settings.Region, contacts)
	req.Recipients = list
	if len(req.Recipients) == 0 {
		if !req.CountedAt.IsZero() {
			if err := s.Store.Campaign.CountOutboundRequest(ctx, req.CountedAt); err != nil {
				return err
			}
		}
		return c.JSON(http.StatusOK, outboundAnswer{Results: results})
	}
	req.Answer = func(id uuid.UUID, added []bool) (json.RawMessage, error) {
		for i, ok := range added {
			if !ok {
				results[at[i]] = outreach.Result{To: contacts[at[i]].To, Status: outreach.Refused, Code: campaign.Duplicate,
					Reason: "is in this request twice"}
			}
		}
		return json.Marshal(outboundAnswer{ID: id, Results: results})
	}
	made, repeated, err := s.Store.Campaign.SendOutbound(ctx, core.IdentityOf(c).Actor(), req)
	if errors.Is(err, campaigndb.ErrKeyUsed) {
		return httpx.KeyReused()
	} else if err != nil {
		return err
	}
	s.startCampaign(ctx, made.ID)
	status := http.StatusAccepted
	if repeated {
		status = http.StatusOK
	}
	saved, err := s.Store.Campaign.CampaignByID(ctx, made.ID)
	if err != nil {
		return err
	}
	return c.JSONBlob(status, saved.Answer)
}

// startCampaign has the workflow of a stored campaign started. Where that is not
// possible now, it is found and started later.
func (s *Server) startCampaign(ctx context.Context, id uuid.UUID) {
	if s.Campaigns == nil {
		return
	}
	if err := s.Campaigns.Start(context.WithoutCancel(ctx), id); err != nil {
		s.Log.WarnContext(ctx, "campaign waits to be started", "campaign_id", id, "error", err)
	}
}

// sendable returns what a campaign would be sent with, and refuses a template of
// which the channel's provider would send no text. Each language counts by itself.
func (s *Server) sendable(ctx context.Context, camp campaigndb.Campaign) (campaigndb.Content, error) {
	f, err := s.Store.Campaign.SnapshotContent(ctx, camp)
	if err != nil {
		return f, err
	}
	p, err := s.Providers.Get(f.Provider)
	if err != nil {
		return f, httpx.Unavailable("This provider is not served here.", 0)
	}
	caps := p.Channels()[f.Channel]
	for _, w := range f.Wordings {
		if err := anySendable(w, caps); err != nil {
			return f, err
		}
	}
	return f, nil
}

// anySendable tells of the default language why it cannot be sent, if no other can.
func anySendable(w campaigndb.Wording, caps channel.Caps) (refused error) {
	for _, x := range w.Texts {
		err := core.CheckSendable(x, caps)
		if err == nil {
			return nil
		}
		if refused == nil || x.Language == w.Default {
			refused = err
		}
	}
	return refused
}
