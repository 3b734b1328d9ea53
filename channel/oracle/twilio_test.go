package oracle

import (
	"context"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	twilioclient "github.com/twilio/twilio-go/client"

	"switchboard/channel"
	"switchboard/channel/twilio"
	"switchboard/dev/sandbox"
	twiliobox "switchboard/dev/sandbox/twilio"
)

const sid = "AC00000000000000000000000000000001"

func twilioAccount(base string) channel.Account {
	return channel.Account{BaseURL: base, Settings: map[string]string{"account_sid": sid}, Secrets: map[string]string{"auth_token": "token"}}
}

func flat(form url.Values) map[string]string {
	out := map[string]string{}
	for k := range form {
		out[k] = form.Get(k)
	}
	return out
}

// What the sandbox sends, Twilio's own library accepts, and so do we.
func TestTwilio_WebhooksOfTheSandbox(t *testing.T) {
	t.Parallel()
	box, base := startSandbox(t)
	var got []channel.Request
	address := receive(t, func(r channel.Request) { got = append(got, r) })
	tw, err := twiliobox.Add(box.Box, twiliobox.Settings{SID: sid, AuthToken: "token", Numbers: []string{"+15005550006"}, WhatsApp: []string{"+14155238886"}, WebhookURL: address})
	require.NoError(t, err)
	sms, wa := tw.SMS("+66801234567", "+15005550006"), tw.WhatsApp("+66801234567", "+14155238886")
	for _, do := range []func(context.Context) (sandbox.Sent, error){
		func(ctx context.Context) (sandbox.Sent, error) { return sms.Says(ctx, "héllo 👋 & = +") },
		func(ctx context.Context) (sandbox.Sent, error) { return sms.Says(ctx, "STOP") },
		func(ctx context.Context) (sandbox.Sent, error) { return wa.Says(ctx, "hello") },
		func(ctx context.Context) (sandbox.Sent, error) {
			return wa.SendsMedia(ctx, "image/png", []byte("x"), "a.png")
		},
		func(ctx context.Context) (sandbox.Sent, error) { return wa.SendsLocation(ctx, 13.75, 100.5, "B", "P") },
	} {
		_, err := do(t.Context())
		require.NoError(t, err)
	}
	_, err = twilio.New("127.0.0.1").Send(t.Context(), twilioAccount(base+"/twilio"),
		channel.Outbound{ID: "m", Channel: "whatsapp", From: "+14155238886", To: "+66801234567", Text: "answer", CallbackURL: address + "?message=m"})
	require.NoError(t, err)
	require.NoError(t, box.Settle(t.Context()))
	require.Len(t, got, 5+2, "and the reports sent and delivered")
	validator := twilioclient.NewRequestValidator("token")
	for _, r := range got {
		form, err := url.ParseQuery(string(r.Body))
		require.NoError(t, err)
		require.True(t, validator.Validate(r.URL.String(), flat(form), r.Header.Get("X-Twilio-Signature")), form.Encode())
		require.NoError(t, twilio.New().Verify(twilioAccount(base), r))
	}
}
