package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/channel/messenger"
	"switchboard/channel/whatsappcloud"
	"switchboard/dev/sandbox"
	page "switchboard/dev/sandbox/messenger"
	number "switchboard/dev/sandbox/whatsapp"
)

// spoken is the product's side of a channel, without the product: it proves what
// comes, reads it, and serves the file that goes out.
type spoken struct {
	*testing.T
	*sandbox.Sandbox
	channel.Provider
	account channel.Account
	file    string

	mu     sync.Mutex
	events []channel.Event
}

const ref = "123e4567-e89b-12d3-a456-426614174000"

// speak connects a provider to its stand-in; open makes the account there.
func speak(t *testing.T, p channel.Provider, folder string, settings map[string]string, open func(b *sandbox.Sandbox, webhook string)) *spoken {
	t.Helper()
	b, err := sandbox.New(sandbox.Config{})
	require.NoError(t, err)
	server := httptest.NewServer(b.Handler())
	b.SetPublicURL(server.URL)
	s := &spoken{T: t, Sandbox: b, Provider: p}
	product := httptest.NewServer(http.HandlerFunc(s.product))
	t.Cleanup(func() { require.NoError(t, b.Close()); server.Close(); product.Close() })
	s.file = product.URL + "/file"
	s.account = channel.Account{BaseURL: server.URL + folder, Settings: settings, Secrets: map[string]string{
		"app_secret": secret, "verify_token": secret, "token": secret, "page_access_token": secret, "access_token": secret}}
	open(b, product.URL+"/webhook")
	require.NoError(t, p.Test(t.Context(), s.account))
	return s
}

func (s *spoken) product(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/file" {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("\x89PNG"))
		return
	}
	body, _ := io.ReadAll(r.Body)
	req := channel.Request{Method: r.Method, URL: r.URL, Header: r.Header, Body: body}
	if h, ok := s.Provider.(channel.Handshaker); ok {
		if a, handled, err := h.Handshake(s.account, req); handled && err == nil {
			_, _ = w.Write(a.Body)
			return
		}
	}
	list, err := s.Parse(s.account, req)
	if e := s.Verify(s.account, req); e != nil || err != nil {
		w.WriteHeader(http.StatusForbidden)
		s.Errorf("webhook: %v %v", e, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, list...)
}

// told are the events so far that fit.
func (s *spoken) told(fits func(channel.Event) bool) (list []channel.Event) {
	s.Helper()
	require.NoError(s, s.Settle(s.Context()))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if fits(e) {
			list = append(list, e)
		}
	}
	return list
}

func messages(e channel.Event) bool { return e.Kind == channel.KindMessage }

func status(want channel.Status) func(channel.Event) bool {
	return func(e channel.Event) bool { return e.Kind == channel.KindStatus && e.Status == want }
}

// talk goes through what a customer and an agent do on either channel.
func (s *spoken) talk(customer *sandbox.Phone, to, ch string) {
	ctx, t := s.Context(), s.T
	text := "Hello สวัสดี 👋 a/b"
	_, err := customer.Says(ctx, text)
	require.NoError(t, err)
	_, err = customer.SendsMedia(ctx, "image/png", []byte("\x89PNG"), "a b.png")
	require.NoError(t, err)
	_, err = customer.TapsButton(ctx, "Yes", "y")
	require.NoError(t, err)
	_, err = customer.SendsLocation(ctx, 1, 2, "a", "b")
	require.NoError(t, err)
	_, err = customer.SendsSticker(ctx, "", "")
	require.NoError(t, err)
	got := s.told(messages)
	types := []string{}
	for _, e := range got {
		require.Equal(t, to, e.From)
		require.Equal(t, ch, e.Channel)
		types = append(types, e.Type)
	}
	require.Equal(t, []string{"text", "image", "postback", "location", "sticker"}, types)
	require.Equal(t, text, got[0].Text)
	require.Equal(t, "y", got[2].Data["data"])
	f, err := s.Provider.(channel.Fetcher).Fetch(ctx, s.account, got[1].Media[0])
	require.NoError(t, err)
	data, err := io.ReadAll(f.Body)
	require.NoError(t, err)
	require.NoError(t, f.Body.Close())
	require.Equal(t, "\x89PNG", string(data))

	out := channel.Outbound{ID: ref, Channel: ch, To: to, Text: "Hi", InboundAt: time.Now(), Buttons: []channel.Button{{Title: "Yes", Value: "y"}},
		Media: []channel.OutMedia{{URL: s.file, ContentType: "image/png", Size: 4, Name: "x.png"}}}
	_, err = s.Send(ctx, s.account, out)
	require.NoError(t, err)
	require.NoError(t, customer.AwaitReceived(ctx, 1))
	require.NoError(t, s.Provider.(channel.Signaler).Signal(ctx, s.account, channel.Signal{To: to, MessageID: got[4].MessageID, Typing: true}))
	require.NoError(t, s.Provider.(channel.Signaler).Signal(ctx, s.account, channel.Signal{To: to, MessageID: got[4].MessageID}))
	require.Equal(t, ref, s.told(status(channel.StatusSent))[0].Ref, "a report settles what was taken")
	require.NotEmpty(t, s.told(status(channel.StatusDelivered)))
	require.NoError(t, customer.Reads(ctx))
	require.NotEmpty(t, s.told(status(channel.StatusRead)))
}

func TestMessenger_SpeaksAsTheProductDoes(t *testing.T) {
	t.Parallel()
	s := speak(t, messenger.New("127.0.0.1"), "/messenger", map[string]string{"page_id": "1045", "app_id": "555"}, func(b *sandbox.Sandbox, webhook string) {
		_, err := page.Add(b.Box, page.Settings{PageID: "1045", AppID: "555", AppSecret: secret, AccessToken: secret, WebhookURL: webhook, Name: "Page"})
		require.NoError(t, err)
	})
	customer := page.Find(s.Box, "1045").Person("2468").Named("Ann Bee")
	s.talk(customer, "2468", "messenger")
	p, err := s.Provider.(channel.Profiler).Profile(t.Context(), s.account, "2468")
	require.NoError(t, err)
	require.Equal(t, channel.Profile{Name: "Ann Bee", Language: "en-US"}, p)

	out := channel.Outbound{ID: ref, Channel: "messenger", To: "2468", Text: "only once", InboundAt: time.Now()}
	_, err = s.Send(t.Context(), s.account, out)
	require.NoError(t, err)
	_, found, err := s.Provider.(channel.Finder).Find(t.Context(), s.account, out, time.Now().Add(-time.Minute))
	require.NoError(t, err)
	require.True(t, found, "what was sent stands in the page's conversation")

	require.NoError(t, customer.CloseWindow())
	_, err = s.Send(t.Context(), s.account, out)
	var refused *channel.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, channel.Window, refused.Class)

	_, err = page.Find(s.Box, "1045").Elsewhere(t.Context(), customer, "from the inbox")
	require.NoError(t, err)
	echo := s.told(func(e channel.Event) bool { return e.Kind == channel.KindEcho })
	require.Len(t, echo, 1)
	require.Equal(t, "2468", echo[0].From)
}

func TestWhatsAppCloud_SpeaksAsTheProductDoes(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"+31612345678", "NL.7Hq2"} {
		s := speak(t, whatsappcloud.New("127.0.0.1"), "/whatsapp", map[string]string{"phone_number_id": "1065", "waba_id": "1022"},
			func(b *sandbox.Sandbox, webhook string) {
				_, err := number.Add(b.Box, number.Settings{NumberID: "1065", BusinessID: "1022", Number: "+31970102000", AppSecret: secret,
					AccessToken: secret, WebhookURL: webhook, Name: "Number"})
				require.NoError(t, err)
			})
		customer := number.Find(s.Box, "1065").Person(who).Named("Mila")
		s.talk(customer, who, "whatsapp")
		require.Equal(t, "+31970102000", s.told(messages)[0].Address)

		list, err := s.Provider.(channel.Templater).Templates(t.Context(), s.account)
		require.NoError(t, err)
		require.Len(t, list, 3)
		require.NoError(t, customer.CloseWindow())
		out := channel.Outbound{ID: ref, Channel: "whatsapp", To: who, Text: "Hi", Template: &channel.Template{ContentSID: list[0].ContentSID,
			Variables: map[string]string{"1": "Mila", "2": "1042"}}}
		_, err = s.Send(t.Context(), s.account, out)
		require.NoError(t, err)
		_, err = customer.Await(t.Context(), func(m sandbox.Message) bool { return m.Text == "Hi Mila, your order 1042 is on its way." })
		require.NoError(t, err)
		out.Template = nil
		_, err = s.Send(t.Context(), s.account, out)
		require.NoError(t, err, "WhatsApp tells later")
		failed := s.told(status(channel.StatusFailed))
		require.Len(t, failed, 1)
		require.Equal(t, channel.Window, failed[0].Class)

		_, err = number.Find(s.Box, "1065").Decides(t.Context(), number.Template{Name: "reminder", Language: "en_US", Status: "APPROVED"})
		require.NoError(t, err)
		decided := s.told(func(e channel.Event) bool { return e.Kind == channel.KindTemplate })
		require.Len(t, decided, 1)
		require.Equal(t, channel.ApprovalApproved, decided[0].Template.Approval)
	}
}

// A call without the proof that its app demands is refused, as is one to a page of
// somebody else's.
func TestMeta_RefusesCallsWithoutProof(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	_, err := page.Add(b.Box, page.Settings{PageID: "1045", AppID: "555", AppSecret: "s", AccessToken: "token"})
	require.NoError(t, err)
	for _, c := range []struct {
		path, token, proof string
		status             int
	}{
		{"/messenger/v25.0/1045", "token", "57a8ee8f0e0a3a4dc3f6ecb1ba1dd9a0", http.StatusBadRequest},
		{"/messenger/v25.0/1045", "token", "", http.StatusBadRequest},
		{"/messenger/v25.0/1045", "another", "", http.StatusUnauthorized},
		{"/messenger/v12.0/1045", "token", "", http.StatusBadRequest},
	} {
		u, err := url.Parse(b.base + c.path + "?appsecret_proof=" + c.proof)
		require.NoError(t, err)
		got, err := b.do(&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{"Authorization": {"Bearer " + c.token}}})
		require.NoError(t, err)
		require.Equal(t, c.status, got.status)
		require.NotNil(t, got.body["error"])
	}
}
