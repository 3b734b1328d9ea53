package rig

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox/line"
	"switchboard/dev/sandbox/twilio"
)

// Site is one organisation's configuration, apart from all others on the rig:
// a queue, a workstream, a LINE account and a Twilio account with an SMS and a
// WhatsApp number.
type Site struct {
	Queue      uuid.UUID
	Workstream uuid.UUID
	Messengers uuid.UUID // the workstream of both accounts: the same, unless that is one of live chats
	LINE       *line.Account
	Twilio     *twilio.Account
	LINEID     string // the account at the sandbox, for its journal
	TwilioID   string
	LINEBot    string // destination of its webhooks
	LINEHook   string // webhook address
	TwilioHook string
	SMS        string // our number
	WhatsApp   string
	Secret     string // of both accounts
	LINEAcct   uuid.UUID
	TwilioAcct uuid.UUID

	rig *Rig
}

// NewSite configures an organisation. n tells sites apart: each takes its own
// numbers. settings override the workstream's.
func (r *Rig) NewSite(ctx context.Context, n int, settings map[string]any) (*Site, error) {
	s := &Site{rig: r, LINEID: fmt.Sprintf("165%07d", n), TwilioID: fmt.Sprintf("AC%032x", n), Secret: fmt.Sprintf(MarkSecret+"-%024d", n),
		SMS: fmt.Sprintf("+1500555%04d", n), WhatsApp: fmt.Sprintf("+1415523%04d", n)}
	var made apiclient.Ref
	if _, err := r.Admin.Do(ctx, http.MethodPost, "/v1/queues", map[string]any{"name": fmt.Sprintf("Queue %d", n)}, &made); err != nil {
		return nil, err
	}
	s.Queue = made.ID
	in := map[string]any{"name": fmt.Sprintf("Workstream %d", n), "mode": "push", "queue_id": s.Queue, "fallback_queue_id": s.Queue}
	for k, v := range settings {
		in[k] = v
	}
	if _, err := r.Admin.Do(ctx, http.MethodPost, "/v1/workstreams", in, &made); err != nil {
		return nil, err
	}
	s.Workstream, s.Messengers = made.ID, made.ID
	if settings["style"] == "live" { // which is for web chats only
		in["name"], in["style"] = fmt.Sprintf("Workstream %d, messengers", n), "messaging"
		if _, err := r.Admin.Do(ctx, http.MethodPost, "/v1/workstreams", in, &made); err != nil {
			return nil, err
		}
		s.Messengers = made.ID
	}
	return s, s.accounts(ctx, n)
}

func (s *Site) accounts(ctx context.Context, n int) error {
	r := s.rig
	s.LINEBot = fmt.Sprintf("U%032x", n)
	var out struct {
		ID         uuid.UUID
		WebhookURL string `json:"webhook_url"`
	}
	_, err := r.Admin.Do(ctx, http.MethodPost, "/v1/accounts", map[string]any{"provider": "line", "name": fmt.Sprintf("LINE %d", n), "base_url": r.phoneAt + "/line",
		"workstream_id": s.Messengers, "settings": map[string]string{"channel_id": s.LINEID, "bot_user_id": s.LINEBot},
		"secrets": map[string]string{"channel_secret": s.Secret, "channel_access_token": s.Secret}}, &out)
	if err != nil {
		return err
	}
	s.LINEAcct, s.LINEHook = out.ID, out.WebhookURL
	s.LINE, err = line.Add(r.Sandbox.Box, line.Settings{ChannelID: s.LINEID, Secret: s.Secret, AccessToken: s.Secret, BotUserID: s.LINEBot,
		WebhookURL: out.WebhookURL})
	if err != nil {
		return err
	}
	_, err = r.Admin.Do(ctx, http.MethodPost, "/v1/accounts", map[string]any{"provider": "twilio", "name": fmt.Sprintf("Twilio %d", n), "base_url": r.phoneAt + "/twilio",
		"workstream_id": s.Messengers, "settings": map[string]string{"account_sid": s.TwilioID}, "secrets": map[string]string{"auth_token": s.Secret}}, &out)
	if err != nil {
		return err
	}
	s.TwilioAcct, s.TwilioHook = out.ID, out.WebhookURL
	s.Twilio, err = twilio.Add(r.Sandbox.Box, twilio.Settings{SID: s.TwilioID, AuthToken: s.Secret, Numbers: []string{s.SMS},
		WhatsApp: []string{s.WhatsApp}, WebhookURL: out.WebhookURL})
	return err
}

// NewAgent adds an agent to the site's queue and signs them in. They are present
// once they listen.
func (s *Site) NewAgent(ctx context.Context, name string, capacity int) (*apiclient.Client, uuid.UUID, error) {
	email, id, err := s.AddAgent(ctx, name, capacity)
	if err != nil {
		return nil, uuid.Nil, err
	}
	c, err := apiclient.SignIn(ctx, s.rig.Base, email, Password)
	return c, id, err
}

// AddAgent adds an agent to the site's queue, who has yet to sign in.
func (s *Site) AddAgent(ctx context.Context, name string, capacity int) (email string, id uuid.UUID, err error) {
	email = fmt.Sprintf("%s-%s@example.com", strings.ToLower(strings.ReplaceAll(name, " ", ".")), uuid.NewString()[:8])
	var made apiclient.Ref
	_, err = s.rig.Admin.Do(ctx, http.MethodPost, "/v1/agents", map[string]any{"name": name, "email": email, "role": "agent", "capacity": capacity}, &made)
	if err == nil {
		err = s.rig.Admin.Invite(ctx, made.ID, Password)
	}
	if err != nil {
		return "", uuid.Nil, err
	}
	_, err = s.rig.Admin.Do(ctx, http.MethodPut, fmt.Sprintf("/v1/queues/%s/members/%s", s.Queue, made.ID), nil, nil)
	return email, made.ID, err
}
