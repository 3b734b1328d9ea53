package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

// demoChat makes a live and a persistent web chat. Customers of the shop sign in
// with tokens that the sandbox's shop signs.
func (d *dev) demoChat(ctx context.Context, c *apiclient.Client, queue uuid.UUID) error {
	key, err := d.secrets.shopPublic()
	if err != nil {
		return err
	}
	live, err := ensure(ctx, c, "/v1/workstreams", "Live chat", map[string]any{"mode": "push", "style": "live", "queue_id": queue, "fallback_queue_id": queue})
	if err != nil {
		return err
	}
	persistent, err := ensure(ctx, c, "/v1/workstreams", "Persistent chat", map[string]any{"mode": "push", "style": "persistent", "queue_id": queue, "fallback_queue_id": queue})
	if err != nil {
		return err
	}
	for _, trigger := range []string{"agent_joined", "conversation_ended"} {
		in := map[string]any{"trigger": trigger, "channel": "webchat", "enabled": true}
		if _, err := c.Do(ctx, http.MethodPut, "/v1/automated-messages", in, nil); err != nil {
			return err
		}
	}
	return errors.Join(
		ensureWidget(ctx, c, map[string]any{"name": "Shop, live", "key": demoLive, "workstream_id": live, "origins": []string{"*"},
			"authentication": "optional", "public_key": key, "pre_chat": []map[string]any{
				{"name": "name", "type": "text", "required": true, "meaning": "name", "label": map[string]string{
					"en": "Your name", "nl": "Uw naam", "fi": "Nimesi", "et": "Teie nimi"}},
				{"name": "email", "type": "text", "check": "email", "label": map[string]string{
					"en": "E-mail", "nl": "E-mail", "fi": "Sähköposti", "et": "E-post"}},
				{"name": "topic", "type": "options", "options": []string{"Delivery", "Returns", "Other"}, "label": map[string]string{
					"en": "What is it about?", "nl": "Waar gaat het over?", "fi": "Mistä on kyse?", "et": "Millest on jutt?"}},
			}}),
		ensureWidget(ctx, c, map[string]any{"name": "Shop, persistent", "key": demoPersistent, "workstream_id": persistent, "origins": []string{"*"},
			"authentication": "required", "public_key": key}))
}

// ensureWidget adds a widget, or gives the one of that name the key of the shop.
func ensureWidget(ctx context.Context, c *apiclient.Client, in map[string]any) error {
	var list struct{ Items []apiclient.Ref }
	if _, err := c.Do(ctx, http.MethodGet, "/v1/widgets?limit=200", nil, &list); err != nil {
		return err
	}
	for _, w := range list.Items {
		if w.Name == in["name"] {
			_, err := c.Do(ctx, http.MethodPatch, "/v1/widgets/"+w.ID.String(), map[string]any{"public_key": in["public_key"]}, nil)
			return err
		}
	}
	_, err := c.Do(ctx, http.MethodPost, "/v1/widgets", in, nil)
	return err
}
