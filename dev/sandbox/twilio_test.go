package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/twilio"
)

func TestTwilio_RefusesAsTwilioDoes(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	form := func(change map[string]string) url.Values {
		f := sms("hi")
		for k, v := range change {
			if f.Set(k, v); v == "" {
				f.Del(k)
			}
		}
		return f
	}
	for code, change := range map[float64]map[string]string{
		21604: {"To": ""}, 21211: {"To": "12345"}, 21603: {"From": ""}, 21602: {"Body": ""}, 21617: {"Body": strings.Repeat("x", 1601)},
		21606: {"From": "+15005550001"}, 21910: {"To": "whatsapp:" + customer}, 63007: {"From": "whatsapp:+1", "To": "whatsapp:" + customer},
		21620: {"MediaUrl": "nowhere"}, 21609: {"StatusCallback": "nowhere"}, 21655: {"ContentSid": "HX1"}, 21703: {"MessagingServiceSid": "MG1"},
	} {
		r := b.send(form(change))
		require.Equal(t, 400, r.status)
		require.InDelta(t, code, r.body["code"], 0, "%v", change)
		require.Contains(t, r.body["more_info"], "twilio.com/docs/errors")
	}
	require.Equal(t, 201, b.send(form(map[string]string{"Body": strings.Repeat("x", 1600)})).status)
	_, err := twilio.Add(b.Box, twilio.Settings{SID: sid, AuthToken: "rotated"})
	require.NoError(t, err)
	require.InDelta(t, 20003.0, b.send(sms("x")).body["code"], 0)
}

// STOP is Twilio's to keep, and START takes it back.
func TestTwilio_OptOut(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	phone := twilio.Find(b.Box, sid).SMS(customer, ourSMS)
	_, err := phone.Says(t.Context(), "Stop ")
	require.NoError(t, err)
	require.Contains(t, b.told()[0], "OptOutType=STOP")
	require.InDelta(t, 21610.0, b.send(sms("x")).body["code"], 0)
	_, err = phone.Says(t.Context(), "START")
	require.NoError(t, err)
	require.Equal(t, 201, b.send(sms("x")).status)
}

// Outside the 24 hours Twilio takes a message and then reports that it failed.
func TestTwilio_WindowOfWhatsApp(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	phone := twilio.Find(b.Box, sid).WhatsApp(customer, ourWA)
	_, err := phone.Says(t.Context(), "hi")
	require.NoError(t, err)
	to := url.Values{"From": {"whatsapp:" + ourWA}, "To": {"whatsapp:" + customer}, "Body": {"answer"}}
	require.Equal(t, 201, b.send(to).status)
	b.later(24 * time.Hour)
	late := b.send(to)
	require.Equal(t, 201, late.status)
	require.NoError(t, b.Settle(t.Context()))
	got, err := b.twilio(t.Context(), http.MethodGet, sid+"/Messages/"+late.body["sid"].(string)+".json", nil)
	require.NoError(t, err)
	require.Equal(t, "failed", got.body["status"])
	require.InDelta(t, 63016.0, got.body["error_code"], 0)
	require.Len(t, phone.Received(), 1)
	require.Len(t, phone.Lost(), 1)
}

// statuses are what was reported, in order.
func (b *box) statuses() []string {
	b.Helper()
	var out []string
	for _, body := range b.told() {
		form, err := url.ParseQuery(body)
		require.NoError(b, err)
		if s := form.Get("MessageStatus"); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func TestTwilio_Receipts(t *testing.T) {
	t.Parallel()
	for order, want := range map[string][]string{
		"forward": {"sent", "delivered", "read"}, "reverse": {"read", "delivered", "sent"},
		"twice": {"sent", "sent", "delivered", "delivered", "read", "read"},
	} {
		b := start(t, sandbox.Config{})
		hook := httptest.NewServer(http.HandlerFunc(b.product))
		t.Cleanup(hook.Close)
		tw := twilio.Find(b.Box, sid)
		phone := tw.WhatsApp(customer, ourWA)
		_, err := phone.Says(t.Context(), "hi")
		require.NoError(t, err)
		tw.HoldReceipts(true)
		require.Equal(t, 201, b.send(url.Values{"From": {"whatsapp:" + ourWA}, "To": {"whatsapp:" + customer}, "Body": {"x"}, "StatusCallback": {hook.URL + "/s?message=m1"}}).status)
		require.NoError(t, phone.Reads(t.Context()))
		require.Empty(t, b.statuses())
		require.NoError(t, tw.FlushReceipts(t.Context(), order))
		require.Equal(t, want, b.statuses())
		require.Equal(t, "m1", phone.Received()[0].Key)
	}
}

// Files go to the customer when the product serves them, and come from where
// Twilio keeps them.
func TestTwilio_Media(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("picture"))
	}))
	t.Cleanup(files.Close)
	phone := twilio.Find(b.Box, sid).SMS(customer, ourSMS)
	for _, path := range []string{"/there", "/gone"} {
		f := sms("see")
		f.Set("MediaUrl", files.URL+path)
		require.Equal(t, 201, b.send(f).status)
	}
	require.NoError(t, b.Settle(t.Context()))
	require.Len(t, phone.Received(), 1)
	require.Equal(t, "image/png", phone.Received()[0].Media[0].ContentType)
	require.Equal(t, 30019, phone.Lost()[0].ErrorCode)

	_, err := phone.SendsMedia(t.Context(), "image/jpeg", []byte("photo"), "p.jpg")
	require.NoError(t, err)
	form, err := url.ParseQuery(b.told()[0])
	require.NoError(t, err)
	got, err := http.Get(form.Get("MediaUrl0"))
	require.NoError(t, err)
	require.NoError(t, got.Body.Close())
	require.Equal(t, 401, got.StatusCode, "it needs the account's credentials")
	path := strings.TrimPrefix(form.Get("MediaUrl0"), b.base+"/twilio/2010-04-01/Accounts/")
	answer, err := b.twilio(t.Context(), http.MethodGet, path, nil)
	require.NoError(t, err)
	require.Equal(t, 200, answer.status)
	require.Equal(t, "image/jpeg", answer.header.Get("Content-Type"))
}

func TestTwilio_List(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	for _, text := range []string{"one", "two", "three"} {
		require.Equal(t, 201, b.send(sms(text)).status)
	}
	got, err := b.twilio(t.Context(), http.MethodGet, sid+"/Messages.json?PageSize=2&To="+url.QueryEscape(customer)+"&From="+url.QueryEscape(ourSMS), nil)
	require.NoError(t, err)
	list, ok := got.body["messages"].([]any)
	require.True(t, ok)
	require.Len(t, list, 2)
	require.Equal(t, "three", list[0].(map[string]any)["body"], "newest first")
	for _, path := range []string{sid + ".json", sid + "/IncomingPhoneNumbers.json"} {
		got, err := b.twilio(t.Context(), http.MethodGet, path, nil)
		require.NoError(t, err)
		require.Equal(t, 200, got.status)
	}
}

// The window can be closed by hand, to see what the product does.
func TestTwilio_CloseWindow(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	phone := twilio.Find(b.Box, sid).WhatsApp(customer, ourWA)
	_, err := phone.Says(t.Context(), "hi")
	require.NoError(t, err)
	require.NotNil(t, b.own(http.MethodGet, "phones/"+phone.ID(), "").body["window_closes_at"])
	require.Equal(t, 200, b.own(http.MethodPost, "phones/"+phone.ID()+"/close-window", "").status)
	require.Nil(t, b.own(http.MethodGet, "phones/"+phone.ID(), "").body["window_closes_at"])
	require.Equal(t, 201, b.send(url.Values{"From": {"whatsapp:" + ourWA}, "To": {"whatsapp:" + customer}, "Body": {"x"}}).status)
	require.Len(t, phone.Lost(), 1)
}
