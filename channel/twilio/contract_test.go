package twilio

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"switchboard/channel"
	"switchboard/channel/channeltest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	var samples []channel.Request
	for _, s := range vectors(t).Inbound {
		if s.account(t).Settings["account_sid"] == sid {
			samples = append(samples, s.request(t))
		}
	}
	for _, ch := range []string{sms, whatsapp} {
		t.Run(ch, func(t *testing.T) {
			t.Parallel()
			channeltest.Run(t, channeltest.Contract{
				Provider: func(c *http.Client) channel.Provider {
					p := New("127.0.0.1")
					if c != nil {
						p.HTTP = c
					}
					return p
				},
				Account:    account("token-of-the-account"),
				VerifiedBy: []string{"auth_token", "auth_token_secondary"},
				Sign: func(r *channel.Request, secret string) {
					params, _ := signed(*r)
					r.Header.Set(signatureHeader, base64.StdEncoding.EncodeToString(sign(secret, r.URL.String(), params)))
				},
				Signature: signatureHeader,
				Same: func(a, b []byte) bool {
					x, errX := url.ParseQuery(string(a))
					y, errY := url.ParseQuery(string(b))
					return errX == nil && errY == nil && reflect.DeepEqual(x, y)
				},
				Samples: samples,
				Kinds: []channel.Kind{
					channel.KindMessage, channel.KindStatus, channel.KindOptIn, channel.KindOptOut, channel.KindUnknown,
				},
				Media: func(base string) channel.MediaRef {
					return channel.MediaRef{URL: base + "/2010-04-01/Accounts/" + sid + "/Messages/MM1/Media/ME1"}
				},
				Channel: ch, From: "+12028831111", To: "+",
			})
		})
	}
}
