package oracle

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"
	"github.com/line/line-bot-sdk-go/v8/linebot/webhook"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/line"
	linebox "switchboard/dev/sandbox/line"
)

// Our judgement of a signature is LINE's, for right ones and for near misses.
func TestLINE_Signatures(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	ways := []func(signature string, body []byte) (string, []byte){
		func(s string, b []byte) (string, []byte) { return s, b },
		func(s string, b []byte) (string, []byte) { return s, append(b, ' ') },
		func(s string, b []byte) (string, []byte) { return s, b[:len(b)*random.IntN(10)/10] },
		func(s string, b []byte) (string, []byte) {
			c := []byte(s)
			c[random.IntN(len(c)-2)] ^= 1 // not the last digit: see TestLINE_SpareBits
			return string(c), b
		},
		func(s string, b []byte) (string, []byte) { return s[:random.IntN(len(s))], b },
		func(s string, b []byte) (string, []byte) { return s + s[:random.IntN(len(s))], b },
		func(s string, b []byte) (string, []byte) { return strings.ToLower(s), b },
		func(s string, b []byte) (string, []byte) {
			return strings.NewReplacer("+", "-", "/", "_").Replace(s), b
		},
		func(_ string, b []byte) (string, []byte) { return linebox.Sign("another", b), b },
		func(_ string, b []byte) (string, []byte) { return linebox.Sign("", b), b },
		func(_ string, b []byte) (string, []byte) { return "", b },
	}
	right := 0
	for range 4000 {
		body := make([]byte, random.IntN(200))
		for i := range body {
			body[i] = byte(random.IntN(256))
		}
		signature, body := ways[random.IntN(len(ways))](linebox.Sign("secret", body), body)
		theirs := webhook.ValidateSignature("secret", signature, body)
		err := line.New().Verify(lineAccount(""), channel.Request{Header: http.Header{"X-Line-Signature": {signature}}, Body: body})
		require.Equal(t, theirs, err == nil, "signature %s", signature)
		if theirs {
			right++
		}
	}
	require.Greater(t, right, 300)
	require.Less(t, right, 1000)
}

// The last digit before the padding has two bits that stand for nothing. The
// library takes any, we only those that LINE writes: one body, one signature.
func TestLINE_SpareBits(t *testing.T) {
	t.Parallel()
	body := []byte(`{"destination":"Ubot","events":[]}`)
	signature := []byte(linebox.Sign("secret", body))
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := len(signature) - 2
	signature[last] = digits[strings.IndexByte(digits, signature[last])|1]
	require.True(t, webhook.ValidateSignature("secret", string(signature), body))
	err := line.New().Verify(lineAccount(""), channel.Request{Header: http.Header{"X-Line-Signature": {string(signature)}}, Body: body})
	require.Equal(t, channel.ErrSignature, err)
}

const taken = `{"sentMessages":[{"id":"461230966842064897","quoteToken":"q"}]}`

// A push of LINE's library and one of ours are the same request.
func TestLINE_Push(t *testing.T) {
	t.Parallel()
	const key, file, preview = "123e4567-e89b-12d3-a456-426614174000", "https://files.example/a?x=1&y=<2>", "https://files.example/p"
	text := messaging_api.TextMessage{Text: "héllo 👋 <b>&\"\u2028"}
	image := messaging_api.ImageMessage{OriginalContentUrl: file, PreviewImageUrl: preview}
	of := func(contentType string) channel.OutMedia {
		return channel.OutMedia{URL: file, PreviewURL: preview, ContentType: contentType, Size: 1000}
	}
	for name, c := range map[string]struct {
		theirs []messaging_api.MessageInterface
		ours   channel.Outbound
	}{
		"text":  {[]messaging_api.MessageInterface{text}, channel.Outbound{Text: text.Text}},
		"image": {[]messaging_api.MessageInterface{image}, channel.Outbound{Media: []channel.OutMedia{of("image/jpeg")}}},
		"video": {
			[]messaging_api.MessageInterface{messaging_api.VideoMessage{OriginalContentUrl: file, PreviewImageUrl: preview}},
			channel.Outbound{Media: []channel.OutMedia{of("video/mp4")}},
		},
		"audio": {
			[]messaging_api.MessageInterface{messaging_api.AudioMessage{OriginalContentUrl: file, Duration: 60_000}},
			channel.Outbound{Media: []channel.OutMedia{of("audio/mpeg")}},
		},
		"file, as a link": {
			[]messaging_api.MessageInterface{messaging_api.TextMessage{Text: file}},
			channel.Outbound{Media: []channel.OutMedia{of("application/pdf")}},
		},
		"text and images": {
			[]messaging_api.MessageInterface{text, image, image},
			channel.Outbound{Text: text.Text, Media: []channel.OutMedia{of("image/png"), of("image/jpeg")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen, address := record(t, taken)
			api, err := messaging_api.NewMessagingApiAPI("token", messaging_api.WithEndpoint(address))
			require.NoError(t, err)
			answer, err := api.PushMessage(&messaging_api.PushMessageRequest{To: "U1", Messages: c.theirs}, key)
			require.NoError(t, err)

			c.ours.ID, c.ours.Channel, c.ours.To = key, "line", "U1"
			r, err := line.New("127.0.0.1").Send(t.Context(), lineAccount(address), c.ours)
			require.NoError(t, err)
			require.Equal(t, []string{answer.SentMessages[0].Id}, r.IDs)

			theirs, ours := same(t, seen(), "X-Line-Retry-Key")
			require.Equal(t, key, ours.Header.Get("X-Line-Retry-Key"))
			require.JSONEq(t, withoutNulls(t, theirs.Body), string(ours.Body))
		})
	}
}

func TestLINE_Reply(t *testing.T) {
	t.Parallel()
	seen, address := record(t, taken)
	api, err := messaging_api.NewMessagingApiAPI("token", messaging_api.WithEndpoint(address))
	require.NoError(t, err)
	_, err = api.ReplyMessage(&messaging_api.ReplyMessageRequest{
		ReplyToken: "t", Messages: []messaging_api.MessageInterface{messaging_api.TextMessage{Text: "hello"}},
	})
	require.NoError(t, err)
	r, err := line.New("127.0.0.1").Send(t.Context(), lineAccount(address), channel.Outbound{
		ID: "123e4567-e89b-12d3-a456-426614174000", Channel: "line", To: "U1", Text: "hello",
		Reply: &channel.ReplyToken{Token: "t", Until: time.Now().Add(time.Hour)},
	})
	require.NoError(t, err)
	require.True(t, r.UsedReply)
	theirs, ours := same(t, seen(), "X-Line-Retry-Key") // neither has one: LINE refuses it here
	require.JSONEq(t, withoutNulls(t, theirs.Body), string(ours.Body))
}

// What we read from LINE is read where the library reads it.
func TestLINE_Reading(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		theirs func(t *testing.T, address string) error
		ours   func(t *testing.T, a channel.Account) error
	}{
		"test": {`{"userId":"Ubot"}`,
			func(t *testing.T, address string) error {
				t.Helper()
				api, err := messaging_api.NewMessagingApiAPI("token", messaging_api.WithEndpoint(address))
				require.NoError(t, err)
				_, err = api.GetBotInfo()
				return err
			},
			func(t *testing.T, a channel.Account) error {
				t.Helper()
				return line.New("127.0.0.1").Test(t.Context(), a)
			}},
		"profile": {`{"displayName":"Som","userId":"U1","language":"th"}`,
			func(t *testing.T, address string) error {
				t.Helper()
				api, err := messaging_api.NewMessagingApiAPI("token", messaging_api.WithEndpoint(address))
				require.NoError(t, err)
				_, err = api.GetProfile("U1")
				return err
			},
			func(t *testing.T, a channel.Account) error {
				t.Helper()
				p, err := line.New("127.0.0.1").Profile(t.Context(), a, "U1")
				require.Equal(t, channel.Profile{Name: "Som", Language: "th"}, p)
				return err
			}},
		"content": {`bytes`,
			func(t *testing.T, address string) error {
				t.Helper()
				api, err := messaging_api.NewMessagingApiBlobAPI("token", messaging_api.WithBlobEndpoint(address))
				require.NoError(t, err)
				resp, err := api.GetMessageContent("325708")
				if err != nil {
					return err
				}
				return resp.Body.Close()
			},
			func(t *testing.T, a channel.Account) error {
				t.Helper()
				m, err := line.New("127.0.0.1").Fetch(t.Context(), a, channel.MediaRef{ID: "325708"})
				if err != nil {
					return err
				}
				return m.Body.Close()
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen, address := record(t, c.answer)
			require.NoError(t, c.theirs(t, address))
			require.NoError(t, c.ours(t, lineAccount(address)))
			same(t, seen())
		})
	}
}
