package oracle

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"
	"github.com/line/line-bot-sdk-go/v8/linebot/webhook"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/line"
	"switchboard/dev/sandbox"
	linebox "switchboard/dev/sandbox/line"
)

func lineAccount(base string) channel.Account {
	return channel.Account{BaseURL: base, Settings: map[string]string{"channel_id": "1650000001", "bot_user_id": "Ubot"},
		Secrets: map[string]string{"channel_secret": "secret", "channel_access_token": "token"}}
}

// What the sandbox sends, LINE's own library accepts and reads as we do.
func TestLINE_WebhooksOfTheSandbox(t *testing.T) {
	t.Parallel()
	box, base := startSandbox(t)
	var got []channel.Request
	address := receive(t, func(r channel.Request) { got = append(got, r) })
	account, err := linebox.Add(box.Box, linebox.Settings{ChannelID: "1650000001", Secret: "secret", AccessToken: "token", BotUserID: "Ubot", WebhookURL: address})
	require.NoError(t, err)
	customer := account.User("U1")
	for _, do := range []func(context.Context) (sandbox.Sent, error){
		func(ctx context.Context) (sandbox.Sent, error) { return customer.Says(ctx, "héllo 👋") },
		func(ctx context.Context) (sandbox.Sent, error) { return customer.SendsSticker(ctx, "446", "1988") },
		func(ctx context.Context) (sandbox.Sent, error) {
			return customer.SendsMedia(ctx, "image/png", []byte("x"), "a.png")
		},
		func(ctx context.Context) (sandbox.Sent, error) {
			return customer.SendsLocation(ctx, 13.75, 100.5, "Bangkok", "Phra Nakhon")
		},
		func(ctx context.Context) (sandbox.Sent, error) { return customer.TapsButton(ctx, "Yes", "answer=yes") },
		customer.Unfollows, customer.Follows,
	} {
		_, err := do(t.Context())
		require.NoError(t, err)
	}
	require.Len(t, got, 7)
	for _, r := range got {
		require.True(t, webhook.ValidateSignature("secret", r.Header.Get("X-Line-Signature"), r.Body))
		require.NoError(t, line.New().Verify(lineAccount(base), r))
		compareEvents(t, r)
	}
}

// The sandbox takes a push of LINE's library as it takes ours.
func TestLINE_SandboxTakesPushes(t *testing.T) {
	t.Parallel()
	box, base := startSandbox(t)
	account, err := linebox.Add(box.Box, linebox.Settings{ChannelID: "1650000001", Secret: "secret", AccessToken: "token", BotUserID: "Ubot"})
	require.NoError(t, err)
	customer := account.User("U1")
	api, err := messaging_api.NewMessagingApiAPI("token", messaging_api.WithEndpoint(base+"/line"))
	require.NoError(t, err)
	push := &messaging_api.PushMessageRequest{To: "U1", Messages: []messaging_api.MessageInterface{messaging_api.TextMessage{Text: "theirs"}}}
	_, err = api.PushMessage(push, uuid.NewString()) // without a key the library sends an empty one, which LINE refuses
	require.NoError(t, err)
	_, err = line.New("127.0.0.1").Send(t.Context(), lineAccount(base+"/line"), channel.Outbound{ID: uuid.NewString(), Channel: "line", To: "U1", Text: "ours"})
	require.NoError(t, err)
	require.Len(t, customer.Received(), 2)
}
