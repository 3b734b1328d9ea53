package demo

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"switchboard/api/apiclient"
)

// Numbers and names of the company's accounts at the providers.
const (
	LINEChannel    = "1650000001"
	LINEBot        = "U0000000000000000000000000000b07"
	SMSAccount     = "AC00000000000000000000000000000535"
	WhatsAppAcct   = "AC000000000000000000000000000000aa"
	PageID         = "104500000000001"
	AppID          = "555000000000001"
	WeChatApp      = "wx0000000000000b07"
	WeChatToken    = "demotoken"
	WeChatKey      = "kettleandleafkettleandleafkettleandleaf0000"
	CloudNumberID  = "106500000000001"
	CloudBusiness  = "102200000000001"
	CloudNumber    = "+31970102000"
	SMSNumber      = "+15005550006"
	WhatsAppNumber = "+14155238886"
	ShortNumber    = "+14155238887" // WhatsApp, of the workstream with short timers
)

// Account is an account of the product at a provider.
type Account struct {
	ID         uuid.UUID
	Name       string
	BaseURL    string `json:"base_url"`
	WebhookURL string `json:"webhook_url"`
}

// Accounts are what the sandbox stands in for.
type Accounts struct{ LINE, WhatsApp, SMS, Messenger, Cloud, WeChat Account }

func (c *Company) makeAccounts(ctx context.Context) error {
	secret := c.cfg.Secret
	twilio := func(sid string) map[string]any {
		return map[string]any{"provider": "twilio", "settings": map[string]string{"account_sid": sid},
			"secrets": map[string]string{"auth_token": secret}}
	}
	g, group := errgroup.WithContext(ctx)
	add := func(into *Account, name, path, stream string, in map[string]any) {
		g.Go(func() (err error) {
			*into, err = c.ensureAccount(group, name, c.cfg.Sandbox+path, c.streams[stream], in)
			return err
		})
	}
	add(&c.Accounts.LINE, "LINE", "/line", "Support", map[string]any{"provider": "line",
		"settings": map[string]string{"channel_id": LINEChannel, "bot_user_id": LINEBot},
		"secrets":  map[string]string{"channel_secret": secret, "channel_access_token": secret}})
	add(&c.Accounts.WhatsApp, "WhatsApp", "/twilio", "Support", twilio(WhatsAppAcct))
	add(&c.Accounts.SMS, "SMS", "/twilio", "Text messages", twilio(SMSAccount))
	meta := func(provider string, settings map[string]string, token string) map[string]any {
		return map[string]any{"provider": provider, "settings": settings,
			"secrets": map[string]string{"app_secret": secret, "verify_token": secret, token: secret}}
	}
	add(&c.Accounts.Messenger, "Messenger", "/messenger", "Support",
		meta("messenger", map[string]string{"page_id": PageID, "app_id": AppID}, "page_access_token"))
	add(&c.Accounts.Cloud, "WhatsApp Cloud", "/whatsapp", "Support",
		meta("whatsapp_cloud", map[string]string{"phone_number_id": CloudNumberID, "waba_id": CloudBusiness}, "access_token"))
	add(&c.Accounts.WeChat, "WeChat", "/wechat", "Support", map[string]any{"provider": "wechat", "settings": map[string]string{"app_id": WeChatApp},
		"secrets": map[string]string{"app_secret": secret, "token": WeChatToken, "encoding_aes_key": WeChatKey}})
	if err := g.Wait(); err != nil {
		return err
	}
	a := c.Accounts
	return errors.Join(
		c.ensureAddress(ctx, a.LINE, "line", "", "Kettle & Leaf on LINE", "Support", "en"),
		c.ensureAddress(ctx, a.Messenger, "messenger", "", "Kettle & Leaf on Messenger", "Support", "en"),
		c.ensureAddress(ctx, a.WeChat, "wechat", "", "Kettle & Leaf on WeChat", "Support", "en"),
		c.ensureAddress(ctx, a.Cloud, "whatsapp", CloudNumber, "Kettle & Leaf on WhatsApp, at Meta", "Support", "en"),
		c.ensureAddress(ctx, a.WhatsApp, "whatsapp", WhatsAppNumber, "Kettle & Leaf on WhatsApp", "Support", "en"),
		c.ensureAddress(ctx, a.WhatsApp, "whatsapp", ShortNumber, "Short timers", shortTimers, "nl"),
		c.ensureAddress(ctx, a.SMS, "sms", SMSNumber, "Kettle & Leaf text messages", "Text messages", "en"))
}

func (c *Company) ensureAccount(ctx context.Context, name, base string, stream uuid.UUID, in map[string]any) (Account, error) {
	var list struct{ Items []Account }
	if _, err := c.admin.Do(ctx, http.MethodGet, "/v1/accounts?limit=200", nil, &list); err != nil {
		return Account{}, err
	}
	for _, a := range list.Items {
		if a.Name != name {
			continue
		}
		var err error
		if a.BaseURL != base {
			_, err = c.admin.Do(ctx, http.MethodPatch, "/v1/accounts/"+a.ID.String(), map[string]any{"base_url": base, "secrets": in["secrets"]}, &a)
		}
		return a, err
	}
	var a Account
	in["name"], in["base_url"], in["workstream_id"] = name, base, stream
	_, err := c.admin.Do(ctx, http.MethodPost, "/v1/accounts", in, &a)
	return a, err
}

func (c *Company) ensureAddress(ctx context.Context, a Account, channel, address, name, stream, language string) error {
	in := map[string]any{"channel": channel, "address": address, "name": name, "workstream_id": c.streams[stream], "language": language}
	_, err := c.admin.Do(ctx, http.MethodPost, "/v1/accounts/"+a.ID.String()+"/addresses", in, nil)
	if conflict(err) {
		return nil
	}
	return err
}

// addressOf is the id of the number that an account sends from.
func (c *Company) addressOf(ctx context.Context, a Account, number string) (uuid.UUID, error) {
	var list struct {
		Items []struct {
			ID      uuid.UUID
			Address string
		}
	}
	if _, err := c.admin.Do(ctx, http.MethodGet, "/v1/accounts/"+a.ID.String()+"/addresses", nil, &list); err != nil {
		return uuid.Nil, err
	}
	for _, it := range list.Items {
		if bare(it.Address) == number {
			return it.ID, nil
		}
	}
	return uuid.Nil, errors.New(a.Name + " has no address " + number)
}

// makeWidgets makes a live and a persistent web chat. Customers of the shop sign
// in with tokens that the sandbox's shop signs.
func (c *Company) makeWidgets(ctx context.Context) error {
	for _, occasion := range []string{"agent_joined", "conversation_ended"} {
		in := map[string]any{"trigger": occasion, "channel": "webchat", "enabled": true}
		if _, err := c.admin.Do(ctx, http.MethodPut, "/v1/automated-messages", in, nil); err != nil {
			return err
		}
	}
	look := map[string]any{"title": "Kettle & Leaf", "subtitle": "Tea and teapots", "color": "#2f6b57", "text_color": "#ffffff",
		"logo_url": "", "position": "right", "offline_title": "", "offline_subtitle": "", "hide_offline": false}
	return errors.Join(
		c.ensureWidget(ctx, map[string]any{"name": "Shop, live", "key": c.cfg.Live, "workstream_id": c.streams["Live chat"],
			"origins": []string{"*"}, "authentication": "optional", "public_key": c.cfg.ShopKey, "pre_chat": survey(), "appearance": look}),
		c.ensureWidget(ctx, map[string]any{"name": "Shop, persistent", "key": c.cfg.Persistent, "workstream_id": c.streams["Persistent chat"],
			"origins": []string{"*"}, "authentication": "required", "public_key": c.cfg.ShopKey, "appearance": look}))
}

// survey is what visitors of the live chat are asked first.
func survey() []map[string]any {
	return []map[string]any{
		{"name": "name", "type": "text", "required": true, "meaning": "name", "label": map[string]string{
			"en": "Your name", "nl": "Uw naam", "fi": "Nimesi", "et": "Teie nimi"}},
		{"name": "email", "type": "text", "check": "email", "label": map[string]string{
			"en": "E-mail", "nl": "E-mail", "fi": "Sähköposti", "et": "E-post"}},
		{"name": "topic", "type": "options", "options": []string{"Delivery", "Returns", "Other"}, "label": map[string]string{
			"en": "What is it about?", "nl": "Waar gaat het over?", "fi": "Mistä on kyse?", "et": "Millest on jutt?"}},
	}
}

// ensureWidget adds a widget, or gives the one of that name the key of the shop.
func (c *Company) ensureWidget(ctx context.Context, in map[string]any) error {
	name, _ := in["name"].(string)
	id, err := find(ctx, c.admin, "/v1/widgets", name)
	if err != nil {
		return err
	}
	if id != uuid.Nil {
		_, err := c.admin.Do(ctx, http.MethodPatch, "/v1/widgets/"+id.String(), map[string]any{"public_key": in["public_key"]}, nil)
		return err
	}
	var made apiclient.Ref
	_, err = c.admin.Do(ctx, http.MethodPost, "/v1/widgets", in, &made)
	return err
}
