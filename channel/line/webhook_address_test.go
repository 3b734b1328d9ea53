package line

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

func TestWebhookAddresses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   []channel.WebhookAddress
		code   string
	}{
		"set":        {200, `{"endpoint":"https://desk.example.com/webhooks/line/k1","active":true}`, []channel.WebhookAddress{{URL: "https://desk.example.com/webhooks/line/k1", Active: true}}, ""},
		"off":        {200, `{"endpoint":"https://desk.example.com/webhooks/line/k1","active":false}`, []channel.WebhookAddress{{URL: "https://desk.example.com/webhooks/line/k1"}}, ""},
		"none":       {404, `{"message":"Webhook endpoint not found"}`, []channel.WebhookAddress{{}}, ""},
		"refused":    {401, `{"message":"Authentication failed."}`, nil, "http_401"},
		"not a word": {200, `<html>`, nil, "bad_answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v2/bot/channel/webhook/endpoint" || r.Header.Get("Authorization") != "Bearer token-of-line" {
					t.Errorf("asked for %s", r.URL.Path)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			t.Cleanup(s.Close)
			a := account("secret")
			a.BaseURL = s.URL
			l := New()
			l.HTTP = s.Client()
			got, err := l.WebhookAddresses(t.Context(), a)
			if tt.code == "" {
				require.NoError(t, err)
			} else {
				var refused *channel.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, tt.code, refused.Code)
			}
			require.Equal(t, tt.want, got)
		})
	}
}
