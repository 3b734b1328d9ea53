package twilio

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// classes says in our words what the vectors' classes are.
func classes() map[string]channel.Class {
	return map[string]channel.Class{
		"suppressed": channel.OptedOut, "suppress": channel.OptedOut, "retryable": channel.Throttled, "retry_later": channel.Throttled,
		"window_expired": channel.Window, "permanent": channel.Refused, "permanent_config": channel.Refused,
		"account": channel.Config, "account_auth": channel.Config, "retryable_ambiguous": channel.Uncertain,
	}
}

func parse(t *testing.T, address string, form url.Values) []channel.Event {
	t.Helper()
	events, err := New().Parse(account("t"), post(t, "t", address, form))
	require.NoError(t, err)
	return events
}

func TestParse_Samples(t *testing.T) {
	t.Parallel()
	all := vectors(t).Inbound
	require.Equal(t, 38, len(all))
	for _, s := range all {
		if s.Expect.HTTPStatus != 0 {
			continue // never parsed
		}
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			events, err := New().Parse(s.account(t), s.request(t))
			require.NoError(t, err)
			e := events[0]
			family, what, _ := strings.Cut(s.Expect.Kind, ".")
			switch family {
			case "message":
				require.Len(t, events, 1)
				expectMessage(t, s, what, e)
			case "consent":
				expectConsent(t, what, events)
			case "status":
				require.Len(t, events, 1)
				expectStatus(t, s, what, e)
			case "ignored":
				require.Equal(t, channel.KindUnknown, e.Kind)
				require.Contains(t, e.Data, "raw")
			default:
				t.Fatalf("what is %s?", family)
			}
			if s.Expect.Dedup != "" {
				require.Equal(t, s.Expect.Dedup, e.ID)
			}
		})
	}
}

func expectMessage(t *testing.T, s inboundSample, what string, e channel.Event) {
	t.Helper()
	require.Equal(t, channel.KindMessage, e.Kind)
	require.NotEmpty(t, e.From)
	require.NotContains(t, e.From+e.Address, "whatsapp:")
	want := s.Expect
	switch what {
	case "media":
		require.Contains(t, []string{channel.TypeImage, channel.TypeContacts}, e.Type)
	case "quick_reply":
		require.Contains(t, []string{channel.TypePostback, channel.TypeInteractive}, e.Type)
	default:
		require.Equal(t, what, e.Type)
	}
	channelOf := "sms"
	if strings.HasPrefix(s.ID, "wa-") {
		channelOf = "whatsapp"
	}
	require.Equal(t, channelOf, e.Channel)
	for _, pair := range [][2]string{
		{want.Text, e.Text}, {want.From, e.From}, {want.To, e.Address}, {want.Channel, e.Channel}, {want.Profile, e.Name},
	} {
		if pair[0] != "" {
			require.Equal(t, pair[0], pair[1])
		}
	}
	for i, typ := range want.Media {
		require.Equal(t, typ, e.Media[i].ContentType)
		require.Contains(t, e.Media[i].URL, "https://api.twilio.com/")
	}
	if want.Media != nil {
		require.Len(t, e.Media, len(want.Media))
	}
	if want.Filename != "" {
		require.Equal(t, want.Filename, e.Media[0].Name)
		require.Empty(t, e.Text, "the name is not what the customer wrote")
	}
	if want.Payload != "" {
		require.Equal(t, want.Payload, e.Data["data"])
	}
	if want.Lat != 0 {
		require.Equal(t, want.Lat, e.Data["latitude"])
		require.Equal(t, want.Lon, e.Data["longitude"])
		require.Equal(t, "Grand Palace", e.Data["title"])
	}
	if want.BSUID != "" {
		require.Contains(t, append(e.Aliases, e.From), want.BSUID)
	}
	if want.Forwarded {
		require.Equal(t, "true", e.Data["forwarded"])
	}
	if want.Referral != "" {
		require.Equal(t, want.Referral, e.Data["referral"].(map[string]string)["ReferralSourceType"])
	}
}

func expectConsent(t *testing.T, what string, events []channel.Event) {
	t.Helper()
	require.Equal(t, channel.KindMessage, events[0].Kind, "the agent sees what was written")
	kinds := map[string]channel.Kind{"opt_out": channel.KindOptOut, "opt_in": channel.KindOptIn}
	kind, changes := kinds[what]
	if !changes {
		require.Len(t, events, 1)
		return
	}
	require.Len(t, events, 2)
	require.Equal(t, kind, events[1].Kind)
	require.Equal(t, events[0].ID+":"+strings.ReplaceAll(what, "_", ""), events[1].ID)
	require.Equal(t, events[0].From, events[1].From)
	require.Equal(t, events[0].Address, events[1].Address)
}

func expectStatus(t *testing.T, s inboundSample, what string, e channel.Event) {
	t.Helper()
	require.Equal(t, channel.KindStatus, e.Kind)
	require.Equal(t, what, e.Type)
	require.Equal(t, e.MessageID+":"+e.Type, e.ID)
	require.Equal(t, s.Expect.Code.String(), e.Code)
	require.Equal(t, classes()[s.Expect.Class], e.Class)
}

func TestParse_StatusRanks(t *testing.T) {
	t.Parallel()
	const ours = "018f5b1e-0000-7000-8000-000000000001"
	for status, want := range map[string]channel.Status{
		"accepted": channel.StatusSent, "scheduled": channel.StatusSent, "queued": channel.StatusSent, "sending": channel.StatusSent,
		"sent": channel.StatusSent, "delivered": channel.StatusDelivered, "partially_delivered": channel.StatusDelivered,
		"read": channel.StatusRead, "failed": channel.StatusFailed, "undelivered": channel.StatusFailed, "canceled": channel.StatusFailed,
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			e := parse(t, inboundURL+"?message="+ours, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}, "To": {"whatsapp:+1"}})[0]
			require.Equal(t, channel.KindStatus, e.Kind)
			require.Equal(t, want, e.Status)
			require.Equal(t, ours, e.Ref)
			require.Equal(t, "SM1", e.MessageID)
			require.Equal(t, "whatsapp", e.Channel)
			require.NotZero(t, e.Status.Rank())
		})
	}
	// A report that comes late loses to what is known.
	require.Less(t, channel.StatusSent.Rank(), channel.StatusDelivered.Rank())
	require.Less(t, channel.StatusFailed.Rank(), channel.StatusDelivered.Rank())
	require.Less(t, channel.StatusUnknown.Rank(), channel.StatusSent.Rank())
}

func TestParse_UnknownStatusIsKept(t *testing.T) {
	t.Parallel()
	e := parse(t, inboundURL, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"pondering"}})[0]
	require.Equal(t, channel.KindUnknown, e.Kind)
	require.Equal(t, "SM1:pondering", e.ID)
	require.Contains(t, e.Data, "raw")
}

// An older report says its status in SmsStatus alone; its From is our number, so
// it must not read as a message.
func TestParse_StatusOfOldName(t *testing.T) {
	t.Parallel()
	e := parse(t, inboundURL, url.Values{"SmsSid": {"SM1"}, "SmsStatus": {"delivered"}, "From": {"+12028831111"}, "To": {"+14133881111"}})[0]
	require.Equal(t, channel.KindStatus, e.Kind)
	require.Equal(t, channel.StatusDelivered, e.Status)
}

func TestParse_Consent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, body, optOutType string
		want                   channel.Kind
	}{
		{"+1", "stop", "", channel.KindOptOut},
		{"+1", " Unsubscribe\n", "", channel.KindOptOut},
		{"+1", "OPTOUT", "", channel.KindOptOut},
		{"+1", "unstop", "", channel.KindOptIn},
		{"+1", "please stop", "", ""},
		{"+1", "help", "", ""},
		{"+1", "STOP", "HELP", ""},
		{"+1", "arrête", "STOP", channel.KindOptOut},
		{"whatsapp:+1", "cancel", "", ""},
		{"whatsapp:+1", "stop", "STOP", channel.KindOptOut},
		{"whatsapp:+1", "start", "START", channel.KindOptIn},
	} {
		form := url.Values{"MessageSid": {"SM1"}, "From": {tt.from}, "To": {"+2"}, "Body": {tt.body}, "OptOutType": {tt.optOutType}}
		events := parse(t, inboundURL, form)
		if tt.want == "" {
			require.Len(t, events, 1, tt)
			continue
		}
		require.Len(t, events, 2, tt)
		require.Equal(t, tt.want, events[1].Kind, tt)
	}
}

func TestParse_Messages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		with url.Values
		typ  string
		text string
	}{
		{"text", url.Values{"Body": {"hi"}}, channel.TypeText, "hi"},
		{"picture by its type", url.Values{"NumMedia": {"1"}, "MediaUrl0": {"https://api.twilio.com/x"}, "MediaContentType0": {"image/gif"}}, channel.TypeImage, ""},
		{"file by its type", url.Values{"NumMedia": {"1"}, "MediaUrl0": {"https://api.twilio.com/x"}, "MediaContentType0": {"application/zip"}}, channel.TypeFile, ""},
		{"place by its numbers", url.Values{"Latitude": {"1.5"}, "Longitude": {"2.5"}}, channel.TypeLocation, ""},
		{"reaction", url.Values{"MessageType": {"reaction"}, "Body": {"👍"}}, channel.TypeReaction, "👍"},
		{"button", url.Values{"ButtonText": {"Yes"}, "ButtonPayload": {"y"}, "Body": {"Msg"}}, channel.TypePostback, "Yes"},
		{"button without data", url.Values{"ButtonText": {"Yes"}, "Body": {"Msg"}}, channel.TypeInteractive, "Yes"},
		{"list", url.Values{"ListId": {"l"}, "ListTitle": {"Title"}}, channel.TypeInteractive, "Title"},
		{"document without a file", url.Values{"MessageType": {"document"}, "Body": {"a.pdf"}}, channel.TypeFile, "a.pdf"},
		{"type to come", url.Values{"MessageType": {"hologram"}, "Body": {"x"}}, channel.TypeUnknown, "x"},
		{"numbers that are none", url.Values{"NumMedia": {"many"}, "Latitude": {"north"}}, channel.TypeLocation, ""},
		{"more media than are", url.Values{"NumMedia": {"999999999"}}, channel.TypeText, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.with.Set("MessageSid", "SM1")
			tt.with.Set("From", "whatsapp:+14133881111")
			e := parse(t, inboundURL, tt.with)[0]
			require.Equal(t, channel.KindMessage, e.Kind)
			require.Equal(t, tt.typ, e.Type)
			require.Equal(t, tt.text, e.Text)
		})
	}
}

func TestParse_UnknownOrigins(t *testing.T) {
	t.Parallel()
	for _, form := range []url.Values{
		{"MessageSid": {"SM1"}, "From": {"messenger:12"}, "Body": {"hi"}},
		{"MessageSid": {"SM1"}, "Body": {"hi"}},
		{"CallSid": {"CA1"}},
		{},
	} {
		e := parse(t, inboundURL, form)[0]
		require.Equal(t, channel.KindUnknown, e.Kind)
		require.NotEmpty(t, e.ID)
		require.Equal(t, e, parse(t, inboundURL, form)[0])
	}
}

func TestParse_Document(t *testing.T) {
	t.Parallel()
	events, err := New().Parse(account("t"), webhook(t, http.MethodPost, inboundURL, "application/json; charset=utf-8", `[{"id":1}]`, ""))
	require.NoError(t, err)
	require.Equal(t, channel.KindUnknown, events[0].Kind)
	for _, r := range []channel.Request{
		webhook(t, http.MethodPost, inboundURL, "application/json", `{`, ""),
		webhook(t, http.MethodPost, inboundURL, "application/x-www-form-urlencoded", "Body=%zz", ""),
		webhook(t, http.MethodPost, inboundURL, "application/x-www-form-urlencoded", "%zz=1", ""),
	} {
		_, err = New().Parse(account("t"), r)
		require.ErrorIs(t, err, channel.ErrMalformed)
	}
}
