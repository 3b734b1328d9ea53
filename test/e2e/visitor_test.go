package e2e

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
)

// shopKey signs customers of all tests in; made once, because it takes a while.
var shopKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func shopPublic(t *testing.T) string {
	t.Helper()
	key, err := shopKey()
	require.NoError(t, err)
	b, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))
}

// shopAudience is for whom the tests' sites sign.
const shopAudience = "the chat of a shop"

// signedIn is what a site says about its customer.
func signedIn(t *testing.T, subject string) string {
	t.Helper()
	key, err := shopKey()
	require.NoError(t, err)
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": subject, "aud": shopAudience, "name": markText, "iat": time.Now().Unix(),
		"exp": time.Now().Add(time.Hour).Unix(), "lwicontexts": `{"orderId":"1042"}`}).SignedString(key)
	require.NoError(t, err)
	return token
}

// newWidget makes a widget on a site's workstream; settings override it.
func newWidget(t *testing.T, s *rig.Site, settings map[string]any) string {
	t.Helper()
	in := map[string]any{"name": uuid.NewString(), "workstream_id": s.Workstream, "origins": []string{"*"}, "audience": shopAudience}
	for k, v := range settings {
		in[k] = v
	}
	var out struct{ Key string }
	_, err := shared.Admin.Do(t.Context(), http.MethodPost, "/v1/widgets", in, &out)
	require.NoError(t, err)
	return out.Key
}

// visitor is a person on a page with a widget.
type visitor struct {
	*apiclient.Visitor
	t *testing.T

	mu     sync.Mutex
	seen   []apiclient.Event
	last   string
	cancel context.CancelFunc
}

func newVisitor(t *testing.T, key string) *visitor {
	t.Helper()
	return &visitor{Visitor: apiclient.NewVisitor(shared.Base, key), t: t}
}

// start begins to chat and stays on the page.
func (v *visitor) start(in map[string]any) apiclient.ChatThread {
	v.t.Helper()
	th, err := v.Start(v.t.Context(), in)
	require.NoError(v.t, err)
	v.arrive()
	return th
}

// arrive opens the page: the visitor is there until they leave it.
func (v *visitor) arrive() {
	v.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel = cancel
	s, err := v.Listen(ctx, v.last)
	require.NoError(v.t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			e, err := s.Next()
			if err != nil {
				return
			}
			v.mu.Lock()
			v.seen = append(v.seen, e)
			if e.ID != "" {
				v.last = e.ID
			}
			v.mu.Unlock()
		}
	}()
	v.t.Cleanup(func() { cancel(); _ = s.Close(); <-done })
}

// leave closes the page.
func (v *visitor) leave() {
	v.cancel()
}

func (v *visitor) says(text string) apiclient.ChatMessage {
	v.t.Helper()
	m, status, err := v.Say(v.t.Context(), uuid.New(), text)
	require.NoError(v.t, err)
	require.Equal(v.t, http.StatusCreated, status)
	return m
}

// messages are those that the stream told, in its order.
func (v *visitor) messages() []apiclient.ChatMessage {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []apiclient.ChatMessage
	for _, e := range v.seen {
		if m, _ := e.Chat(); e.Kind == "message" {
			out = append(out, m)
		}
	}
	return out
}

// reads waits until the stream has told a message with a text.
func (v *visitor) reads(text string) apiclient.ChatMessage {
	v.t.Helper()
	var found apiclient.ChatMessage
	eventually(v.t, "the visitor reads it", func() bool {
		list := v.messages()
		i := slices.IndexFunc(list, func(m apiclient.ChatMessage) bool { return m.Text == text })
		if i >= 0 {
			found = list[i]
		}
		return i >= 0
	})
	return found
}

// sees waits until the stream has told of a thread that fits.
func (v *visitor) sees(what string, fits func(apiclient.ChatThread) bool) apiclient.ChatThread {
	v.t.Helper()
	var found apiclient.ChatThread
	eventually(v.t, what, func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		for i := len(v.seen) - 1; i >= 0; i-- {
			if _, th := v.seen[i].Chat(); v.seen[i].Kind == "thread" || v.seen[i].Kind == "hello" {
				found = th
				return fits(th)
			}
		}
		return false
	})
	return found
}

func (v *visitor) end() error {
	_, err := v.Call(v.t.Context(), http.MethodPost, "/end", map[string]any{}, nil)
	return err
}

func (v *visitor) history() []string {
	v.t.Helper()
	list, err := v.History(v.t.Context(), 0)
	require.NoError(v.t, err)
	var texts []string
	for _, m := range list {
		if m.From != "system" && m.Text != "" {
			texts = append(texts, m.Text)
		}
	}
	return texts
}
