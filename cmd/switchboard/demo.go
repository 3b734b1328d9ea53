package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

const adminEmail = "admin@example.com"

// demoAgents are the people of the demo, besides the administrator.
func demoAgents() map[string]string {
	return map[string]string{"Maya": "maya@example.com", "Ken": "ken@example.com"}
}

// ensureAgent adds a person unless their e-mail address is known.
func (p *deps) ensureAgent(ctx context.Context, n admindb.NewAgent) (uuid.UUID, error) {
	known, err := p.store.Config.CredentialsOf(ctx, n.Email)
	if err == nil {
		return known.Agent, nil
	} else if !errors.Is(err, pg.ErrNotFound) {
		return uuid.Nil, err
	}
	a, err := p.store.Admin.CreateAgent(ctx, auditdb.Actor{}, n)
	return a.ID, err
}

// Numbers and names of the demo's accounts.
const (
	demoLINE      = "1650000001"
	demoBot       = "U0000000000000000000000000000b07"
	demoSMS       = "AC00000000000000000000000000000535"
	demoWhatsApp  = "AC000000000000000000000000000000aa"
	demoSMSNumber = "+15005550006"
	demoWANumber  = "+14155238886"
	demoWAShort   = "+14155238887" // of the workstream with short timers
)

// demo brings the demo data up to date through the API, as an administrator
// would. Each step looks first, so a start that was cut off is completed by the
// next, and ports that changed are told to the accounts.
func (d *dev) demo(ctx context.Context) (sandboxAccounts, error) {
	c, err := apiclient.SignIn(ctx, d.base(), adminEmail, d.secrets.Password)
	if err != nil {
		return sandboxAccounts{}, err
	}
	queues := map[string]uuid.UUID{}
	for _, name := range []string{"Support", "Sales"} {
		if queues[name], err = ensure(ctx, c, "/v1/queues", name, map[string]any{}); err != nil {
			return sandboxAccounts{}, err
		}
	}
	for name, email := range demoAgents() {
		id, err := ensure(ctx, c, "/v1/agents", name, map[string]any{"email": email, "role": configdb.RoleAgent, "password": d.secrets.Password, "capacity": 3})
		if err != nil {
			return sandboxAccounts{}, err
		}
		for _, q := range queues {
			if _, err := c.Do(ctx, http.MethodPut, fmt.Sprintf("/v1/queues/%s/members/%s", q, id), nil, nil); err != nil {
				return sandboxAccounts{}, err
			}
		}
	}
	support, err := ensure(ctx, c, "/v1/workstreams", "Support", map[string]any{"mode": "push", "queue_id": queues["Support"], "fallback_queue_id": queues["Support"]})
	if err != nil {
		return sandboxAccounts{}, err
	}
	sales, err := ensure(ctx, c, "/v1/workstreams", "Sales", map[string]any{"mode": "push", "queue_id": queues["Sales"], "fallback_queue_id": queues["Support"]})
	if err != nil {
		return sandboxAccounts{}, err
	}
	short, err := demoShortTimers(ctx, c, queues["Support"])
	if err != nil {
		return sandboxAccounts{}, err
	}
	if err := d.demoChat(ctx, c, queues["Support"]); err != nil {
		return sandboxAccounts{}, err
	}
	return d.demoAccounts(ctx, c, support, sales, short)
}

func (d *dev) demoAccounts(ctx context.Context, c *apiclient.Client, support, sales, short uuid.UUID) (out sandboxAccounts, err error) {
	secret := d.secrets.Provider
	twilio := func(sid string) (settings, secrets map[string]string) {
		return map[string]string{"account_sid": sid}, map[string]string{"auth_token": secret}
	}
	line, err := d.ensureAccount(ctx, c, "line", "LINE", "/line", support,
		map[string]string{"channel_id": demoLINE, "bot_user_id": demoBot}, map[string]string{"channel_secret": secret, "channel_access_token": secret})
	if err != nil {
		return out, err
	}
	settings, secrets := twilio(demoWhatsApp)
	wa, err := d.ensureAccount(ctx, c, "twilio", "WhatsApp", "/twilio", support, settings, secrets)
	if err != nil {
		return out, err
	}
	settings, secrets = twilio(demoSMS)
	sms, err := d.ensureAccount(ctx, c, "twilio", "SMS", "/twilio", sales, settings, secrets)
	if err != nil {
		return out, err
	}
	for _, a := range []struct {
		account          accountAnswer
		channel, address string
		workstream       uuid.UUID
		language         string
	}{{line, "line", "", support, "en"}, {wa, "whatsapp", demoWANumber, support, "en"}, {sms, "sms", demoSMSNumber, sales, "en"},
		{wa, "whatsapp", demoWAShort, short, "nl"}} {
		err := ensureAddress(ctx, c, a.account.ID, map[string]any{"channel": a.channel, "address": a.address, "name": a.channel,
			"workstream_id": a.workstream, "language": a.language})
		if err != nil {
			return out, err
		}
	}
	return d.sandboxAccounts(line, wa, sms), demoCampaign(ctx, c, sms.ID)
}

// ensure finds a thing of a list by its name, or makes it.
func ensure(ctx context.Context, c *apiclient.Client, path, name string, in map[string]any) (uuid.UUID, error) {
	var list struct{ Items []apiclient.Ref }
	if _, err := c.Do(ctx, http.MethodGet, path+"?limit=200", nil, &list); err != nil {
		return uuid.Nil, err
	}
	for _, it := range list.Items {
		if it.Name == name {
			return it.ID, nil
		}
	}
	var made apiclient.Ref
	in["name"] = name
	_, err := c.Do(ctx, http.MethodPost, path, in, &made)
	return made.ID, err
}

type accountAnswer struct {
	ID         uuid.UUID
	Name       string
	BaseURL    string `json:"base_url"`
	WebhookURL string `json:"webhook_url"`
}

func (d *dev) ensureAccount(ctx context.Context, c *apiclient.Client, provider, name, path string, workstream uuid.UUID, settings, secrets map[string]string) (accountAnswer, error) {
	var list struct{ Items []accountAnswer }
	if _, err := c.Do(ctx, http.MethodGet, "/v1/accounts?limit=200", nil, &list); err != nil {
		return accountAnswer{}, err
	}
	var a accountAnswer
	for _, it := range list.Items {
		if it.Name == name {
			a = it
		}
	}
	base := d.sandbox() + path
	if a.ID == uuid.Nil {
		_, err := c.Do(ctx, http.MethodPost, "/v1/accounts", map[string]any{"provider": provider, "name": name, "base_url": base,
			"workstream_id": workstream, "settings": settings, "secrets": secrets}, &a)
		return a, err
	}
	if a.BaseURL != base {
		_, err := c.Do(ctx, http.MethodPatch, "/v1/accounts/"+a.ID.String(), map[string]any{"base_url": base, "secrets": secrets}, &a)
		return a, err
	}
	return a, nil
}

func ensureAddress(ctx context.Context, c *apiclient.Client, account uuid.UUID, in map[string]any) error {
	_, err := c.Do(ctx, http.MethodPost, "/v1/accounts/"+account.String()+"/addresses", in, nil)
	var refused *apiclient.Refused
	if errors.As(err, &refused) && refused.Status == http.StatusConflict {
		return nil // it is there
	}
	return err
}

// summary says where everything is and how to begin.
func (d *dev) summary(took time.Duration) {
	d.say(`
Switchboard runs (started in %.1f s).

  desk            %s/desk/
  demo shop       %s/shop/        a site with the chat, live or persistent
  API             %s        contract and docs: %s/docs
  phones          %s        write as a customer on LINE, WhatsApp or SMS; %s has short timers
  Temporal UI     %s/namespaces/switchboard/workflows
  logs            %s

  sign in as      admin@example.com  (administrator)
                  maya@example.com, ken@example.com  (agents)
  password        %s

  Be Maya, and wait for work:
    curl -sN -H "Authorization: Bearer $(curl -s %s/v1/session -H 'Content-Type: application/json' \
      -d '{"email":"maya@example.com","password":"%s"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')" %s/v1/events

  Ctrl-C stops everything; nothing is lost.
`, took.Seconds(), d.base(), d.sandbox(), d.base(), d.base(), d.sandbox(), demoWAShort, "http://127.0.0.1:"+fmt.Sprint(d.UIPort), d.dir+"/log", d.secrets.Password, d.base(), d.secrets.Password, d.base())
}
