package twilio_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/twilio"
)

// said is what a customer's message is taken for.
func said(t *testing.T, form url.Values) []channel.Event {
	t.Helper()
	for k, v := range map[string]string{"MessageSid": "SM1", "To": "+2"} {
		if form.Get(k) == "" {
			form.Set(k, v)
		}
	}
	r := channel.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body: []byte(form.Encode())}
	events, err := twilio.New().Parse(channel.Account{}, r)
	require.NoError(t, err)
	require.NotEmpty(t, events)
	return events
}

func TestField_F05_YesOnlyUndoesAStop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, body, optOutType string
		kind                   channel.Kind
		typ                    string
	}{
		{"+1", "Yes", "", channel.KindOptIn, channel.TypeAgain}, {"+1", "YES!", "", channel.KindOptIn, channel.TypeAgain},
		{"+1", "ｙｅｓ", "", channel.KindOptIn, channel.TypeAgain},
		{"+1", "Yes", "START", channel.KindOptIn, channel.TypeAgain}, {"whatsapp:+1", "yes 👍", "START", channel.KindOptIn, channel.TypeAgain},
		{"+1", "Yes please", "", "", ""}, {"whatsapp:+1", "Yes", "", "", ""}, {"+1", "Yes", "HELP", "", ""},
		{"+1", "START", "", channel.KindOptIn, "opt_in"}, {"+1", "start.", "START", channel.KindOptIn, "opt_in"},
		{"+1", "ＳＴＡＲＴ", "", channel.KindOptIn, "opt_in"},
		{"+1", "aanmelden", "START", channel.KindOptIn, "opt_in"},
		{"+1", "STOP 🛑", "", channel.KindOptOut, "opt_out"}, {"+1", "ｓｔｏｐ！", "", channel.KindOptOut, "opt_out"},
		{"+1", "yes", "STOP", channel.KindOptOut, "opt_out"},
	} {
		events := said(t, url.Values{"From": {c.from}, "Body": {c.body}, "OptOutType": {c.optOutType}})
		if c.kind == "" {
			require.Len(t, events, 1, c.body)
			continue
		}
		require.Len(t, events, 2, c.body)
		require.Equal(t, c.kind, events[1].Kind, c.body)
		require.Equal(t, c.typ, events[1].Type, c.body)
	}
}

func TestField_F09_TapbacksAreReactions(t *testing.T) {
	t.Parallel()
	for text, emoji := range map[string]string{
		"Liked “See you at four”": "👍", "Loved “Hi”": "❤️", "Disliked \"Hi\"": "👎", "Laughed at “Hi”": "😂", "Emphasized “Hi”": "‼️",
		"Questioned “Hi”": "❓",
		"Loved an image":  "❤️", "Liked “two\nlines”": "👍", "Reacted 😮 to “Hi”": "😮", "\u200a👍\u200b to “\u200aHi\u200a”": "👍",
		"❤️ to \"Hi\"":              "❤️",
		"Removed a heart from “Hi”": "✖️", "Gefällt „Hi“": "👍", "A aimé « Hi »": "👍", "Le gustó “Hi”": "👍", "Vond “Hi” leuk": "👍",
		"Liked it, thanks": "", "Loved “Hi” but when?": "", "Questioned my bill": "", "is 5 to “six” ok": "", "5 to “six”": "", "Liked": "",
		"Yes": "",
	} {
		e := said(t, url.Values{"From": {"+1"}, "Body": {text}})[0]
		if emoji == "" {
			require.Equal(t, channel.TypeText, e.Type, text)
			continue
		}
		require.Equal(t, channel.TypeReaction, e.Type, text)
		require.Equal(t, emoji, e.Data["emoji"], text)
		require.Equal(t, text, e.Text)
	}
	require.Equal(t, channel.TypeText, said(t, url.Values{"From": {"whatsapp:+1"}, "Body": {"Liked “Hi”"}, "MessageType": {"text"}})[0].Type)
}

func TestField_F29_RepliesByRCSAreSeen(t *testing.T) {
	t.Parallel()
	e := said(t, url.Values{"From": {"rcs:+14155550118"}, "To": {"rcs:brand_agent"}, "Body": {"hello"}})[0]
	require.Equal(t, channel.KindMessage, e.Kind)
	require.Equal(t, "sms", e.Channel)
	require.Equal(t, "+14155550118", e.From)
	require.Equal(t, "rcs:brand_agent", e.Address)
	other := said(t, url.Values{"From": {"messenger:123"}, "Body": {"hello"}})[0]
	require.Equal(t, channel.KindUnknown, other.Kind)
}
