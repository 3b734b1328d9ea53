package rig

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"switchboard/dev/sandbox/messenger"
	"switchboard/dev/sandbox/whatsapp"
)

// Meta is a page and a number of a site at Meta, of one app.
type Meta struct {
	Page              *messenger.Account
	Number            *whatsapp.Account
	PageID, NumberID  string
	PageAcct, NumAcct uuid.UUID
	PageHook, NumHook string
	Secret, Verify    string
}

// AddMeta connects a Facebook page and a WhatsApp number to the site. Hook is the
// webhook address that the app at Meta has instead of the page's own; "" is the
// page's own.
func (s *Site) AddMeta(ctx context.Context, n int, hook string) (*Meta, error) {
	m := &Meta{PageID: fmt.Sprintf("1045%011d", n), NumberID: fmt.Sprintf("1065%011d", n), Secret: s.Secret, Verify: "verify-" + s.Secret}
	secrets := func(token string) map[string]string {
		return map[string]string{"app_secret": m.Secret, "verify_token": m.Verify, token: fmt.Sprintf("token-%d-%s", n, m.Secret)}
	}
	var out struct {
		ID         uuid.UUID
		WebhookURL string `json:"webhook_url"`
	}
	_, err := s.rig.Admin.Do(ctx, http.MethodPost, "/v1/accounts", map[string]any{"provider": "messenger", "name": fmt.Sprintf("Messenger %d", n),
		"base_url": s.rig.phoneAt + "/messenger", "workstream_id": s.Messengers, "settings": map[string]string{"page_id": m.PageID, "app_id": "555"},
		"secrets": secrets("page_access_token")}, &out)
	if err != nil {
		return nil, err
	}
	m.PageAcct, m.PageHook = out.ID, out.WebhookURL
	if hook == "" {
		hook = out.WebhookURL
	}
	if m.Page, err = messenger.Add(s.rig.Sandbox.Box, messenger.Settings{PageID: m.PageID, AppID: "555", AppSecret: m.Secret,
		AccessToken: fmt.Sprintf("token-%d-%s", n, m.Secret), WebhookURL: hook, Name: "Page"}); err != nil {
		return nil, err
	}
	number, business := fmt.Sprintf("+3197%08d", n), fmt.Sprintf("1022%011d", n)
	_, err = s.rig.Admin.Do(ctx, http.MethodPost, "/v1/accounts", map[string]any{"provider": "whatsapp_cloud", "name": fmt.Sprintf("WhatsApp Cloud %d", n),
		"base_url": s.rig.phoneAt + "/whatsapp", "workstream_id": s.Messengers, "settings": map[string]string{"phone_number_id": m.NumberID, "waba_id": business},
		"secrets": secrets("access_token")}, &out)
	if err != nil {
		return nil, err
	}
	m.NumAcct, m.NumHook = out.ID, out.WebhookURL
	m.Number, err = whatsapp.Add(s.rig.Sandbox.Box, whatsapp.Settings{NumberID: m.NumberID, BusinessID: business, Number: number, AppSecret: m.Secret,
		AccessToken: fmt.Sprintf("token-%d-%s", n, m.Secret), WebhookURL: out.WebhookURL, Name: "Number"})
	return m, err
}
