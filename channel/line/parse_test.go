package line

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

func parse(t *testing.T, body string) []channel.Event {
	t.Helper()
	events, err := New().Parse(account("s"), hook(t, body, ""))
	require.NoError(t, err)
	return events
}

// one wraps a single event in a webhook.
func one(event string) string { return `{"destination":"Ubot","events":[` + event + `]}` }

const (
	customer = "U206d25c2ea6bd87c17655609a1c37cb8"
	fromUser = `"source":{"type":"user","userId":"` + customer + `"}`
)

func TestParse_Samples(t *testing.T) {
	t.Parallel()
	all := vectors(t).Inbound
	require.Equal(t, 23, len(all))
	kinds := map[string]channel.Kind{
		"postback": channel.KindMessage, "follow": channel.KindOptIn, "unfollow": channel.KindOptOut,
		"message.deleted": channel.KindRedact, "duplicate": channel.KindMessage,
	}
	for _, v := range all {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			events := parse(t, v.Request.Body)
			if n, ok := v.Expect["count"]; ok {
				require.Len(t, events, int(n.(float64)))
				return
			}
			require.Len(t, events, 1)
			e := events[0]
			require.Equal(t, "line", e.Channel)
			require.False(t, e.At.IsZero())
			require.True(t, strings.HasPrefix(e.ID, "01K7000000000000000000"), e.ID)

			kind := v.Expect["kind"].(string)
			typ, isMessage := strings.CutPrefix(kind, "message.")
			switch {
			case v.ID == "group-text":
				require.Equal(t, channel.KindSystem, e.Kind)
			case kind == "ignored":
				require.Contains(t, []channel.Kind{channel.KindSystem, channel.KindUnknown}, e.Kind)
			case kinds[kind] != "":
				require.Equal(t, kinds[kind], e.Kind)
			default:
				require.True(t, isMessage)
				require.Equal(t, channel.KindMessage, e.Kind)
				require.Equal(t, typ, e.Type)
			}
			if e.Kind != channel.KindSystem {
				require.Equal(t, customer, e.From)
			}
			for name, got := range map[string]any{
				"text": e.Text, "quotes": e.ReplyTo, "dedup_key": e.ID, "data": e.Data["data"], "clear_unreachable_flag": e.Data["unblocked"],
			} {
				if want, ok := v.Expect[name]; ok {
					require.Equal(t, want, got, name)
				}
			}
			if want, ok := v.Expect["filename"]; ok {
				require.Equal(t, want, e.Media[0].Name)
				require.EqualValues(t, 2138, e.Media[0].Size)
			}
		})
	}
}

func sample(t *testing.T, id string) channel.Event {
	t.Helper()
	for _, v := range vectors(t).Inbound {
		if v.ID == id {
			return parse(t, v.Request.Body)[0]
		}
	}
	t.Fatalf("no sample %s", id)
	return channel.Event{}
}

func TestParse_Details(t *testing.T) {
	t.Parallel()
	text := sample(t, "text")
	require.Equal(t, time.UnixMilli(1760000001000).UTC(), text.At)
	require.Equal(t, &channel.ReplyToken{Token: "b60d432864f44d079f6d8efe86cf404b", Until: text.At.Add(50 * time.Second)}, text.Reply)
	require.Equal(t, "468789577898262530", text.MessageID)
	require.Equal(t, text.ID, sample(t, "redelivery-of-text").ID)

	hosted := sample(t, "image-line-hosted-set")
	require.Equal(t, []channel.MediaRef{{ID: "354718705033693859"}}, hosted.Media)
	require.Contains(t, hosted.Data, "image_set")

	external := sample(t, "image-external")
	require.Equal(t, []channel.MediaRef{{URL: "https://example.com/original.jpg", External: true}}, external.Media)
	require.Equal(t, "https://example.com/preview.jpg", external.Data["preview_url"])

	require.EqualValues(t, 60000, sample(t, "video").Data["duration_ms"])
	require.Contains(t, sample(t, "text-emoji-mention-quote").Data, "mention")

	place := sample(t, "location").Data
	require.Equal(t, 35.67966, place["latitude"])
	require.Equal(t, 139.73669, place["longitude"])
	require.Equal(t, "my location", place["title"])

	sticker := sample(t, "sticker-message-text")
	require.Equal(t, "Let's\nhang out this weekend!", sticker.Text)
	require.Equal(t, "738839", sticker.Data["sticker_id"])

	date := sample(t, "postback-datetime")
	require.Equal(t, channel.TypePostback, date.Type)
	require.Equal(t, map[string]any{"datetime": "2026-12-25T01:00"}, date.Data["params"])

	require.Equal(t, "468789577898262530", sample(t, "unsend").MessageID)
}

func TestParse_Group(t *testing.T) {
	t.Parallel()
	e := sample(t, "group-text")
	require.Equal(t, channel.KindSystem, e.Kind)
	require.Empty(t, e.From, "an answer to a member would be a conversation nobody began")
	require.Nil(t, e.Reply)
	require.Equal(t, "Ca56f94637cc4347f90a25382909b24b9", e.Data["group"])
	require.Contains(t, e.Data, "raw")
}

func TestParse_Standby(t *testing.T) {
	t.Parallel()
	e := sample(t, "standby-mode")
	require.True(t, e.Standby)
	require.Nil(t, e.Reply)

	e = parse(t, one(`{"type":"message","mode":"standby","timestamp":1760000001000,"replyToken":"t",`+fromUser+`,"message":{"id":"1","type":"text","text":"x"}}`))[0]
	require.True(t, e.Standby)
	require.Nil(t, e.Reply, "another system answers")
}

func TestParse_Unknown(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]string{
		"event type":           `{"type":"futureEvent","webhookEventId":"E1",` + fromUser + `}`,
		"no type":              `{"webhookEventId":"E1"}`,
		"message without body": `{"type":"message","webhookEventId":"E1",` + fromUser + `}`,
		"message without id":   `{"type":"message","webhookEventId":"E1",` + fromUser + `,"message":{"type":"text"}}`,
		"message of no one":    `{"type":"message","webhookEventId":"E1","message":{"id":"1","type":"text"}}`,
		"follow of no one":     `{"type":"follow","webhookEventId":"E1"}`,
		"unfollow of no one":   `{"type":"unfollow","webhookEventId":"E1"}`,
		"postback of nothing":  `{"type":"postback","webhookEventId":"E1",` + fromUser + `}`,
		"unsend of nothing":    `{"type":"unsend","webhookEventId":"E1",` + fromUser + `}`,
		"text that is no text": `{"type":"message","message":{"id":"1","type":"text","text":7},"webhookEventId":"E1",` + fromUser + `}`,
		"type that is no text": `{"type":{},"webhookEventId":"E1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := parse(t, one(event))[0]
			require.Equal(t, channel.KindUnknown, e.Kind)
			require.Equal(t, "E1", e.ID, "a redelivery differs in its body, not in its id")
			require.Nil(t, e.Reply)
			require.JSONEq(t, event, string(e.Data["raw"].(json.RawMessage)))
		})
	}
}

// A message type that is not known is still a message: the agent sees that
// something came.
func TestParse_UnknownMessageType(t *testing.T) {
	t.Parallel()
	e := parse(t, one(`{"type":"message","webhookEventId":"E1",`+fromUser+`,"message":{"id":"1","type":"hologram","x":1}}`))[0]
	require.Equal(t, channel.KindMessage, e.Kind)
	require.Equal(t, channel.TypeUnknown, e.Type)
	require.JSONEq(t, `{"id":"1","type":"hologram","x":1}`, string(e.Data["raw"].(json.RawMessage)))
}

func TestParse_PoisonousEventAmongGoodOnes(t *testing.T) {
	t.Parallel()
	good := func(id string) string {
		return `{"type":"message","webhookEventId":"` + id + `",` + fromUser + `,"message":{"id":"m` + id + `","type":"text","text":"` + id + `"}}`
	}
	for _, poison := range []string{`null`, `7`, `"x"`, `[]`, `{}`, `{"type":3}`, `{"type":"message","message":[1]}`,
		`{"type":"message","timestamp":"soon"}`, `{"type":"message","source":"me","message":{"id":{}}}`} {
		t.Run(poison, func(t *testing.T) {
			t.Parallel()
			events := parse(t, one(good("a")+","+poison+","+good("b")))
			require.Len(t, events, 3)
			require.Equal(t, "a", events[0].Text)
			require.Equal(t, channel.KindUnknown, events[1].Kind)
			require.NotEmpty(t, events[1].ID)
			require.Equal(t, "b", events[2].Text)
		})
	}
}

func TestParse_Malformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "x", "null", " null ", "[]", "7", `{"events":7}`, `{"events":[`} {
		_, err := New().Parse(account("s"), hook(t, body, ""))
		require.ErrorIs(t, err, channel.ErrMalformed, body)
	}
	require.Empty(t, parse(t, `{"destination":"U1","events":[]}`), "the console's probe")
}

func TestParse_TimeOfNoCalendar(t *testing.T) {
	t.Parallel()
	for _, ms := range []string{"-1", "0", "253402300800000", "9223372036854775807"} {
		e := parse(t, one(`{"type":"message","timestamp":`+ms+`,"replyToken":"t",`+fromUser+`,"message":{"id":"1","type":"text","text":"x"}}`))[0]
		require.True(t, e.At.IsZero(), ms)
		require.Nil(t, e.Reply, "its life is not known")
		require.Equal(t, "1", e.ID, "the message's id stands in")
	}
}

// What a customer changes or takes back is theirs; in a group it is nobody's here.
func TestFault_F11_EditedAndTakenBack(t *testing.T) {
	t.Parallel()
	edited := `{"type":"messageEdited","mode":"active","timestamp":1795900000123,"webhookEventId":"01EDIT","replyToken":"r",` + fromUser + `,"message":{"id":"468","type":"text","text":"new"}}`
	unsend := `{"type":"unsend","mode":"active","timestamp":1795900000123,"webhookEventId":"01GONE",` + fromUser + `,"unsend":{"messageId":"468"}}`
	e := parse(t, one(edited))[0]
	require.Equal(t, channel.Event{Kind: channel.KindEdit, ID: "01EDIT", Type: "messageEdited", Channel: "line", From: customer, At: time.UnixMilli(1795900000123).UTC(),
		MessageID: "468", Text: "new"}, e)
	e = parse(t, one(unsend))[0]
	require.Equal(t, []any{channel.KindRedact, customer, "468"}, []any{e.Kind, e.From, e.MessageID})
	for _, source := range []string{`"source":{"type":"group","groupId":"C1","userId":"` + customer + `"}`, `"source":{"type":"room","roomId":"R1"}`} {
		for _, event := range []string{edited, unsend} {
			e := parse(t, one(strings.Replace(event, fromUser, source, 1)))[0]
			require.Equal(t, []any{channel.KindSystem, "", ""}, []any{e.Kind, e.From, e.MessageID})
		}
	}
	picture := parse(t, one(strings.Replace(edited, `"type":"text","text":"new"`, `"type":"image"`, 1)))[0]
	require.Equal(t, channel.KindUnknown, picture.Kind, "kept as it came")
}
