package messenger

import (
	"encoding/hex"
	"net/http"
	"testing"

	"switchboard/channel"
	"switchboard/channel/channeltest"
	"switchboard/channel/internal/graph"
)

func TestContract(t *testing.T) {
	t.Parallel()
	var samples []channel.Request
	for _, s := range vectors(t).Inbound {
		samples = append(samples, hook(t, s.Request.Body, ""))
	}
	asks := at(t, http.MethodGet, webhookURL+"?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=word-of-the-account")
	channeltest.Run(t, channeltest.Contract{
		Provider: func(c *http.Client) channel.Provider {
			p := New("127.0.0.1")
			if c != nil {
				p.HTTP = c
			}
			return p
		},
		Account:    account("secret-of-the-app"),
		VerifiedBy: []string{"app_secret", "app_secret_previous"},
		Sign: func(r *channel.Request, secret string) {
			r.Header.Set(graph.SignatureHeader, "sha256="+hex.EncodeToString(graph.Sign(secret, r.Body)))
		},
		Signature: graph.SignatureHeader,
		Asks:      &asks, Challenge: "1158201444", VerifyToken: "verify_token",
		Samples: samples,
		Kinds: []channel.Kind{
			channel.KindMessage, channel.KindStatus, channel.KindRedact, channel.KindEdit, channel.KindEcho, channel.KindSystem, channel.KindUnknown,
		},
		Media:   func(base string) channel.MediaRef { return channel.MediaRef{URL: base + "/cdn/1.jpg"} },
		Channel: Channel, To: "2",
	})
}
