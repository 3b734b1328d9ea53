package sandbox_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/instagram"
	"switchboard/channel/wechat"
	"switchboard/dev/sandbox"
	"switchboard/dev/sandbox/core"
	profile "switchboard/dev/sandbox/instagram"
	official "switchboard/dev/sandbox/wechat"
)

func refusal(t *testing.T, err error) *channel.Error {
	t.Helper()
	var e *channel.Error
	require.ErrorAs(t, err, &e)
	return e
}

func (s *spoken) fetched(ref channel.MediaRef) string {
	s.Helper()
	f, err := s.Provider.(channel.Fetcher).Fetch(s.Context(), s.account, ref)
	require.NoError(s, err)
	data, err := io.ReadAll(f.Body)
	require.NoError(s, err)
	require.NoError(s, f.Body.Close())
	return string(data)
}

func TestWeChat_SpeaksAsTheProductDoes(t *testing.T) {
	t.Parallel()
	const app, to = "wx1a2b3c4d5e6f7081", "oFs3Wt6fHc1-mKxQyPzR2vLbNdEg"
	for name, key := range map[string]string{"plain": "", "encrypted": "omniAesKey0123456789abcdefghijklmnopqrstuvw"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s := speak(t, wechat.New("127.0.0.1"), "/wechat", map[string]string{"app_id": app}, func(b *sandbox.Sandbox, webhook string) {
				_, err := official.Add(b.Box, official.Settings{AppID: app, AppSecret: secret, OriginalID: "gh_0123456789ab", Token: secret,
					AESKey: key, WebhookURL: webhook, Name: "Account"})
				require.NoError(t, err)
			})
			s.account.Secrets["encoding_aes_key"] = key
			account := official.Find(s.Box, app)
			ours, err := account.Asks(ctx)
			require.NoError(t, err)
			require.True(t, ours)
			customer := account.Person(to).Named("Mila")
			s.weChatCustomer(account, customer)
			s.weChatAnswers(account, customer)
		})
	}
}

// weChatCustomer does what customers do, and reads it.
func (s *spoken) weChatCustomer(account *official.Account, customer *sandbox.Phone) {
	ctx, t := s.Context(), s.T
	text := "你好 <b>]]> & 👋"
	for _, do := range []func() (sandbox.Sent, error){
		func() (sandbox.Sent, error) { return customer.Says(ctx, text) },
		func() (sandbox.Sent, error) { return customer.SendsMedia(ctx, "image/png", []byte("\x89PNG"), "") },
		func() (sandbox.Sent, error) { return customer.SendsMedia(ctx, "video/mp4", []byte("film"), "") },
		func() (sandbox.Sent, error) { return customer.TapsButton(ctx, "Yes", "y") },
		func() (sandbox.Sent, error) { return customer.SendsLocation(ctx, 23.1, 113.3, "Canton", "") },
		func() (sandbox.Sent, error) { return account.Clicks(ctx, customer, "AGENT") },
	} {
		_, err := do()
		require.NoError(t, err)
	}
	_, err := customer.SendsMedia(ctx, "application/pdf", []byte("%PDF"), "")
	require.ErrorIs(t, err, core.ErrChannel, "WeChat passes on no files")
	got := s.told(messages)
	types := []string{}
	for _, e := range got {
		require.Equal(t, customer.Number, e.From)
		types = append(types, e.Type)
	}
	require.Equal(t, []string{"text", "image", "video", "postback", "location", "postback"}, types)
	require.Equal(t, text, got[0].Text)
	require.Equal(t, "y", got[3].Data["data"])
	require.InDelta(t, 113.3, got[4].Data["longitude"], 1e-9)
	require.Equal(t, "\x89PNG", s.fetched(got[1].Media[0]))
	require.Equal(t, "film", s.fetched(got[2].Media[0]))
	p, err := s.Provider.(channel.Profiler).Profile(ctx, s.account, customer.Number)
	require.NoError(t, err)
	require.Equal(t, channel.Profile{Name: "Mila", Language: "zh-CN", Attributes: map[string]string{}}, p)
}

// weChatAnswers sends what fits and what does not.
func (s *spoken) weChatAnswers(account *official.Account, customer *sandbox.Phone) {
	ctx, t := s.Context(), s.T
	out := channel.Outbound{ID: ref, Channel: "wechat", To: customer.Number, Text: "<Hi>", InboundAt: time.Now(), Buttons: []channel.Button{{Title: "Yes", Value: "y"}},
		Media: []channel.OutMedia{{URL: s.file, ContentType: "image/png", Name: "x.png",
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("\x89PNG")), nil }}}}
	_, err := customer.Says(ctx, "and?")
	require.NoError(t, err)
	_, err = s.Send(ctx, s.account, out)
	require.NoError(t, err)
	received := customer.Received()
	require.Len(t, received, 2, "the picture and the text")
	require.Equal(t, int64(4), received[0].Media[0].Size)
	require.Equal(t, "<Hi>", received[1].Text)
	require.NoError(t, s.Provider.(channel.Signaler).Signal(ctx, s.account, channel.Signal{To: customer.Number, Typing: true}))

	account.EndToken() // another system took a new one
	out.Media, out.Buttons = nil, nil
	for range 3 {
		_, err = s.Send(ctx, s.account, out)
		require.NoError(t, err)
	}
	require.Len(t, customer.Received(), 5, "each once")
	_, err = s.Send(ctx, s.account, out)
	require.Equal(t, "45047", refusal(t, err).Code, "five answers to a message")
	_, err = customer.Says(ctx, "more")
	require.NoError(t, err)
	_, err = s.Send(ctx, s.account, out)
	require.NoError(t, err)
	require.NoError(t, customer.CloseWindow())
	_, err = s.Send(ctx, s.account, out)
	require.Equal(t, channel.Window, refusal(t, err).Class)

	_, err = customer.Unfollows(ctx)
	require.NoError(t, err)
	require.Len(t, s.told(func(e channel.Event) bool { return e.Kind == channel.KindOptOut }), 1)
	_, err = s.Send(ctx, s.account, out)
	require.Equal(t, channel.OptedOut, refusal(t, err).Class)
	s.account.Secrets["app_secret"] = "another"
	require.Equal(t, "40125", refusal(t, s.Test(ctx, s.account)).Code)
}

func TestInstagram_SpeaksAsTheProductDoes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := speak(t, instagram.New("127.0.0.1"), "/instagram", map[string]string{"ig_id": "17841400000000001"}, func(b *sandbox.Sandbox, webhook string) {
		_, err := profile.Add(b.Box, profile.Settings{ID: "17841400000000001", AppSecret: secret, AccessToken: secret, WebhookURL: webhook, Name: "Profile"})
		require.NoError(t, err)
	})
	account := profile.Find(s.Box, "17841400000000001")
	customer := account.Person("2468").Named("Ann Bee")
	_, err := customer.Says(ctx, "Hello สวัสดี 👋 a/b")
	require.NoError(t, err)
	_, err = customer.SendsMedia(ctx, "image/png", []byte("\x89PNG"), "a.png")
	require.NoError(t, err)
	_, err = customer.SendsSticker(ctx, "", "")
	require.NoError(t, err)
	sum, err := s.KeepBlob([]byte("story"))
	require.NoError(t, err)
	_, err = account.Replies(ctx, customer, core.MediaSeen{ContentType: "image/png", SHA256: sum}, "this?")
	require.NoError(t, err)
	got := s.told(messages)
	require.Len(t, got, 4)
	require.Equal(t, "Hello สวัสดี 👋 a/b", got[0].Text)
	require.Equal(t, "17841400000000001", got[0].Owner)
	require.Equal(t, "\x89PNG", s.fetched(got[1].Media[0]))
	require.Equal(t, "sticker", got[2].Type)
	require.Equal(t, "this?", got[3].Text)
	require.Equal(t, "story", s.fetched(got[3].Media[0]))
	p, err := s.Provider.(channel.Profiler).Profile(ctx, s.account, "2468")
	require.NoError(t, err)
	require.Equal(t, channel.Profile{Name: "Ann Bee", Attributes: map[string]string{"handle": "ann.bee"}}, p)

	out := channel.Outbound{ID: ref, Channel: "instagram", To: "2468", Text: "only once", InboundAt: time.Now()}
	r, err := s.Send(ctx, s.account, out)
	require.NoError(t, err)
	_, found, err := s.Provider.(channel.Finder).Find(ctx, s.account, out, time.Now().Add(-time.Minute))
	require.NoError(t, err)
	require.True(t, found, "what was sent stands in the conversation")
	echo := s.told(func(e channel.Event) bool { return e.Kind == channel.KindEcho })
	require.Len(t, echo, 1)
	require.Equal(t, r.IDs[0], echo[0].MessageID, "an echo of ours is known by its id")
	require.NoError(t, customer.Reads(ctx))
	require.Len(t, s.told(status(channel.StatusRead)), 1)
	require.NoError(t, s.Provider.(channel.Signaler).Signal(ctx, s.account, channel.Signal{To: "2468", Typing: true}))

	require.NoError(t, customer.CloseWindow())
	_, err = s.Send(ctx, s.account, out)
	require.Equal(t, channel.Window, refusal(t, err).Class)
}
