package twilio

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

const messagesPath = "/2010-04-01/Accounts/" + sid + "/Messages.json"

// taken is the one request that a fake Twilio took.
type taken struct {
	method, path, auth, accept string
	query, form                url.Values
}

type answer struct {
	status int
	body   string
	header map[string]string
}

// serve answers every request alike and keeps the last.
func serve(t *testing.T, a answer) (*taken, string) {
	t.Helper()
	var last taken
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		last = taken{r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Accept"), r.URL.Query(), r.PostForm}
		for name, value := range a.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	}))
	t.Cleanup(s.Close)
	return &last, s.URL
}

func at(base string) channel.Account {
	a := account("token-of-twilio")
	a.BaseURL = base + "/"
	return a
}

func now() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC) }

func client() *Twilio {
	p := New("127.0.0.1")
	p.Now = now
	return p
}

func fault(t *testing.T, err error) *channel.Error {
	t.Helper()
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	return e
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// outbound is the message that would make a sample's form.
func (s outboundSample) outbound() channel.Outbound {
	text := func(name string) string {
		v, _ := s.Request.Form[name].(string)
		return v
	}
	m := channel.Outbound{ID: "m1", Channel: sms, From: text("From"), To: text("To"), Text: text("Body"), CallbackURL: text("StatusCallback")}
	if m.From == "" {
		m.From = text("MessagingServiceSid")
	}
	if strings.HasPrefix(m.To, waPrefix) {
		m.Channel = whatsapp
		m.From, m.To = strings.TrimPrefix(m.From, waPrefix), strings.TrimPrefix(m.To, waPrefix)
	}
	if id := text("ContentSid"); id != "" {
		m.Text, m.Template = "as people read it", &channel.Template{ContentSID: id}
		if json.Unmarshal([]byte(text("ContentVariables")), &m.Template.Variables) != nil {
			m.Template = nil
		}
	}
	media, _ := s.Request.Form["MediaUrl"].([]any)
	for _, address := range media {
		contentType := "image/jpeg"
		if strings.HasSuffix(address.(string), ".pdf") {
			contentType = "application/pdf"
		}
		m.Media = append(m.Media, channel.OutMedia{URL: address.(string), ContentType: contentType, Size: 1000})
	}
	return m
}

func (s outboundSample) form() url.Values {
	out := url.Values{}
	for name, value := range s.Request.Form {
		switch v := value.(type) {
		case string:
			out.Set(name, v)
		case []any:
			for _, one := range v {
				out.Add(name, one.(string))
			}
		}
	}
	return out
}

func TestSend_Samples(t *testing.T) {
	t.Parallel()
	all := vectors(t).Outbound
	require.Equal(t, 16, len(all))
	for _, s := range all {
		if s.Request.Form["PersistentAction"] != nil {
			continue // places are not sent
		}
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			body := string(s.Response.Body)
			if s.Response.BodyRaw != "" {
				body = s.Response.BodyRaw
			}
			got, base := serve(t, answer{s.Response.Status, body, s.Response.Headers})
			r, err := client().Send(t.Context(), at(base), s.outbound())
			if s.ID == "too-long" {
				require.Equal(t, channel.Refused, fault(t, err).Class)
				require.Empty(t, got.path, "refused before it is sent")
				return
			}
			want := s.form()
			want.Del("ValidityPeriod") // Twilio's default
			require.Equal(t, want, got.form)
			require.Equal(t, http.MethodPost, got.method)
			require.Equal(t, messagesPath, got.path)
			require.Equal(t, "application/json", got.accept)
			require.Equal(t, basic(sid, "token-of-twilio"), got.auth)
			if s.Classify == "accepted" {
				require.NoError(t, err)
				require.Equal(t, []string{"SM99999999999999999999999999999999"}, r.IDs)
				return
			}
			require.NotEmpty(t, classes()[s.Classify], s.Classify)
			require.Equal(t, classes()[s.Classify], fault(t, err).Class)
			require.Equal(t, s.Classify == "retry_later", fault(t, err).RetryAfter > 0)
		})
	}
}

// Every code that is listed, as an answer and as a report.
func TestErrorCodes(t *testing.T) {
	t.Parallel()
	n := 0
	for class, codes := range vectors(t).Classes {
		for _, listed := range codes {
			code, want := strconv.Itoa(listed), classes()[class]
			if code == "21608" {
				want = channel.Refused // a trial's limit is about this recipient
			}
			n++
			require.NotEmpty(t, want, class)
			_, base := serve(t, answer{status: 400, body: `{"code":` + code + `,"message":"of +14133881111"}`})
			_, err := client().Send(t.Context(), at(base), channel.Outbound{Channel: sms, From: "+1", To: "+2", Text: "x"})
			require.Equal(t, want, fault(t, err).Class, code)
			require.Equal(t, code, fault(t, err).Code)
			require.Equal(t, class == "retry_later", fault(t, err).RetryAfter >= time.Minute, code)

			e := parse(t, inboundURL, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"undelivered"}, "ErrorCode": {code}})[0]
			require.Equal(t, want, e.Class, code)
			require.Equal(t, code, e.Code)
		}
	}
	require.Greater(t, n, 50)
}

func TestSend_Faults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer
		class channel.Class
		code  string
		wait  time.Duration
	}{
		{answer{status: 503, body: `{"code":20503}`}, channel.Uncertain, "20503", 0},
		{answer{status: 500, body: `{"code":20429}`}, channel.Uncertain, "20429", 0}, // the status weighs more
		{answer{status: 502, body: "<html>"}, channel.Uncertain, "http_502", 0},
		{answer{status: 429, header: map[string]string{"Retry-After": "5"}}, channel.Throttled, "http_429", 5 * time.Second},
		{answer{status: 429, body: `{"code":20429}`, header: map[string]string{"Retry-After": "5"}}, channel.Throttled, "20429", 5 * time.Second},
		{answer{status: 401}, channel.Config, "http_401", 0},
		{answer{status: 400, body: `{"code":14133881111}`}, channel.Refused, "http_400", 0},
		{answer{status: 400, body: `{"code":99999}`}, channel.Refused, "99999", 0},
		{answer{status: 308, header: map[string]string{"Location": "/x"}}, channel.Config, "http_308", 0},
		{answer{status: 201, body: `{"sid":""}`}, channel.Uncertain, "bad_answer", 0},
		{answer{status: 201, body: `{"sid":null}`}, channel.Uncertain, "bad_answer", 0},
	} {
		_, base := serve(t, tt.answer)
		_, err := client().Send(t.Context(), at(base), channel.Outbound{Channel: sms, From: "+1", To: "+2", Text: "x"})
		require.Equal(t, &channel.Error{Class: tt.class, Code: tt.code, Detail: fault(t, err).Detail, RetryAfter: tt.wait}, err)
	}
}

func TestSend_PrefersAPIKey(t *testing.T) {
	t.Parallel()
	got, base := serve(t, answer{status: 201, body: `{"sid":"SM1"}`})
	a := at(base)
	a.Settings["api_key_sid"], a.Secrets["api_key_secret"] = "SK1", "key"
	_, err := client().Send(t.Context(), a, channel.Outbound{Channel: sms, From: "+1", To: "+2", Text: "x"})
	require.NoError(t, err)
	require.Equal(t, basic("SK1", "key"), got.auth)
}

func TestSend_AccountSIDIsNoPath(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "AC1/../x", "AC1?x", "AC 1"} {
		a := account("t")
		a.Settings["account_sid"] = bad
		_, err := client().Send(t.Context(), a, channel.Outbound{Channel: sms, From: "+1", To: "+2", Text: "x"})
		require.Equal(t, channel.Config, fault(t, err).Class, bad)
	}
}

func templated(m channel.Outbound, value string) channel.Outbound {
	m.Template = &channel.Template{ContentSID: "HX1", Variables: map[string]string{"1": value}}
	return m
}

func TestCompose(t *testing.T) {
	t.Parallel()
	const address = "https://files.example.com/f"
	file := func(ch, text, contentType string, size int64, n int) channel.Outbound {
		m := channel.Outbound{Channel: ch, From: "+1", To: "+2", Text: text}
		for range n {
			m.Media = append(m.Media, channel.OutMedia{URL: address, ContentType: contentType, Name: "a.x", Size: size})
		}
		return m
	}
	for _, tt := range []struct {
		name string
		m    channel.Outbound
		want url.Values
	}{
		{"prefix on WhatsApp", file(whatsapp, "hi", "", 0, 0), url.Values{"To": {"whatsapp:+2"}, "From": {"whatsapp:+1"}, "Body": {"hi"}}},
		{"none on SMS", file(sms, "hi", "", 0, 0), url.Values{"To": {"+2"}, "From": {"+1"}, "Body": {"hi"}}},
		{"attached", file(sms, "", "image/gif", 5<<20, 1), url.Values{"To": {"+2"}, "From": {"+1"}, "MediaUrl": {address}}},
		{"ten", file(sms, "", "image/png", 1, 10), url.Values{"To": {"+2"}, "From": {"+1"}, "MediaUrl": {address, address, address, address, address, address, address, address, address, address}}},
		{"too large goes as a link", file(sms, "hi", "image/png", 5<<20+1, 1), url.Values{"To": {"+2"}, "From": {"+1"}, "Body": {"hi\na.x " + address}}},
		{"document on SMS", file(sms, "", "application/pdf", 1, 1), url.Values{"To": {"+2"}, "From": {"+1"}, "Body": {"a.x " + address}}},
		{"document on WhatsApp", file(whatsapp, "", "application/pdf", 16<<20, 1), url.Values{"To": {"whatsapp:+2"}, "From": {"whatsapp:+1"}, "MediaUrl": {address}}},
		{"template", templated(file(whatsapp, "Hi Ada", "", 0, 0), `Ada "{{1}}"`), url.Values{"To": {"whatsapp:+2"}, "From": {"whatsapp:+1"}, "ContentSid": {"HX1"}, "ContentVariables": {`{"1":"Ada \"{{1}}\""}`}}},
		{"template on SMS", templated(file(sms, "Hi Ada", "", 0, 0), "Ada"), url.Values{"To": {"+2"}, "From": {"+1"}, "Body": {"Hi Ada"}}},
		{"longest", file(sms, strings.Repeat("é", 1600), "", 0, 0), url.Values{"To": {"+2"}, "From": {"+1"}, "Body": {strings.Repeat("é", 1600)}}},
	} {
		got, err := compose(tt.m)
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, got, tt.name)
	}
	for code, m := range map[string]channel.Outbound{
		"too_long":       file(sms, strings.Repeat("x", 1600), "application/pdf", 1, 1), // the link counts
		"template_media": templated(file(whatsapp, "Hi", "image/png", 1, 1), "Ada"),
		"too_many_media": file(whatsapp, "", "image/png", 1, 2),
		"empty":          file(sms, "", "", 0, 0),
		"media_url":      {Channel: sms, Media: []channel.OutMedia{{URL: "http://files.example.com/f"}}},
	} {
		_, err := compose(m)
		require.Equal(t, channel.Refused, fault(t, err).Class)
		require.Equal(t, code, fault(t, err).Code)
	}
}
