package oracle

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/line/line-bot-sdk-go/v8/linebot/webhook"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/line"
)

// reading is what LINE's library read in one event, whatever its type.
type reading struct {
	Type, Mode, ReplyToken string
	ID                     string `json:"webhookEventId"`
	Timestamp              int64
	Source                 struct{ Type, UserID, GroupID, RoomID string }
	Message                struct {
		ID, Type, Text, QuoteToken, QuotedMessageID string
		FileName, Title, Address                    string
		PackageID, StickerID, StickerResourceType   string
		FileSize, Duration                          int64
		Latitude, Longitude                         float64
		ContentProvider                             struct{ Type, OriginalContentURL, PreviewImageURL string }
		Keywords                                    []string
	}
	Unsend   struct{ MessageID string }
	Follow   struct{ IsUnblocked bool }
	Postback struct {
		Data   string
		Params map[string]any
	}
	Raw map[string]json.RawMessage // of an event or a message that the library does not know
}

func read(t *testing.T, e webhook.EventInterface) reading {
	t.Helper()
	b, err := json.Marshal(e)
	require.NoError(t, err)
	var r reading
	require.NoError(t, json.Unmarshal(b, &r))
	if _, unknown := e.(webhook.UnknownEvent); unknown {
		require.NoError(t, json.Unmarshal(r.Raw["webhookEventId"], &r.ID))
		require.NoError(t, json.Unmarshal(r.Raw["timestamp"], &r.Timestamp))
	}
	return r
}

// compareEvents holds our reading of a webhook against the library's, event by
// event. It returns their types.
func compareEvents(t *testing.T, r channel.Request) (types []string) {
	t.Helper()
	var theirs webhook.CallbackRequest
	require.NoError(t, json.Unmarshal(r.Body, &theirs))
	ours, err := line.New().Parse(lineAccount(""), r)
	require.NoError(t, err)
	require.Len(t, ours, len(theirs.Events))
	for i, e := range theirs.Events {
		want, got := read(t, e), ours[i]
		_, unknown := e.(webhook.UnknownEvent)
		require.Equal(t, unknown, got.Kind == channel.KindUnknown, want.Type)
		require.Equal(t, want.ID, got.ID)
		require.Equal(t, want.Timestamp, got.At.UnixMilli())
		switch {
		case unknown:
			require.Equal(t, want.Type, got.Type)
		case want.Source.Type != "user": // a group is no conversation with us
			require.Equal(t, channel.KindSystem, got.Kind)
			require.Empty(t, got.Reply)
		default:
			compare(t, want, got)
		}
		types = append(types, want.Type+" "+want.Message.Type)
	}
	return types
}

func compare(t *testing.T, want reading, got channel.Event) {
	t.Helper()
	require.Equal(t, want.Source.UserID, got.From)
	require.Equal(t, want.Mode == "standby", got.Standby)
	token := ""
	if got.Reply != nil {
		token = got.Reply.Token
	}
	if got.Kind != channel.KindSystem {
		require.Equal(t, want.ReplyToken, token)
	}
	switch want.Type {
	case "message":
		compareMessage(t, want, got)
	case "postback":
		require.Equal(t, channel.TypePostback, got.Type)
		require.Equal(t, want.Postback.Data, got.Data["data"])
		params, _ := got.Data["params"].(map[string]any)
		require.Equal(t, want.Postback.Params, params)
	case "unsend":
		require.Equal(t, channel.KindRedact, got.Kind)
		require.Equal(t, want.Unsend.MessageID, got.MessageID)
	case "follow":
		require.Equal(t, channel.KindOptIn, got.Kind)
		require.Equal(t, want.Follow.IsUnblocked, got.Data["unblocked"])
	case "unfollow":
		require.Equal(t, channel.KindOptOut, got.Kind)
	default:
		require.Equal(t, channel.KindSystem, got.Kind, want.Type)
		require.Equal(t, want.Type, got.Type)
	}
}

func compareMessage(t *testing.T, want reading, got channel.Event) {
	t.Helper()
	m := want.Message
	text := func(name string) string { s, _ := got.Data[name].(string); return s }
	require.Equal(t, channel.KindMessage, got.Kind)
	require.Equal(t, []string{m.ID, m.Type, m.Text, m.QuotedMessageID, m.QuoteToken},
		[]string{got.MessageID, got.Type, got.Text, got.ReplyTo, text("quote_token")})
	switch m.Type {
	case "image", "video", "audio", "file":
		require.Len(t, got.Media, 1)
		require.Equal(t, channel.MediaRef{ // LINE has the file under the message's id, or somebody else has it
			ID: map[bool]string{false: m.ID}[m.ContentProvider.Type == "external"], URL: m.ContentProvider.OriginalContentURL,
			Name: m.FileName, Size: m.FileSize, External: m.ContentProvider.Type == "external",
		}, got.Media[0])
		require.Equal(t, m.ContentProvider.PreviewImageURL, text("preview_url"))
		if m.Duration != 0 {
			require.Equal(t, m.Duration, got.Data["duration_ms"])
		}
	case "location":
		require.Equal(t, []any{m.Latitude, m.Longitude, m.Title, m.Address},
			[]any{got.Data["latitude"], got.Data["longitude"], text("title"), text("address")})
	case "sticker":
		require.Equal(t, []string{m.PackageID, m.StickerID, m.StickerResourceType},
			[]string{text("package_id"), text("sticker_id"), text("resource_type")})
		words, _ := got.Data["keywords"].([]string)
		require.Equal(t, m.Keywords, words)
	default:
		require.Equal(t, channel.TypeText, m.Type)
	}
}

// The recorded webhooks are read as LINE's library reads them.
func TestLINE_RecordedWebhooks(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../line/testdata/vectors.json")
	require.NoError(t, err)
	var recorded struct {
		Inbound []struct {
			ID      string
			Request struct{ Body string }
		} `json:"inbound_samples"`
	}
	require.NoError(t, json.Unmarshal(data, &recorded))
	require.Len(t, recorded.Inbound, 23)
	seen := map[string]bool{}
	for _, s := range recorded.Inbound {
		for _, typ := range compareEvents(t, hook(s.Request.Body)) {
			seen[typ] = true
		}
	}
	for _, typ := range []string{
		"message text", "message image", "message video", "message audio", "message file", "message location", "message sticker",
		"postback ", "follow ", "unfollow ", "unsend ",
	} {
		require.True(t, seen[typ], typ)
	}
}

func hook(body string) channel.Request {
	return channel.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body)}
}

// Every event that the library knows is known to us, and what it does not know
// is kept by both, beside its neighbours. LINE Things has ended and is no channel.
func TestLINE_EveryEventOfTheLibrary(t *testing.T) {
	t.Parallel()
	const common = `"mode":"active","timestamp":1760000001000,"webhookEventId":"01K","source":{"type":"user","userId":"U1"},"deliveryContext":{"isRedelivery":false}`
	var all []string
	for typ, rest := range map[string]string{
		"message":           `"replyToken":"t","message":{"type":"text","id":"1","text":"x","quoteToken":"q"}`,
		"postback":          `"replyToken":"t","postback":{"data":"d","params":{"date":"2026-12-25"}}`,
		"unsend":            `"unsend":{"messageId":"1"}`,
		"follow":            `"replyToken":"t","follow":{"isUnblocked":true}`,
		"unfollow":          `"x":1`,
		"join":              `"replyToken":"t"`,
		"leave":             `"x":1`,
		"memberJoined":      `"replyToken":"t","joined":{"members":[{"type":"user","userId":"U2"}]}`,
		"memberLeft":        `"left":{"members":[{"type":"user","userId":"U2"}]}`,
		"videoPlayComplete": `"replyToken":"t","videoPlayComplete":{"trackingId":"v"}`,
		"beacon":            `"replyToken":"t","beacon":{"hwid":"d41d8cd98f","type":"enter","dm":"00"}`,
		"accountLink":       `"replyToken":"t","link":{"result":"ok","nonce":"n"}`,
		"membership":        `"replyToken":"t","membership":{"type":"joined","membershipId":1}`,
		"module":            `"module":{"type":"attached","botId":"U3","scopes":["message:send"]}`,
		"activated":         `"chatControl":{"expireAt":1760000001000}`,
		"deactivated":       `"x":1`,
		"botSuspended":      `"x":1`,
		"botResumed":        `"x":1`,
		"delivery":          `"delivery":{"data":"d"}`,
		"eventToCome":       `"x":1`,
	} {
		e := `{"type":"` + typ + `",` + common + `,` + rest + `}`
		require.Equal(t, typ, strings.Fields(compareEvents(t, hook(`{"destination":"Ubot","events":[`+e+`]}`))[0])[0])
		all = append(all, e)
	}
	require.Len(t, compareEvents(t, hook(`{"destination":"Ubot","events":[`+strings.Join(all, ",")+`]}`)), len(all), "none costs another")
}
