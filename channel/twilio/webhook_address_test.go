package twilio

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// As Twilio documents IncomingPhoneNumber; a number with an application has its
// address there.
const incomingNumbers = `{"incoming_phone_numbers":[
 {"phone_number":"+15005550001","sms_url":"https://desk.example.com/webhooks/twilio/k1#rc=3","sms_method":"POST","sms_application_sid":""},
 {"phone_number":"+15005550002","sms_url":"https://demo.twilio.com/welcome/sms/reply/","sms_method":"GET","sms_application_sid":null},
 {"phone_number":"+15005550003","sms_url":"","sms_method":"POST","sms_application_sid":"AP00000000000000000000000000000000"}],"page":0}`

func TestWebhookAddresses(t *testing.T) {
	t.Parallel()
	status, body := http.StatusOK, incomingNumbers
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/2010-04-01/Accounts/"+sid+"/IncomingPhoneNumbers.json" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	a := account("token")
	a.BaseURL = s.URL
	tw := New()
	tw.HTTP = s.Client()
	got, err := tw.WebhookAddresses(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, []channel.WebhookAddress{
		{Sender: "+15005550001", URL: "https://desk.example.com/webhooks/twilio/k1#rc=3", Active: true},
		{Sender: "+15005550002", URL: "https://demo.twilio.com/welcome/sms/reply/"},
	}, got)
	require.True(t, channel.SameWebhook("https://desk.example.com/webhooks/twilio/k1", got[0].URL))
	require.False(t, channel.SameWebhook("https://desk.example.com/webhooks/twilio/k1", got[1].URL))
	require.False(t, channel.SameWebhook("https://desk.example.com/webhooks/twilio/k1", ""))

	status, body = http.StatusUnauthorized, `{"code":20003,"message":"Authenticate","status":401}`
	_, err = tw.WebhookAddresses(t.Context(), a)
	var refused *channel.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, channel.Config, refused.Class)
}
