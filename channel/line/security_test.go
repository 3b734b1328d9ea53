package line

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// The token goes to LINE or to a host that whoever runs the service named, and
// what customers name is nobody's own host.
func TestSecurity_M2_AccountsDoNotReachPrivateNetworks(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached a private host") }))
	t.Cleanup(s.Close)
	a := account("s")
	a.BaseURL = s.URL
	require.Equal(t, "forbidden_address", fault(t, New().Test(t.Context(), a)).Code)
	_, err := New().Send(t.Context(), a, outbound("hi"))
	require.Equal(t, channel.Config, fault(t, err).Class, "surely not sent")
	_, err = New().Fetch(t.Context(), a, channel.MediaRef{ID: "1"})
	require.Equal(t, "forbidden", fault(t, err).Code)
	_, err = client().Fetch(t.Context(), a, channel.MediaRef{URL: s.URL + "/internal", External: true})
	require.Equal(t, "forbidden", fault(t, err).Code)
}
