package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/channel/safehttp"
	"switchboard/store/configdb"
	"switchboard/store/webhookdb"
	"switchboard/webhook"
)

// oldSecretTTL is how long the secret before the last rotation signs too.
const oldSecretTTL = 24 * time.Hour

func (s *server) listWebhooks(c echo.Context) error {
	p, err := pageOf(c, "webhooks")
	if err != nil {
		return err
	}
	list, err := s.Store.Webhook.Webhooks(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerList(c, "webhooks", p, list, func(w webhookdb.Webhook) (time.Time, uuid.UUID) { return w.CreatedAt, w.ID }, same)
}

func (s *server) getWebhook(c echo.Context) error {
	id, err := pathID(c, "id")
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
	Name            *string             `json:"name"`
	URL             *string             `json:"url"`
	Kinds           *[]string           `json:"kinds"`
	WorkstreamID    Optional[uuid.UUID] `json:"workstream_id"`
	IncludeMessage  *bool               `json:"include_message"`
	IncludeInternal *bool               `json:"include_internal"`
	Internal        *bool               `json:"internal"`
	WorkItems       *bool               `json:"work_items"`
	Enabled         *bool               `json:"enabled"`
}

func (in webhookInput) apply(w *webhookdb.Webhook, private []string) error {
	set(&w.Name, in.Name)
	set(&w.URL, in.URL)
	set(&w.Kinds, in.Kinds)
	if in.WorkstreamID.Given {
		w.Workstream = uuid.NullUUID{}
		if v := in.WorkstreamID.Value; v != nil {
			w.Workstream = uuid.NullUUID{UUID: *v, Valid: true}
		}
	}
	set(&w.IncludeMessage, in.IncludeMessage)
	set(&w.IncludeInternal, in.IncludeInternal)
	set(&w.Internal, in.Internal)
	if in.Enabled != nil && *in.Enabled != w.Enabled {
		w.Enabled, w.DisabledReason = *in.Enabled, nil
	}
	var k checks
	if in.WorkItems != nil && *in.WorkItems != w.WorkItems {
		if !w.CreatedAt.IsZero() {
			k.add("work_items", "cannot change")
		}
		w.WorkItems = *in.WorkItems
	}
	k.text("name", w.Name, 1, 100)
	checkWebhookURL(&k, "url", w.URL, w.Internal, private)
	if len(w.Kinds) == 0 {
		k.add("kinds", "must name one kind of event at least")
	}
	for i, kind := range w.Kinds {
		if k.oneOf("kinds", kind, webhookdb.WebhookKinds()...); k.errs == nil && slices.Contains(w.Kinds[:i], kind) {
			k.add("kinds", "names a kind twice")
		}
		if k.errs != nil {
			break
		}
	}
	return k.err()
}

const maxWebhookURL = 2000

// checkWebhookURL wants TLS but for hosts within, which whoever runs this service named.
func checkWebhookURL(k *checks, field, v string, internal bool, private []string) {
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.Contains(v, "#") || len(v) > maxWebhookURL:
		k.add(field, "must be a URL without user and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !internal):
		k.add(field, "must be an https URL; of an internal webhook, http is taken too")
	case internal && !safehttp.Named(u, private):
		k.add(field, "is of an internal webhook: its host must be named in SWITCHBOARD_ALLOW_PRIVATE_HOSTS")
	}
}

// shownWebhook is a webhook with its secret, shown this once.
type shownWebhook struct {
	webhookdb.Webhook
	Secret string `json:"secret"`
}

func showSecret(w webhookdb.Webhook) shownWebhook {
	return shownWebhook{Webhook: w, Secret: webhook.FormatKey([]byte(w.Secrets[webhookdb.WebhookKey]))}
}

func (s *server) createWebhook(c echo.Context) error {
	var in webhookInput
	if err := decode(c, &in); err != nil {
		return err
	}
	w := webhookdb.Webhook{ID: uuid.New(), Enabled: true, Secrets: configdb.Secrets{webhookdb.WebhookKey: string(webhook.NewKey())}}
	if err := in.apply(&w, s.PrivateHosts); err != nil {
		return err
	}
	made, err := s.Store.Webhook.CreateWebhook(c.Request().Context(), IdentityOf(c).Actor(), w)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, showSecret(made))
}

func (s *server) changeWebhook(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in webhookInput
	if err := decode(c, &in); err != nil {
		return err
	}
	w, err := s.Store.Webhook.ChangeWebhook(c.Request().Context(), IdentityOf(c).Actor(), id, func(w *webhookdb.Webhook) error { return in.apply(w, s.PrivateHosts) })
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, w)
}

func (s *server) deleteWebhook(c echo.Context) error {
	return s.remove(c, s.Store.Webhook.DeleteWebhook)
}

// rotateSecret gives a webhook a new secret. The old one signs too for a day, so
// that the subscriber has time to enter the new one.
func (s *server) rotateSecret(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	until := s.Now().Add(oldSecretTTL)
	w, err := s.Store.Webhook.ChangeWebhook(c.Request().Context(), IdentityOf(c).Actor(), id, func(w *webhookdb.Webhook) error {
		w.Secrets[webhookdb.WebhookOldKey], w.OldUntil = w.Secrets[webhookdb.WebhookKey], &until
		w.Secrets[webhookdb.WebhookKey] = string(webhook.NewKey())
		return nil
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showSecret(w))
}

// pinged is what a subscriber answered to a test. Status is null without an answer.
type pinged struct {
	OK     bool   `json:"ok"`
	Status *int   `json:"status"`
	Code   string `json:"code,omitempty"`
}

func (s *server) testWebhook(c echo.Context) error {
	id, err := pathID(c, "id")
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
	if err := s.Store.Webhook.WebhookTested(ctx, IdentityOf(c).Actor(), id, out.OK, out.Code); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

func (s *server) listDeliveries(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	status := c.QueryParam("status")
	if status != "" {
		var k checks
		if k.oneOf("status", status, webhookdb.DeliveryPending, webhookdb.DeliveryDelivered, webhookdb.DeliveryFailed); k.errs != nil {
			return badParameter("status", k.errs[0].Reason)
		}
	}
	var before int64
	if raw := c.QueryParam("cursor"); raw != "" {
		if before, err = strconv.ParseInt(raw, 10, 64); err != nil || before < 1 {
			return badParameter("cursor", "is not one of this list")
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
	out := List[webhookdb.WebhookDelivery]{Items: list}
	if len(list) > limit {
		out.Items = list[:limit]
		next := strconv.FormatInt(list[limit-1].Seq, 10)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}

func (s *server) retryDelivery(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	delivery, err := pathID(c, "delivery_id")
	if err != nil {
		return err
	}
	d, err := s.Store.Webhook.RetryDelivery(c.Request().Context(), IdentityOf(c).Actor(), id, delivery)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, d)
}
