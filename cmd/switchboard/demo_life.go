package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

// demoShortTimers shows within minutes what otherwise takes days: a parked
// conversation that is brought back, silence that is asked about and then ends
// it, capacity that wrap-up gives back, and what the system says by itself.
func demoShortTimers(ctx context.Context, c *apiclient.Client, queue uuid.UUID) (uuid.UUID, error) {
	short, err := ensure(ctx, c, "/v1/workstreams", "Short timers", map[string]any{
		"mode": "push", "queue_id": queue, "fallback_queue_id": queue, "waiting_timeout": 300, "active_timeout": 600, "wrap_up_timeout": 60,
		"wrap_up_block_for": 20, "follow_up_after": 120, "same_agent_patience": 30,
	})
	if err != nil {
		return uuid.Nil, err
	}
	rules := "/v1/workstreams/" + short.String() + "/timeout-rules"
	for _, r := range []map[string]any{
		{"name": "Still there?", "silent": "customer", "after": 60, "action": "message_customer", "texts": map[string]string{
			"en": "Are you still there?", "nl": "Bent u er nog?", "fi": "Oletko vielä paikalla?", "et": "Kas olete veel siin?"}},
		{"name": "Goodbye", "silent": "customer", "after": 180, "action": "close"},
		{"name": "The customer waits", "silent": "agent", "after": 45, "action": "message_agent", "texts": map[string]string{"en": "{CustomerName} waits for your answer."}},
	} {
		if _, err := ensure(ctx, c, rules, r["name"].(string), r); err != nil {
			return uuid.Nil, err
		}
	}
	for _, trigger := range []string{"greeting", "agent_joined", "conversation_ended"} {
		in := map[string]any{"trigger": trigger, "workstream_id": short, "enabled": true}
		if _, err := c.Do(ctx, http.MethodPut, "/v1/automated-messages", in, nil); err != nil {
			return uuid.Nil, err
		}
	}
	return short, demoTemplate(ctx, c)
}

// demoTemplate is a text in the languages of the demo, for SMS.
func demoTemplate(ctx context.Context, c *apiclient.Client) error {
	id, err := ensure(ctx, c, "/v1/templates", "Appointment", map[string]any{"channel": "sms", "default_language": "en"})
	if err != nil {
		return err
	}
	for language, text := range map[string]string{
		"en": "Hello {Name}, your appointment is on {Day}.", "nl": "Dag {Name}, uw afspraak is op {Day}.",
		"fi": "Hei {Name}, aikasi on {Day}.", "et": "Tere, {Name}! Teie aeg on {Day}.",
	} {
		if _, err := c.Do(ctx, http.MethodPut, "/v1/templates/"+id.String()+"/texts/"+language, map[string]any{"text": text}, nil); err != nil {
			return err
		}
	}
	return nil
}

// demoApproved reads the templates that WhatsApp approved, which takes the
// sandbox to run.
func (d *dev) demoApproved(ctx context.Context) error {
	c, err := apiclient.SignIn(ctx, d.base(), adminEmail, d.secrets.Password)
	if err != nil {
		return err
	}
	var list struct{ Items []accountAnswer }
	if _, err := c.Do(ctx, http.MethodGet, "/v1/accounts?limit=200", nil, &list); err != nil {
		return err
	}
	var errs []error
	for _, a := range list.Items {
		if a.Name == "WhatsApp" {
			_, err := c.Do(ctx, http.MethodPost, "/v1/accounts/"+a.ID.String()+"/sync-templates", nil, nil)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
