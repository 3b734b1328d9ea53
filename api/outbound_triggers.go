package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/domain/trigger"
	"switchboard/outreach"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
)

func (s *server) listOutboundTriggers(c echo.Context) error {
	p, err := pageOf(c, "outbound-triggers")
	if err != nil {
		return err
	}
	list, err := s.Store.Campaign.Triggers(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerList(c, "outbound-triggers", p, list, func(t campaigndb.Trigger) (time.Time, uuid.UUID) { return t.CreatedAt, t.ID }, same)
}

func (s *server) triggerOf(c echo.Context) (campaigndb.Trigger, error) {
	id, err := pathID(c, "id")
	if err != nil {
		return campaigndb.Trigger{}, err
	}
	return s.Store.Campaign.TriggerByID(c.Request().Context(), id)
}

func (s *server) getOutboundTrigger(c echo.Context) error {
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
	set(&t.Name, in.Name)
	set(&t.Configuration, in.Configuration)
	set(&t.Enabled, in.Enabled)
	set(&t.Event, in.Event)
	set(&t.Rule, in.Rule)
	set(&t.Delay, in.Delay)
	set(&t.Cron, in.Cron)
	set(&t.TimeZone, in.TimeZone)
	set(&t.Data, in.Data)
	var k checks
	if in.At != nil {
		cron, err := trigger.Once(*in.At)
		if err != nil {
			k.add("at", "must be a time by the clock of the time zone, such as 2026-12-01T09:00")
		}
		t.Cron = cron
	}
	k.text("name", t.Name, 1, 200)
	k.required("configuration_id", t.Configuration)
	k.oneOf("kind", t.Kind, campaigndb.TriggerEvent, campaigndb.TriggerSchedule)
	k.number("delay", t.Delay, 0, maxDelay)
	if !outreach.KnownZone(t.TimeZone) {
		k.add("time_zone", "must be the IANA name of a time zone, such as Europe/Tallinn")
	}
	if t.Kind == campaigndb.TriggerEvent {
		k.text("event", t.Event, 1, maxEvent)
	} else {
		in.checkTime(&k, t, now)
	}
	_, wrong := trigger.Compile(t.Rule)
	for _, m := range wrong {
		k.add("rule."+m.Field, m.Reason)
	}
	return k.err()
}

// checkTime checks when a schedule's trigger fires.
func (in triggerInput) checkTime(k *checks, t *campaigndb.Trigger, now time.Time) {
	if t.At = trigger.At(t.Cron); t.At == "" {
		if in.At != nil {
			return // it was told already
		}
		k.text("cron", t.Cron, 1, maxCron)
		if why := trigger.CheckCron(t.Cron); why != "" && t.Cron != "" {
			k.add("cron", why)
		}
		return
	}
	// A year may stand behind five fields only as our own form of a single time.
	if cron, err := trigger.Once(t.At); in.Cron != nil && (err != nil || cron != strings.Join(strings.Fields(t.Cron), " ")) {
		k.add("cron", "must have five fields: minute, hour, day of month, month, day of week")
		return
	}
	zone, err := time.LoadLocation(t.TimeZone)
	if (in.At != nil || in.Cron != nil || in.TimeZone != nil) && err == nil && trigger.LeftOut(t.Cron, zone) {
		k.add("at", "must not be a time that the clocks leave out when they go forward")
	}
	if (in.At != nil || in.Cron != nil) && err == nil && trigger.Passed(t.Cron, zone, now) {
		k.add("at", "must not be in the past")
	}
}

func (s *server) createOutboundTrigger(c echo.Context) error {
	var in triggerInput
	if err := decode(c, &in); err != nil {
		return err
	}
	t := campaigndb.Trigger{Enabled: true, TimeZone: "UTC"}
	set(&t.Kind, in.Kind)
	if err := in.apply(&t, s.Now()); err != nil {
		return err
	}
	ctx := c.Request().Context()
	made, err := s.Store.Campaign.CreateTrigger(ctx, IdentityOf(c).Actor(), t)
	if err != nil {
		return err
	}
	s.placeTrigger(ctx, made)
	return c.JSON(http.StatusCreated, made)
}

func (s *server) changeOutboundTrigger(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in triggerInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.Kind != nil {
		return invalid(FieldError{Field: "kind", Reason: "does not change"})
	}
	ctx := c.Request().Context()
	t, err := s.Store.Campaign.ChangeTrigger(ctx, IdentityOf(c).Actor(), id, func(t *campaigndb.Trigger) error { return in.apply(t, s.Now()) })
	if err != nil {
		return err
	}
	s.placeTrigger(ctx, t)
	return c.JSON(http.StatusOK, t)
}

func (s *server) deleteOutboundTrigger(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	if err := s.Store.Campaign.DeleteTrigger(c.Request().Context(), IdentityOf(c).Actor(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent) // the sweep removes its schedule
}

// placeTrigger makes a trigger's schedule what its row says; if that is not
// possible now, the sweep does it.
func (s *server) placeTrigger(ctx context.Context, t campaigndb.Trigger) {
	if s.Campaigns == nil || t.Kind != campaigndb.TriggerSchedule {
		return
	}
	if err := s.Campaigns.Place(context.WithoutCancel(ctx), t); err != nil {
		s.log.WarnContext(ctx, "schedule waits to be placed", "trigger_id", t.ID, "error", err)
	}
}

// eventData: {"data": {"title": "Leak"}}
type eventData struct {
	Data map[string]any `json:"data"`
}

// dryRunTrigger shows the exact messages that a trigger would send.
func (s *server) dryRunTrigger(c echo.Context) error {
	t, err := s.triggerOf(c)
	if err != nil {
		return err
	}
	var in eventData
	if err := decode(c, &in); err != nil {
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
func (s *server) fireTrigger(c echo.Context) error {
	t, err := s.triggerOf(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c, false)
	if err != nil {
		return err
	}
	var in eventData
	if err := decode(c, &in); err != nil {
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
	out, err := outreach.Fire(ctx, s.Store, IdentityOf(c).Actor(), t, eventName(t), in.Data, key, s.Now())
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
func (s *server) countEvent(ctx context.Context, triggers []campaigndb.Trigger, key string) error {
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
func (s *server) tellEvent(c echo.Context) error {
	key, err := idempotencyKey(c, false)
	if err != nil {
		return err
	}
	var in outboundEvent
	if err := decode(c, &in); err != nil {
		return err
	}
	return s.happened(c, IdentityOf(c).Actor(), in, key)
}

func (s *server) happened(c echo.Context, by auditdb.Actor, in outboundEvent, key string) error {
	var k checks
	if k.text("event", in.Event, 1, maxEvent); k.errs != nil {
		return k.err()
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
