package outbound

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/phone"
	"switchboard/store/campaigndb"
)

func (s *Server) listConfigurations(c echo.Context) error {
	p, err := httpx.PageOf(c, "outbound-configurations")
	if err != nil {
		return err
	}
	list, err := s.Store.Campaign.OutboundConfigurations(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "outbound-configurations", p, list,
		func(o campaigndb.OutboundConfiguration) (time.Time, uuid.UUID) { return o.CreatedAt, o.ID }, httpx.Same)
}

func (s *Server) getConfiguration(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	o, err := s.Store.Campaign.OutboundConfigurationByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o)
}

// newConfiguration: {"name": "Case created", "address_id": "…", "template_id": "…", "show_on_timeline": true}
type newConfiguration struct {
	Name       string    `json:"name"`
	Address    uuid.UUID `json:"address_id"`
	Template   uuid.UUID `json:"template_id"`
	OnTimeline *bool     `json:"show_on_timeline"`
}

func (s *Server) createConfiguration(c echo.Context) error {
	var in newConfiguration
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	k.Text("name", in.Name, 1, 200)
	k.Required("address_id", in.Address)
	k.Required("template_id", in.Template)
	if err := k.Err(); err != nil {
		return err
	}
	o := campaigndb.OutboundConfiguration{Name: in.Name, Address: in.Address, Template: in.Template, OnTimeline: true}
	httpx.Set(&o.OnTimeline, in.OnTimeline)
	made, err := s.Store.Campaign.CreateOutboundConfiguration(c.Request().Context(), core.IdentityOf(c).Actor(), o)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

// configurationChange: {"template_id": "…"}
type configurationChange struct {
	Name       *string    `json:"name"`
	Address    *uuid.UUID `json:"address_id"`
	Template   *uuid.UUID `json:"template_id"`
	OnTimeline *bool      `json:"show_on_timeline"`
}

func (in configurationChange) apply(o *campaigndb.OutboundConfiguration) error {
	httpx.Set(&o.Name, in.Name)
	httpx.Set(&o.Address, in.Address)
	httpx.Set(&o.Template, in.Template)
	httpx.Set(&o.OnTimeline, in.OnTimeline)
	var k httpx.Checks
	k.Text("name", o.Name, 1, 200)
	return k.Err()
}

func (s *Server) changeConfiguration(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in configurationChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	o, err := s.Store.Campaign.ChangeOutboundConfiguration(c.Request().Context(), core.IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o)
}

func (s *Server) deleteConfiguration(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Campaign.DeleteOutboundConfiguration(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) getOutboundSettings(c echo.Context) error {
	o, err := s.Store.Campaign.OutboundSettings(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o)
}

// outboundSettingsChange: {"contacts_per_request": 100, "send_rate": null}
type outboundSettingsChange struct {
	ContactsPerRequest *int                `json:"contacts_per_request"`
	RequestsPerHour    *int                `json:"requests_per_hour"`
	SendRate           httpx.Optional[int] `json:"send_rate"`
	Region             *string             `json:"region"`
}

func (in outboundSettingsChange) apply(o *campaigndb.OutboundSettings) error {
	httpx.Set(&o.ContactsPerRequest, in.ContactsPerRequest)
	httpx.Set(&o.RequestsPerHour, in.RequestsPerHour)
	httpx.Set(&o.Region, in.Region)
	in.SendRate.Into(&o.SendRate)
	var k httpx.Checks
	k.Number("contacts_per_request", o.ContactsPerRequest, 1, 1000)
	k.Number("requests_per_hour", o.RequestsPerHour, 1, 10_000_000)
	if o.SendRate != nil {
		k.Number("send_rate", *o.SendRate, 1, 100_000)
	}
	if o.Region != "" && !phone.IsRegion(o.Region) {
		k.Add("region", "must be the two letters of a country, such as EE, or empty")
	}
	return k.Err()
}

func (s *Server) changeOutboundSettings(c echo.Context) error {
	var in outboundSettingsChange
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	o, err := s.Store.Campaign.ChangeOutboundSettings(c.Request().Context(), core.IdentityOf(c).Actor(), in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o)
}
