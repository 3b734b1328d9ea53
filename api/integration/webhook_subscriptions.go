package integration

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/configdb"
	"switchboard/store/webhookdb"
	"switchboard/webhook"
)

// oldSecretTTL is how long the secret before the last rotation signs too.
const oldSecretTTL = 24 * time.Hour

func (s *Server) listWebhooks(c echo.Context) error {
	p, err := httpx.PageOf(c, "webhooks")
	if err != nil {
		return err
	}
	list, err := s.Store.Webhook.Webhooks(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return httpx.AnswerList(c, "webhooks", p, list,
		func(w webhookdb.Webhook) (time.Time, uuid.UUID) { return w.CreatedAt, w.ID }, httpx.Same)
}

func (s *Server) getWebhook(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	w, err := s.Store.Webhook.WebhookByID(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, w)
}

// webhookInput: {"name": "CRM", "url": "https://crm.example.com/hook", "kinds": ["conversation.updated"]}
type webhookInput struct {
	Name            *string                   `json:"name"`
	URL             *string                   `json:"url"`
	Kinds           *[]string                 `json:"kinds"`
	WorkstreamID    httpx.Optional[uuid.UUID] `json:"workstream_id"`
	IncludeMessage  *bool                     `json:"include_message"`
	IncludeInternal *bool                     `json:"include_internal"`
	Internal        *bool                     `json:"internal"`
	WorkItems       *bool                     `json:"work_items"`
	Enabled         *bool                     `json:"enabled"`
}

func (in webhookInput) apply(w *webhookdb.Webhook, private []string) error {
	httpx.Set(&w.Name, in.Name)
	httpx.Set(&w.URL, in.URL)
	httpx.Set(&w.Kinds, in.Kinds)
	if in.WorkstreamID.Given {
		w.Workstream = uuid.NullUUID{}
		if v := in.WorkstreamID.Value; v != nil {
			w.Workstream = uuid.NullUUID{UUID: *v, Valid: true}
		}
	}
	httpx.Set(&w.IncludeMessage, in.IncludeMessage)
	httpx.Set(&w.IncludeInternal, in.IncludeInternal)
	httpx.Set(&w.Internal, in.Internal)
	if in.Enabled != nil && *in.Enabled != w.Enabled {
		w.Enabled, w.DisabledReason = *in.Enabled, nil
	}
	var k httpx.Checks
	if in.WorkItems != nil && *in.WorkItems != w.WorkItems {
		if !w.CreatedAt.IsZero() {
			k.Add("work_items", "cannot change")
		}
		w.WorkItems = *in.WorkItems
	}
	k.Text("name", w.Name, 1, 100)
	core.CheckWebhookURL(&k, "url", w.URL, w.Internal, private)
	if len(w.Kinds) == 0 {
		k.Add("kinds", "must name one kind of event at least")
	}
	for i, kind := range w.Kinds {
		if k.OneOf("kinds", kind, webhookdb.WebhookKinds()...); k.Errs == nil && slices.Contains(w.Kinds[:i], kind) {
			k.Add("kinds", "names a kind twice")
		}
		if k.Errs != nil {
			break
		}
	}
	return k.Err()
}

func (s *Server) createWebhook(c echo.Context) error {
	var in webhookInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	w := webhookdb.Webhook{ID: uuid.New(), Enabled: true, Secrets: configdb.Secrets{webhookdb.WebhookKey: string(webhook.NewKey())}}
	if err := in.apply(&w, s.PrivateHosts); err != nil {
		return err
	}
	made, err := s.Store.Webhook.CreateWebhook(c.Request().Context(), core.IdentityOf(c).Actor(), w)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, core.ShowSecret(made))
}

func (s *Server) changeWebhook(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in webhookInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	w, err := s.Store.Webhook.ChangeWebhook(c.Request().Context(), core.IdentityOf(c).Actor(), id,
		func(w *webhookdb.Webhook) error { return in.apply(w, s.PrivateHosts) })
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, w)
}

func (s *Server) deleteWebhook(c echo.Context) error {
	return s.Remove(c, s.Store.Webhook.DeleteWebhook)
}

// rotateSecret gives a webhook a new secret. The old one signs too for a day, so
// that the subscriber has time to enter the new one.
func (s *Server) rotateSecret(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	until := s.Now().Add(oldSecretTTL)
	w, err := s.Store.Webhook.ChangeWebhook(c.Request().Context(), core.IdentityOf(c).Actor(), id, func(w *webhookdb.Webhook) error {
		w.Secrets[webhookdb.WebhookOldKey], w.OldUntil = w.Secrets[webhookdb.WebhookKey], &until
		w.Secrets[webhookdb.WebhookKey] = string(webhook.NewKey())
		return nil
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, core.ShowSecret(w))
}

// pinged is what a subscriber answered to a test. Status is null without an answer.
type pinged struct {
	OK     bool   `json:"ok"`
	Status *int   `json:"status"`
	Code   string `json:"code,omitempty"`
}

func (s *Server) testWebhook(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	w, err := s.Store.Webhook.WebhookByID(ctx, id)
	if err != nil {
		return err
	}
	a := webhook.Ping(ctx, w, s.PrivateHosts)
	out := pinged{OK: a.OK(), Code: a.Code}
	if a.Status != 0 {
		out.Status = &a.Status
	}
	if err := s.Store.Webhook.WebhookTested(ctx, core.IdentityOf(c).Actor(), id, out.OK, out.Code); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) listDeliveries(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	limit, err := httpx.PageSize(c)
	if err != nil {
		return err
	}
	status := c.QueryParam("status")
	if status != "" {
		var k httpx.Checks
		if k.OneOf("status", status, webhookdb.DeliveryPending, webhookdb.DeliveryDelivered, webhookdb.DeliveryFailed); k.Errs != nil {
			return httpx.BadParameter("status", k.Errs[0].Reason)
		}
	}
	var before int64
	if raw := c.QueryParam("cursor"); raw != "" {
		if before, err = strconv.ParseInt(raw, 10, 64); err != nil || before < 1 {
			return httpx.BadParameter("cursor", "is not one of this list")
		}
	}
	ctx := c.Request().Context()
	if _, err := s.Store.Webhook.WebhookByID(ctx, id); err != nil {
		return err
	}
	list, err := s.Store.Webhook.WebhookDeliveries(ctx, id, status, before, limit+1)
	if err != nil {
		return err
	}
	out := httpx.List[webhookdb.WebhookDelivery]{Items: list}
	if len(list) > limit {
		out.Items = list[:limit]
		next := strconv.FormatInt(list[limit-1].Seq, 10)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) retryDelivery(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	delivery, err := httpx.PathID(c, "delivery_id")
	if err != nil {
		return err
	}
	d, err := s.Store.Webhook.RetryDelivery(c.Request().Context(), core.IdentityOf(c).Actor(), id, delivery)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, d)
}

func (s *Server) webhookHealth(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	h, err := s.Store.Webhook.WebhookHealth(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h)
}

// retryInput: {"since": "2026-12-01T08:00:00Z"}
type retryInput struct {
	Since *time.Time `json:"since"`
}

// retried says how many failed deliveries are pending again, and whether others are left.
type retried struct {
	Deliveries int  `json:"deliveries"`
	More       bool `json:"more"`
}

// retryFailed has everything delivered again that was given up since a moment, as
// after an outage of the subscriber that was longer than a day.
func (s *Server) retryFailed(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in retryInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if in.Since == nil {
		k.Add("since", "must be given: what failed from then on is delivered again")
		return k.Err()
	}
	n, more, err := s.Store.Webhook.RetryFailed(c.Request().Context(), core.IdentityOf(c).Actor(), id, *in.Since)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, retried{Deliveries: n, More: more})
}
