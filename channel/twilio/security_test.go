package twilio

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// Whoever may set an account's address and sign its webhooks must not read what
// lies behind that address.
func TestSecurity_M2_AccountsDoNotReadPrivateNetworks(t *testing.T) {
	t.Parallel()
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		_, _ = io.WriteString(w, `{"sid":"`+sid+`"}`)
	}))
	t.Cleanup(s.Close)
	media := s.URL + "/2010-04-01/Accounts/" + sid + "/Messages/MM1/Media/ME1"

	a := at(s.URL)
	require.Equal(t, "forbidden_address", fault(t, New().Test(t.Context(), a)).Code)
	_, err := New().Fetch(t.Context(), a, channel.MediaRef{URL: media})
	require.Equal(t, "forbidden", fault(t, err).Code)
	require.Empty(t, asked, "no host is reached that is not named")

	p := client() // this machine is named
	for _, path := range []string{
		"/internal/admin/secrets.json", "/2010-04-01/Accounts/" + sid + ".json", "/2010-04-01/Accounts/ACother/Messages/MM1/Media/ME1",
		"/2010-04-01/Accounts/" + sid + "/Messages/../../../../internal", "/2010-04-01/Accounts/" + sid + "/Messages/%2e%2e/%2e%2e/x",
		"/2010-04-01/Accounts/" + sid + "/Messages/..%2f..%2fx", "/cdn/../internal", "//internal",
	} {
		_, err := p.Fetch(t.Context(), a, channel.MediaRef{URL: s.URL + path})
		require.Equal(t, "forbidden", fault(t, err).Code, path)
	}
	require.Empty(t, asked)
	m, err := p.Fetch(t.Context(), a, channel.MediaRef{URL: media})
	require.NoError(t, err)
	require.NoError(t, m.Body.Close())
	require.Len(t, asked, 1)
}
