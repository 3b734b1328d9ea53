package outbound

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/trigger"
	"switchboard/outreach"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
)

func (s *Server) listOutboundTriggers(c echo.Context) error {
	p, err := httpx.PageOf(c, "outbound-triggers")
	if err != nil {
		return err
	}
	list, err := s.Store.Campaign.Triggers(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "outbound-triggers", p, list,
		func(t campaigndb.Trigger) (time.Time, uuid.UUID) { return t.CreatedAt, t.ID }, httpx.Same)
}

func (s *Server) triggerOf(c echo.Context) (campaigndb.Trigger, error) {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return campaigndb.Trigger{}, err
	}
	return s.Store.Campaign.TriggerByID(c.Request().Context(), id)
}

func (s *Server) getOutboundTrigger(c echo.Context) error {
	t, err := s.triggerOf(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

// triggerInput: {"name": "Case created", "kind": "event", "event": "case.created", "configuration_id": "…",
// "rule": {"to": "data.customer.phone", "optin": "data.customer.agreed", "contextitems": {"CaseName": "data.title"}}}
type triggerInput struct {
	Name          *string         `json:"name"`
	Kind          *string         `json:"kind"`
	Configuration *uuid.UUID      `json:"configuration_id"`
	Enabled       *bool           `json:"enabled"`
	Event         *string         `json:"event"`
	Rule          *trigger.Rule   `json:"rule"`
	Delay         *int            `json:"delay"`
	Cron          *string         `json:"cron"`
	At            *string         `json:"at"` // instead of cron: once
	TimeZone      *string         `json:"time_zone"`
	Data          *map[string]any `json:"data"`
}

const (
	maxDelay = 365 * 24 * 3600
	maxEvent = 100
	maxCron  = 200
)

func (in triggerInput) apply(t *campaigndb.Trigger, now time.Time) error {
	httpx.Set(&t.Name, in.Name)
	httpx.Set(&t.Configuration, in.Configuration)
	httpx.Set(&t.Enabled, in.Enabled)
	httpx.Set(&t.Event, in.Event)
	httpx.Set(&t.Rule, in.Rule)
	httpx.Set(&t.Delay, in.Delay)
	httpx.Set(&t.Cron, in.Cron)
	httpx.Set(&t.TimeZone, in.TimeZone)
	httpx.Set(&t.Data, in.Data)
	var k httpx.Checks
	if in.At != nil {
		cron, err := trigger.Once(*in.At)
		if err != nil {
			k.Add("at", "must be a time by the clock of the time zone, such as 2026-12-01T09:00")
		}
		t.Cron = cron
	}
	k.Text("name", t.Name, 1, 200)
	k.Required("configuration_id", t.Configuration)
	k.OneOf("kind", t.Kind, campaigndb.TriggerEvent, campaigndb.TriggerSchedule)
	k.Number("delay", t.Delay, 0, maxDelay)
	if !outreach.KnownZone(t.TimeZone) {
		k.Add("time_zone", "must be the IANA name of a time zone, such as Europe/Tallinn")
	}
	if t.Kind == campaigndb.TriggerEvent {
		k.Text("event", t.Event, 1, maxEvent)
	} else {
		in.checkTime(&k, t, now)
	}
	_, wrong := trigger.Compile(t.Rule)
	for _, m := range wrong {
		k.Add("rule."+m.Field, m.Reason)
	}
	return k.Err()
}

// checkTime checks when a schedule's trigger fires.
func (in triggerInput) checkTime(k *httpx.Checks, t *campaigndb.Trigger, now time.Time) {
	if t.At = trigger.At(t.Cron); t.At == "" {
		if in.At != nil {
			return // it was told already
		}
		k.Text("cron", t.Cron, 1, maxCron)
		if why := trigger.CheckCron(t.Cron); why != "" && t.Cron != "" {
			k.Add("cron", why)
		}
		return
	}
	// A year may stand behind five fields only as our own form of a single time.
	if cron, err := trigger.Once(t.At); in.Cron != nil && (err != nil || cron != strings.Join(strings.Fields(t.Cron), " ")) {
		k.Add("cron", "must have five fields: minute, hour, day of month, month, day of week")
		return
	}
	zone, err := time.LoadLocation(t.TimeZone)
	if (in.At != nil || in.Cron != nil || in.TimeZone != nil) && err == nil && trigger.LeftOut(t.Cron, zone) {
		k.Add("at", "must not be a time that the clocks leave out when they go forward")
	}
	if (in.At != nil || in.Cron != nil) && err == nil && trigger.Passed(t.Cron, zone, now) {
		k.Add("at", "must not be in the past")
	}
}

func (s *Server) createOutboundTrigger(c echo.Context) error {
	var in triggerInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	t := campaigndb.Trigger{Enabled: true, TimeZone: "UTC"}
	httpx.Set(&t.Kind, in.Kind)
	if err := in.apply(&t, s.Now()); err != nil {
		return err
	}
	ctx := c.Request().Context()
	made, err := s.Store.Campaign.CreateTrigger(ctx, core.IdentityOf(c).Actor(), t)
	if err != nil {
		return err
	}
	s.placeTrigger(ctx, made)
	return c.JSON(http.StatusCreated, made)
}

func (s *Server) changeOutboundTrigger(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in triggerInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.Kind != nil {
		return httpx.Invalid(httpx.FieldError{Field: "kind", Reason: "does not change"})
	}
	ctx := c.Request().Context()
	t, err := s.Store.Campaign.ChangeTrigger(ctx, core.IdentityOf(c).Actor(), id,
		func(t *campaigndb.Trigger) error { return in.apply(t, s.Now()) })
	if err != nil {
		return err
	}
	s.placeTrigger(ctx, t)
	return c.JSON(http.StatusOK, t)
}

func (s *Server) deleteOutboundTrigger(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Campaign.DeleteTrigger(c.Request().Context(), core.IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent) // the sweep removes its schedule
}

// placeTrigger makes a trigger's schedule what its row says; if that is not
// possible now, the sweep does it.
func (s *Server) placeTrigger(ctx context.Context, t campaigndb.Trigger) {
	if s.Campaigns == nil || t.Kind != campaigndb.TriggerSchedule {
		return
	}
	if err := s.Campaigns.Place(context.WithoutCancel(ctx), t); err != nil {
		s.Log.WarnContext(ctx, "schedule waits to be placed", "trigger_id", t.ID, "error", err)
	}
}

// eventData: {"data": {"title": "Leak"}}
type eventData struct {
	Data map[string]any `json:"data"`
}

// dryRunTrigger shows the exact messages that a trigger would send.
func (s *Server) dryRunTrigger(c echo.Context) error {
	t, err := s.triggerOf(c)
	if err != nil {
		return err
	}
	var in eventData
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.Data == nil {
		in.Data = t.Data
	}
	out, err := outreach.Dry(c.Request().Context(), s.Store, t, eventName(t), in.Data)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

// eventName is what a trigger's expressions see as the event.
func eventName(t campaigndb.Trigger) string {
	if t.Kind == campaigndb.TriggerSchedule {
		return t.Kind
	}
	return t.Event
}

// fireTrigger sends at once what a trigger makes of data.
func (s *Server) fireTrigger(c echo.Context) error {
	t, err := s.triggerOf(c)
	if err != nil {
		return err
	}
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	var in eventData
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.Data == nil {
		in.Data = t.Data
	}
	ctx := c.Request().Context()
	if err := s.countEvent(ctx, []campaigndb.Trigger{t}, key); err != nil {
		return err
	}
	t.Delay = 0 // by hand is now
	out, err := outreach.Fire(ctx, s.Store, core.IdentityOf(c).Actor(), t, eventName(t), in.Data, key, s.Now())
	if err != nil {
		return keyMistaken(err)
	}
	if out.Campaign != uuid.Nil {
		s.startCampaign(ctx, out.Campaign)
	}
	return c.JSON(http.StatusOK, out)
}

// countEvent counts an event among the hour's requests, unless its key says that
// it is the repeat of one that led to messages.
func (s *Server) countEvent(ctx context.Context, triggers []campaigndb.Trigger, key string) error {
	for _, t := range triggers {
		used, err := s.Store.Campaign.OutboundKeyUsed(ctx, t.Configuration, outreach.EventKey(t, key))
		if err != nil || used {
			return err
		}
	}
	return s.Store.Campaign.CountOutboundRequest(ctx, s.Now())
}

// outboundEvent: {"event": "case.created", "data": {"title": "Leak"}}
type outboundEvent struct {
	Event string         `json:"event"`
	Data  map[string]any `json:"data"`
}

// firedList is what the triggers of an event led to.
type firedList struct {
	Items []outreach.Fired `json:"items"`
}

// tellEvent has the triggers of an event send.
func (s *Server) tellEvent(c echo.Context) error {
	key, err := httpx.IdempotencyKey(c, false)
	if err != nil {
		return err
	}
	var in outboundEvent
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	return s.happened(c, core.IdentityOf(c).Actor(), in, key)
}

func (s *Server) happened(c echo.Context, by auditdb.Actor, in outboundEvent, key string) error {
	var k httpx.Checks
	if k.Text("event", in.Event, 1, maxEvent); k.Errs != nil {
		return k.Err()
	}
	ctx := c.Request().Context()
	list, err := s.Store.Campaign.TriggersOf(ctx, in.Event)
	if err != nil {
		return err
	}
	if err := s.countEvent(ctx, list, key); err != nil {
		return err
	}
	out := firedList{Items: []outreach.Fired{}}
	for _, t := range list {
		f, err := outreach.Fire(ctx, s.Store, by, t, in.Event, in.Data, key, s.Now())
		if err != nil {
			return keyMistaken(fmt.Errorf("trigger %s: %w", t.ID, err))
		}
		if f.Campaign != uuid.Nil {
			s.startCampaign(ctx, f.Campaign)
		}
		out.Items = append(out.Items, f)
	}
	return c.JSON(http.StatusOK, out)
}
