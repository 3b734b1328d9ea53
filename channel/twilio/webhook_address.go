package twilio

import (
	"context"
	"encoding/json"
	"net/http"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

// numbersAsked is how many numbers are asked for at once; an account with more has
// its first ones checked.
const numbersAsked = "100"

// WebhookAddresses implements channel.WebhookLister for telephone numbers. A number
// that leaves its messages to an application or a messaging service has its address
// there, and is left out.
func (t *Twilio) WebhookAddresses(ctx context.Context, a channel.Account) ([]channel.WebhookAddress, error) {
	req, err := request(ctx, a, http.MethodGet, "/IncomingPhoneNumbers.json?PageSize="+numbersAsked, nil)
	if err != nil {
		return nil, err
	}
	r, err := rest.Ask(rest.Client(t.HTTP), req)
	if err != nil {
		return nil, err
	}
	if !r.OK() {
		return nil, rest.Asked(refusal(r, t.now()))
	}
	var doc struct {
		Numbers []struct {
			Number      string `json:"phone_number"`
			URL         string `json:"sms_url"`
			Method      string `json:"sms_method"`
			Application string `json:"sms_application_sid"`
		} `json:"incoming_phone_numbers"`
	}
	if err := json.Unmarshal(r.Body, &doc); err != nil {
		return nil, &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "Twilio did not say which webhook addresses it has."}
	}
	out := []channel.WebhookAddress{}
	for _, n := range doc.Numbers {
		if n.Application == "" {
			out = append(out, channel.WebhookAddress{Sender: n.Number, URL: n.URL, Active: n.URL != "" && n.Method == http.MethodPost})
		}
	}
	return out, nil
}
