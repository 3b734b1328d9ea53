package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/dev/sandbox"
)

// A web page that a developer opens must not play customers at their sandbox.
func TestSecurity_L19_OtherSitesDoNotReachTheSandbox(t *testing.T) {
	t.Parallel()
	b := start(t, sandbox.Config{})
	ask := func(method, path, host string, header map[string]string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, b.base+path, strings.NewReader(`{}`))
		require.NoError(t, err)
		req.Host = host
		for name, v := range header {
			req.Header.Set(name, v)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	const redeliver, asJSON = "/_sandbox/redeliver", "application/json"
	for _, host := range []string{"attacker.example", "attacker.example:8090", "127.0.0.1.attacker.example", "10.0.0.1", "localhost.attacker.example"} {
		require.Equal(t, 403, ask("GET", "/_sandbox/state", host, nil), host)
		require.Equal(t, 403, ask("POST", redeliver, host, map[string]string{"Content-Type": asJSON}), host)
		require.Equal(t, 403, ask("POST", "/line/v2/bot/message/push", host, nil), host)
	}
	for _, host := range []string{"", "localhost:8090", "[::1]:8090", "shop.localhost"} {
		require.Equal(t, 200, ask("GET", "/_sandbox/state", host, nil), host)
		require.Equal(t, 502, ask("POST", redeliver, host, map[string]string{"Content-Type": asJSON}), host)
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		require.Equal(t, 415, ask("POST", redeliver, "", map[string]string{"Content-Type": kind}), kind)
	}
	for _, header := range []map[string]string{{"Origin": "https://attacker.example"}, {"Sec-Fetch-Site": "cross-site"}} {
		header["Content-Type"] = asJSON
		require.Equal(t, 403, ask("POST", redeliver, "", header))
	}
	state := b.own(http.MethodGet, "state", "")
	for _, a := range state.body["accounts"].([]any) {
		shown := a.(map[string]any)["webhook_url"].(string)
		require.True(t, strings.HasSuffix(shown, "/…"), shown)
	}
}
