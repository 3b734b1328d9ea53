package core

import (
	"net/url"
	"strings"

	"switchboard/api/httpx"
	"switchboard/channel/safehttp"
	"switchboard/store/webhookdb"
	"switchboard/webhook"
)

const maxWebhookURL = 2000

// CheckWebhookURL wants TLS but for hosts within, which whoever runs this service named.
func CheckWebhookURL(k *httpx.Checks, field, v string, internal bool, private []string) {
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.Contains(v, "#") || len(v) > maxWebhookURL:
		k.Add(field, "must be a URL without user and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !internal):
		k.Add(field, "must be an https URL; of an internal webhook, http is taken too")
	case internal && !safehttp.Named(u, private):
		k.Add(field, "is of an internal webhook: its host must be named in SWITCHBOARD_ALLOW_PRIVATE_HOSTS")
	}
}

// ShownWebhook is a webhook with its secret, shown this once.
type ShownWebhook struct {
	webhookdb.Webhook
	Secret string `json:"secret"`
}

// ShowSecret is the form of a webhook that was just made or got another secret.
func ShowSecret(w webhookdb.Webhook) ShownWebhook {
	return ShownWebhook{Webhook: w, Secret: webhook.FormatKey([]byte(w.Secrets[webhookdb.WebhookKey]))}
}
