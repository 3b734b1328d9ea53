package line

import (
	"net/http"
	"testing"

	"switchboard/channel"
	"switchboard/channel/channeltest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	var samples []channel.Request
	for _, v := range vectors(t).Inbound {
		samples = append(samples, hook(t, v.Request.Body, ""))
	}
	edited := one(`{"type":"messageEdited","mode":"active","timestamp":1795900000123,"webhookEventId":"01EDIT","replyToken":"r",` + fromUser +
		`,"message":{"id":"468","type":"text","text":"new"}}`)
	samples = append(samples, hook(t, edited, ""))
	channeltest.Run(t, channeltest.Contract{
		Provider: func(c *http.Client) channel.Provider {
			l := New("127.0.0.1")
			if c != nil {
				l.HTTP = c
			}
			return l
		},
		Account:    account("secret-of-the-channel"),
		VerifiedBy: []string{"channel_secret", "channel_secret_previous"},
		Sign: func(r *channel.Request, secret string) {
			r.Header.Set(signatureHeader, signature(secret, string(r.Body)))
		},
		Signature: signatureHeader,
		Samples:   samples,
		Kinds: []channel.Kind{
			channel.KindMessage, channel.KindRedact, channel.KindEdit, channel.KindOptIn, channel.KindOptOut, channel.KindSystem,
			channel.KindUnknown,
		},
		Media:   func(string) channel.MediaRef { return channel.MediaRef{ID: "325708"} },
		Channel: "line", To: "U",
	})
}
