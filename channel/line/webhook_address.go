package line

import (
	"context"
	"encoding/json"
	"net/http"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

// WebhookAddresses implements channel.WebhookLister.
func (l *Line) WebhookAddresses(ctx context.Context, a channel.Account) ([]channel.WebhookAddress, error) {
	r, err := l.get(ctx, a, "/v2/bot/channel/webhook/endpoint")
	if err != nil {
		return nil, err
	}
	if r.Status == http.StatusNotFound { // nobody has entered one yet
		return []channel.WebhookAddress{{}}, nil
	}
	if !r.OK() {
		return nil, rest.Asked(refusal(r, l.now()))
	}
	var doc struct {
		Endpoint string
		Active   bool
	}
	if err := json.Unmarshal(r.Body, &doc); err != nil {
		return nil, &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "LINE did not say which webhook address it has."}
	}
	return []channel.WebhookAddress{{URL: doc.Endpoint, Active: doc.Active}}, nil
}
