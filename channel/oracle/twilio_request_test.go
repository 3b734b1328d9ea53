package oracle

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	twilioclient "github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"switchboard/channel"
	"switchboard/channel/twilio"
)

// elsewhere sends what is meant for Twilio to a server of the test's: the library
// has no setting for it.
type elsewhere struct{ host string }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", e.host
	return http.DefaultTransport.RoundTrip(r)
}

// library is Twilio's client with the given credentials.
func library(t *testing.T, address, user, password string) *api.ApiService {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	c := &twilioclient.Client{Credentials: twilioclient.NewCredentials(user, password), HTTPClient: &http.Client{Transport: elsewhere{u.Host}}}
	c.SetAccountSid(sid)
	return api.NewApiService(&twilioclient.RequestHandler{Client: c})
}

// A message made by Twilio's library and one of ours are the same request.
func TestTwilio_CreateMessage(t *testing.T) {
	t.Parallel()
	const (
		text     = "héllo 👋 & = + %\r\n"
		file     = "https://files.example/a?x=1&y=2"
		callback = "https://desk.example/webhooks/twilio/key?message=123e4567"
		service  = "MG00000000000000000000000000000001"
	)
	of := func(contentType string) channel.OutMedia {
		return channel.OutMedia{URL: file, Name: "a", ContentType: contentType, Size: 1000}
	}
	for name, c := range map[string]struct {
		theirs func(*api.CreateMessageParams)
		ours   channel.Outbound
	}{
		"sms": {
			func(p *api.CreateMessageParams) {
				p.SetTo("+2").SetFrom("+1").SetBody(text).SetStatusCallback(callback)
			},
			channel.Outbound{Channel: "sms", To: "+2", From: "+1", Text: text, CallbackURL: callback},
		},
		"sms of a messaging service": {
			func(p *api.CreateMessageParams) { p.SetTo("+2").SetMessagingServiceSid(service).SetBody(text) },
			channel.Outbound{Channel: "sms", To: "+2", From: service, Text: text},
		},
		"images by mms": {
			func(p *api.CreateMessageParams) {
				p.SetTo("+2").SetFrom("+1").SetBody(text).SetMediaUrl([]string{file, file})
			},
			channel.Outbound{Channel: "sms", To: "+2", From: "+1", Text: text, Media: []channel.OutMedia{of("image/jpeg"), of("image/png")}},
		},
		"video by sms, as a link": {
			func(p *api.CreateMessageParams) { p.SetTo("+2").SetFrom("+1").SetBody("a " + file) },
			channel.Outbound{Channel: "sms", To: "+2", From: "+1", Media: []channel.OutMedia{of("video/mp4")}},
		},
		"whatsapp": {
			func(p *api.CreateMessageParams) { p.SetTo("whatsapp:+2").SetFrom("whatsapp:+1").SetBody(text) },
			channel.Outbound{Channel: "whatsapp", To: "+2", From: "+1", Text: text},
		},
		"whatsapp image with text": {
			func(p *api.CreateMessageParams) {
				p.SetTo("whatsapp:+2").SetFrom("whatsapp:+1").SetBody(text).SetMediaUrl([]string{file})
			},
			channel.Outbound{Channel: "whatsapp", To: "+2", From: "+1", Text: text, Media: []channel.OutMedia{of("image/jpeg")}},
		},
		"whatsapp template": {
			func(p *api.CreateMessageParams) {
				p.SetTo("whatsapp:+2").SetFrom("whatsapp:+1").SetContentSid("HX1").SetContentVariables(`{"1":"héllo \"👋\"","name":"2"}`)
			},
			channel.Outbound{Channel: "whatsapp", To: "+2", From: "+1", Text: text,
				Template: &channel.Template{ContentSID: "HX1", Variables: map[string]string{"name": "2", "1": `héllo "👋"`}}},
		},
		"whatsapp video": {
			func(p *api.CreateMessageParams) {
				p.SetTo("whatsapp:US.1").SetFrom("whatsapp:+1").SetMediaUrl([]string{file})
			},
			channel.Outbound{Channel: "whatsapp", To: "US.1", From: "+1", Media: []channel.OutMedia{of("video/mp4")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen, address := record(t, `{"sid":"SM1","status":"queued"}`)
			params := &api.CreateMessageParams{}
			c.theirs(params)
			answer, err := library(t, address, sid, "token").CreateMessage(params)
			require.NoError(t, err)
			r, err := twilio.New("127.0.0.1").Send(t.Context(), twilioAccount(address), c.ours)
			require.NoError(t, err)
			require.Equal(t, []string{*answer.Sid}, r.IDs)
			theirs, ours := same(t, seen(), "Content-Type")
			require.Equal(t, form(t, string(theirs.Body)), form(t, string(ours.Body)))
			require.Empty(t, theirs.Query+ours.Query)
		})
	}
}

func form(t *testing.T, encoded string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(encoded)
	require.NoError(t, err)
	return v
}

// An API key goes where the library puts it.
func TestTwilio_APIKey(t *testing.T) {
	t.Parallel()
	seen, address := record(t, `{"sid":"SM1"}`)
	_, err := library(t, address, "SK1", "keysecret").CreateMessage((&api.CreateMessageParams{}).SetTo("+2").SetFrom("+1").SetBody("x"))
	require.NoError(t, err)
	a := twilioAccount(address)
	a.Settings["api_key_sid"], a.Secrets["api_key_secret"] = "SK1", "keysecret"
	_, err = twilio.New("127.0.0.1").Send(t.Context(), a, channel.Outbound{Channel: "sms", To: "+2", From: "+1", Text: "x"})
	require.NoError(t, err)
	same(t, seen())
}

// What we read from Twilio is read where the library reads it.
func TestTwilio_Reading(t *testing.T) {
	t.Parallel()
	t.Run("account", func(t *testing.T) {
		t.Parallel()
		seen, address := record(t, `{"sid":"`+sid+`","status":"active"}`)
		_, err := library(t, address, sid, "token").FetchAccount(sid)
		require.NoError(t, err)
		require.NoError(t, twilio.New("127.0.0.1").Test(t.Context(), twilioAccount(address)))
		theirs, ours := same(t, seen())
		require.Equal(t, theirs.Query, ours.Query)
	})
	t.Run("messages", func(t *testing.T) {
		t.Parallel()
		seen, address := record(t, `{"messages":[]}`)
		_, err := library(t, address, sid, "token").PageMessage((&api.ListMessageParams{}).SetTo("whatsapp:+2").SetFrom("whatsapp:+1").SetPageSize(50), "", "")
		require.NoError(t, err)
		_, found, err := twilio.New("127.0.0.1").Find(t.Context(), twilioAccount(address), channel.Outbound{Channel: "whatsapp", To: "+2", From: "+1", Text: "x"}, time.Time{})
		require.NoError(t, err)
		require.False(t, found)
		theirs, ours := same(t, seen())
		require.Equal(t, form(t, theirs.Query), form(t, ours.Query))
	})
}
