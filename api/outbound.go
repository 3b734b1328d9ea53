package api

import (
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/domain/phone"
	"switchboard/store/campaigndb"
)

func (s *server) listConfigurations(c echo.Context) error {
	p, err := pageOf(c, "outbound-configurations")
	if err != nil {
		return err
	}
	list, err := s.Store.Campaign.OutboundConfigurations(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerList(c, "outbound-configurations", p, list, func(o campaigndb.OutboundConfiguration) (time.Time, uuid.UUID) { return o.CreatedAt, o.ID }, same)
}

func (s *server) getConfiguration(c echo.Context) error {
	id, err := pathID(c, "id")
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

func (s *server) createConfiguration(c echo.Context) error {
	var in newConfiguration
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	k.text("name", in.Name, 1, 200)
	k.required("address_id", in.Address)
	k.required("template_id", in.Template)
	if err := k.err(); err != nil {
		return err
	}
	o := campaigndb.OutboundConfiguration{Name: in.Name, Address: in.Address, Template: in.Template, OnTimeline: true}
	set(&o.OnTimeline, in.OnTimeline)
	made, err := s.Store.Campaign.CreateOutboundConfiguration(c.Request().Context(), IdentityOf(c).Actor(), o)
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
	set(&o.Name, in.Name)
	set(&o.Address, in.Address)
	set(&o.Template, in.Template)
	set(&o.OnTimeline, in.OnTimeline)
	var k checks
	k.text("name", o.Name, 1, 200)
	return k.err()
}

func (s *server) changeConfiguration(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in configurationChange
	if err := decode(c, &in); err != nil {
		return err
	}
	o, err := s.Store.Campaign.ChangeOutboundConfiguration(c.Request().Context(), IdentityOf(c).Actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o)
}

func (s *server) deleteConfiguration(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Campaign.DeleteOutboundConfiguration(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) getOutboundSettings(c echo.Context) error {
	o, err := s.Store.Campaign.OutboundSettings(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o)
}

// outboundSettingsChange: {"contacts_per_request": 100, "send_rate": null}
type outboundSettingsChange struct {
	ContactsPerRequest *int          `json:"contacts_per_request"`
	RequestsPerHour    *int          `json:"requests_per_hour"`
	SendRate           Optional[int] `json:"send_rate"`
	Region             *string       `json:"region"`
}

func (in outboundSettingsChange) apply(o *campaigndb.OutboundSettings) error {
	set(&o.ContactsPerRequest, in.ContactsPerRequest)
	set(&o.RequestsPerHour, in.RequestsPerHour)
	set(&o.Region, in.Region)
	in.SendRate.into(&o.SendRate)
	var k checks
	k.number("contacts_per_request", o.ContactsPerRequest, 1, 1000)
	k.number("requests_per_hour", o.RequestsPerHour, 1, 10_000_000)
	if o.SendRate != nil {
		k.number("send_rate", *o.SendRate, 1, 100_000)
	}
	if o.Region != "" && !phone.IsRegion(o.Region) {
		k.add("region", "must be the two letters of a country, such as EE, or empty")
	}
	return k.err()
}

func (s *server) changeOutboundSettings(c echo.Context) error {
	var in outboundSettingsChange
	if err := decode(c, &in); err != nil {
		return err
	}
	o, err := s.Store.Campaign.ChangeOutboundSettings(c.Request().Context(), IdentityOf(c).Actor(), in.apply)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o)
}
