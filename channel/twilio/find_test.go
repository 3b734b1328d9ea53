package twilio

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// listedMessage is an entry of Twilio's list.
func listedMessage(id, body, direction, media string, created time.Time) map[string]any {
	return map[string]any{"sid": id, "body": body, "direction": direction, "num_media": media, "date_created": created.Format(time.RFC1123Z), "date_sent": nil}
}

// The words of a template are not in the list at once.
func TestFind_Template(t *testing.T) {
	t.Parallel()
	for _, body := range []any{"Hi", "", nil} {
		entry := listedMessage("SM1", "", "outbound-api", "0", now())
		entry["body"] = body
		b, err := json.Marshal(map[string]any{"messages": []any{entry}})
		require.NoError(t, err)
		_, base := serve(t, answer{status: 200, body: string(b)})
		m := channel.Outbound{Channel: whatsapp, From: "+1", To: "+2", Text: "Hi"}
		_, found, err := client().Find(t.Context(), at(base), m, now())
		require.NoError(t, err)
		require.Equal(t, body == "Hi", found)
		_, found, err = client().Find(t.Context(), at(base), templated(m, "Ada"), now())
		require.NoError(t, err)
		require.True(t, found)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	claim := now()
	good := listedMessage("SM1", "Hi", "outbound-api", "0", claim.Add(time.Second))
	for _, tt := range []struct {
		name string
		list []any
		want string
	}{
		{"one", []any{good}, "SM1"},
		{"one among others", []any{listedMessage("SM2", "Ho", "outbound-api", "0", claim), good}, "SM1"},
		{"by a clock that is behind", []any{listedMessage("SM1", "Hi", "outbound-api", "0", claim.Add(-5*time.Second))}, "SM1"},
		{"of a messaging service", []any{listedMessage("SM1", "Hi", "outbound-reply", "0", claim)}, "SM1"},
		{"none", []any{}, ""},
		{"two", []any{good, listedMessage("SM2", "Hi", "outbound-api", "0", claim.Add(2*time.Second))}, ""},
		{"older than the claim", []any{listedMessage("SM1", "Hi", "outbound-api", "0", claim.Add(-6*time.Second))}, ""},
		{"inbound", []any{listedMessage("SM1", "Hi", "inbound", "0", claim)}, ""},
		{"other media", []any{listedMessage("SM1", "Hi", "outbound-api", "1", claim)}, ""},
		{"no date", []any{map[string]any{"sid": "SM1", "body": "Hi", "direction": "outbound-api", "num_media": "0"}}, ""},
		{"one without an id", []any{listedMessage("", "Hi", "outbound-api", "0", claim)}, ""},
		{"one that has no body", []any{map[string]any{"sid": "SM1", "body": nil}, good}, "SM1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := json.Marshal(map[string]any{"messages": tt.list, "next_page_uri": nil})
			require.NoError(t, err)
			got, base := serve(t, answer{status: 200, body: string(b)})
			m := channel.Outbound{Channel: whatsapp, From: "+14155238886", To: "+66812345678", Text: "Hi"}
			r, found, err := client().Find(t.Context(), at(base), m, claim)
			require.NoError(t, err)
			require.Equal(t, tt.want != "", found)
			if found {
				require.Equal(t, []string{tt.want}, r.IDs)
			}
			require.Equal(t, http.MethodGet, got.method)
			require.Equal(t, messagesPath, got.path)
			require.Equal(t, url.Values{"To": {"whatsapp:+66812345678"}, "From": {"whatsapp:+14155238886"}, "PageSize": {"50"}}, got.query)
		})
	}
}

func TestFind_OfMessagingService(t *testing.T) {
	t.Parallel()
	got, base := serve(t, answer{status: 200, body: `{"messages":[]}`})
	_, found, err := client().Find(t.Context(), at(base), channel.Outbound{Channel: sms, From: "MG1", To: "+2", Text: "Hi"}, now())
	require.NoError(t, err)
	require.False(t, found)
	require.NotContains(t, got.query, "From", "the service chose the sender")
}

func TestFind_Faults(t *testing.T) {
	t.Parallel()
	m := channel.Outbound{Channel: sms, From: "+1", To: "+2", Text: "Hi"}
	for _, tt := range []struct {
		answer
		class channel.Class
	}{
		{answer{status: 500}, channel.Unavailable}, {answer{status: 429}, channel.Throttled},
		{answer{status: 401}, channel.Config}, {answer{status: 200, body: "<html>"}, channel.Unavailable},
	} {
		_, base := serve(t, tt.answer)
		_, found, err := client().Find(t.Context(), at(base), m, now())
		require.False(t, found)
		require.Equal(t, tt.class, fault(t, err).Class)
	}
	_, _, err := client().Find(t.Context(), account("t"), channel.Outbound{}, now())
	require.Equal(t, channel.Refused, fault(t, err).Class)
}

func TestTest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		account, list answer
		key           bool
		code          string
		asks          int
	}{
		{"active", answer{status: 200, body: `{"status":"active"}`}, answer{}, false, "", 1},
		{"active, with a key", answer{status: 200, body: `{"status":"active"}`}, answer{status: 200, body: `{}`}, true, "", 2},
		{"key that is refused", answer{status: 200, body: `{"status":"active"}`}, answer{status: 401, body: `{"code":20003}`}, true, "20003", 2},
		{"suspended", answer{status: 200, body: `{"status":"suspended"}`}, answer{}, false, "account_inactive", 1},
		{"token that is refused", answer{status: 401, body: `{"code":20003}`}, answer{}, false, "20003", 1},
		{"another server", answer{status: 200, body: `<html>`}, answer{}, false, "bad_answer", 1},
		{"fault", answer{status: 503}, answer{}, false, "http_503", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asks := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asks++
				a, auth := tt.account, basic(sid, "token-of-twilio")
				if r.URL.Path == messagesPath {
					a, auth = tt.list, basic("SK1", "key")
				} else if r.URL.Path != strings.TrimSuffix(messagesPath, "/Messages.json")+".json" {
					t.Errorf("asked for %s", r.URL.Path)
				}
				if r.Header.Get("Authorization") != auth {
					t.Errorf("%s by %s", r.URL.Path, r.Header.Get("Authorization"))
				}
				w.WriteHeader(a.status)
				_, _ = io.WriteString(w, a.body)
			}))
			t.Cleanup(s.Close)
			a := at(s.URL)
			if tt.key {
				a.Settings["api_key_sid"], a.Secrets["api_key_secret"] = "SK1", "key"
			}
			err := client().Test(t.Context(), a)
			require.Equal(t, tt.asks, asks)
			if tt.code == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tt.code, fault(t, err).Code)
			require.NotEqual(t, channel.Uncertain, fault(t, err).Class)
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, sid := range []string{"", "AC123", "XX" + sid[2:], sid + "a", "AC" + strings.Repeat("g", 32), strings.ToLower(sid), " " + sid} { // D21
		a := account("t")
		a.Settings["account_sid"] = sid
		require.Error(t, New().Validate(a), sid)
	}
	for field, change := range map[string]func(*channel.Account){
		"account_sid":    func(a *channel.Account) { a.Settings["account_sid"] = "AC/../x" },
		"api_key_secret": func(a *channel.Account) { a.Settings["api_key_sid"] = "SK1" },
		"api_key_sid":    func(a *channel.Account) { a.Secrets["api_key_secret"] = "key" },
		"auth_token":     func(a *channel.Account) { a.Secrets["auth_token"] = "" },
	} {
		a := account("t")
		require.NoError(t, New().Validate(a))
		change(&a)
		var invalid *channel.Invalid
		require.ErrorAs(t, New().Validate(a), &invalid)
		require.Equal(t, field, invalid.Field)
	}
}

func TestChannels(t *testing.T) {
	t.Parallel()
	caps := New().Channels()
	require.Len(t, caps, 2)
	require.Zero(t, caps[sms].Window)
	require.False(t, caps[sms].SafeSend || caps[whatsapp].SafeSend, "Twilio has no idempotency key")
	require.Equal(t, 24*time.Hour, caps[whatsapp].Window)
	require.Equal(t, 1, caps[whatsapp].MaxMedia)
	require.Equal(t, 10, caps[sms].MaxMedia)
}

// Whatever is in the answer would be sent to the customer.
func TestAnswer(t *testing.T) {
	t.Parallel()
	contentType, body := New().Answer()
	require.Equal(t, "text/xml", contentType)
	require.Equal(t, "<Response/>", string(body))
	require.EqualValues(t, 256<<10, New().MaxBody())
}
