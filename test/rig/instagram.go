package rig

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"switchboard/dev/sandbox/instagram"
)

// Instagram is a professional account of a site.
type Instagram struct {
	Profile *instagram.Account
	ID      string // at the sandbox, for its journal
	Acct    uuid.UUID
	Hook    string // webhook address
	Verify  string
}

// AddInstagram connects a professional account to the site.
func (s *Site) AddInstagram(ctx context.Context, n int) (*Instagram, error) {
	i := &Instagram{ID: fmt.Sprintf("17841%012d", n), Verify: "verify-" + s.Secret}
	token := fmt.Sprintf("token-%d-%s", n, s.Secret)
	var out struct {
		ID         uuid.UUID
		WebhookURL string `json:"webhook_url"`
	}
	_, err := s.rig.Admin.Do(ctx, http.MethodPost, "/v1/accounts", map[string]any{"provider": "instagram", "name": fmt.Sprintf("Instagram %d", n),
		"base_url": s.rig.phoneAt + "/instagram", "workstream_id": s.Messengers, "settings": map[string]string{"ig_id": i.ID},
		"secrets": map[string]string{"app_secret": s.Secret, "verify_token": i.Verify, "access_token": token}}, &out)
	if err != nil {
		return nil, err
	}
	i.Acct, i.Hook = out.ID, out.WebhookURL
	i.Profile, err = instagram.Add(s.rig.Sandbox.Box, instagram.Settings{ID: i.ID, AppSecret: s.Secret, AccessToken: token,
		WebhookURL: out.WebhookURL, Name: "Profile"})
	return i, err
}
