package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

const demoRecipients = 40

// demoCampaign is a small campaign that is ready to be started: its recipients are
// phones of the sandbox, in several languages.
func demoCampaign(ctx context.Context, c *apiclient.Client, account uuid.UUID) error {
	var addresses struct{ Items []apiclient.Ref }
	if _, err := c.Do(ctx, http.MethodGet, "/v1/accounts/"+account.String()+"/addresses", nil, &addresses); err != nil || len(addresses.Items) == 0 {
		return err
	}
	template, err := ensure(ctx, c, "/v1/templates", "Appointment", map[string]any{"channel": "sms", "default_language": "en"})
	if err != nil {
		return err
	}
	conf, err := ensure(ctx, c, "/v1/outbound-configurations", "Appointment reminder", map[string]any{"address_id": addresses.Items[0].ID, "template_id": template})
	if err != nil {
		return err
	}
	id, err := ensure(ctx, c, "/v1/campaigns", "Appointments of next week", map[string]any{"configuration_id": conf, "rate": 5, "time_zone": "Europe/Tallinn"})
	if err != nil {
		return err
	}
	path := "/v1/campaigns/" + id.String()
	var now struct {
		State string
		Total int
	}
	if _, err := c.Do(ctx, http.MethodGet, path, nil, &now); err != nil || now.State != "draft" || now.Total > 0 {
		return err
	}
	languages := []string{"en", "nl", "fi", "et"}
	days := []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}
	var contacts []map[string]any
	for i := range demoRecipients {
		contacts = append(contacts, map[string]any{"tocontactid": fmt.Sprintf("+3725550%04d", i), "channelid": "sms", "optin": true, "locale": languages[i%len(languages)],
			"contextitems": map[string]string{"Name": fmt.Sprintf("Customer %d", i+1), "Day": days[i%len(days)]}})
	}
	_, err = c.Do(ctx, http.MethodPost, path+"/recipients", map[string]any{"contacts": contacts}, nil)
	return err
}
