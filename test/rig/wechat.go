package rig

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"switchboard/dev/sandbox/wechat"
)

// WeChat is an Official Account of a site.
type WeChat struct {
	Official *wechat.Account
	AppID    string // the account at the sandbox, for its journal
	Acct     uuid.UUID
	Hook     string // webhook address
}

// AddWeChat connects an Official Account to the site, in plain mode or with
// encrypted messages.
func (s *Site) AddWeChat(ctx context.Context, n int, encrypted bool) (*WeChat, error) {
	w := &WeChat{AppID: fmt.Sprintf("wx%016x", n)}
	secrets := map[string]string{"app_secret": s.Secret, "token": fmt.Sprintf("token%d", n)}
	set := wechat.Settings{AppID: w.AppID, AppSecret: s.Secret, OriginalID: fmt.Sprintf("gh_%012x", n), Token: secrets["token"], Name: "Official Account"}
	if encrypted {
		set.AESKey = fmt.Sprintf("%043d", n)
		secrets["encoding_aes_key"] = set.AESKey
	}
	var out struct {
		ID         uuid.UUID
		WebhookURL string `json:"webhook_url"`
	}
	_, err := s.rig.Admin.Do(ctx, http.MethodPost, "/v1/accounts", map[string]any{"provider": "wechat", "name": fmt.Sprintf("WeChat %d", n),
		"base_url": s.rig.phoneAt + "/wechat", "workstream_id": s.Messengers, "settings": map[string]string{"app_id": w.AppID}, "secrets": secrets}, &out)
	if err != nil {
		return nil, err
	}
	w.Acct, w.Hook, set.WebhookURL = out.ID, out.WebhookURL, out.WebhookURL
	w.Official, err = wechat.Add(s.rig.Sandbox.Box, set)
	return w, err
}
