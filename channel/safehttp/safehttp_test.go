package safehttp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "203.0.112.255": true, "100.63.255.255": true, "100.128.0.0": true,
		"172.15.255.255": true, "172.32.0.0": true, "2606:4700:4700::1111": true, "2a00:1450:4001::1": true,

		"127.0.0.1": false, "127.255.255.254": false, "::1": false, "0.0.0.0": false, "0.1.2.3": false, "::": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, // private
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, // link-local: cloud metadata
		"100.64.0.1": false, "100.127.255.255": false, // carrier-grade NAT
		"fc00::1": false, "fd00:ec2::254": false, "fec0::1": false, // unique and site-local
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:8.8.8.8": true, // mapped
		"::127.0.0.1": false, "::8.8.8.8": false, // compatible, withdrawn
		"64:ff9b::7f00:1": false, "64:ff9b::808:808": false, "64:ff9b:1::1": false, // NAT64
		"2002:7f00:1::": false, "2001::1": false, "2001:20::1": false, // 6to4, Teredo, ORCHID
		"192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "2001:db8::1": false, "3fff::1": false, // documentation
		"192.0.0.1": false, "192.88.99.1": false, "198.18.0.1": false, "198.19.255.255": false,
		"224.0.0.1": false, "239.1.1.1": false, "ff02::1": false, "240.0.0.1": false, "255.255.255.255": false,
		"5f00::1": false, "100::1": false, "4000::1": false,
	} {
		require.Equal(t, want, Public(netip.MustParseAddr(address)), address)
	}
	require.False(t, Public(netip.Addr{}))
}

func TestControl(t *testing.T) {
	t.Parallel()
	require.NoError(t, control("tcp4", "8.8.8.8:443", nil))
	require.NoError(t, control("tcp6", "[2606:4700::1]:443", nil))
	require.ErrorIs(t, control("udp4", "8.8.8.8:443", nil), ErrForbidden)
	require.ErrorIs(t, control("tcp4", "127.0.0.1:443", nil), ErrForbidden)
	require.ErrorIs(t, control("unix", "/run/x", nil), ErrForbidden)
}

// server counts what reaches it.
func server(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestNew_RefusesThisMachine(t *testing.T) {
	t.Parallel()
	s := server(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	port := strconv.Itoa(s.Listener.Addr().(*net.TCPAddr).Port)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"} {
		resp, err := New().Get("http://" + host + ":" + port)
		if err == nil {
			_ = resp.Body.Close()
		}
		require.Error(t, err, host)
		if host != "2130706433" { // not every resolver reads a number as an address
			require.ErrorIs(t, err, ErrForbidden, host)
		}
	}
}

func TestNew_AllowsNamedHosts(t *testing.T) {
	t.Parallel()
	s := server(t, func(http.ResponseWriter, *http.Request) {})
	for _, allow := range []string{s.Listener.Addr().String(), "127.0.0.1"} {
		resp, err := New(allow).Get(s.URL)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	resp, err := New("127.0.0.1:1").Get(s.URL)
	if err == nil {
		_ = resp.Body.Close()
	}
	require.ErrorIs(t, err, ErrForbidden, "another port was named")
}

func TestNew_FollowsNoRedirect(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	resp, err := New("127.0.0.1").Get(s.URL)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusFound, resp.StatusCode)
}

// download trusts one server, as an account does its API host.
func download(t *testing.T, trusted string) Download {
	t.Helper()
	u, err := url.Parse(trusted)
	require.NoError(t, err)
	return Download{
		Trusted: http.DefaultClient, Guarded: New(),
		Trust:     func(to *url.URL) bool { return SameHost(to, u) },
		Authorize: func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") },
	}
}

func TestDownload_RefusesAddresses(t *testing.T) {
	t.Parallel()
	d := download(t, "http://127.0.0.1:1")
	for _, address := range []string{
		"", "/relative", "//host/x", "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com",
		"https://user:pass@example.com/", "https://user@example.com/", "https:///x", "https:example.com", "http://127.0.0.1:2/",
		"http://u:p@127.0.0.1:1/", "data:text/plain,x", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://a b/", "%zz",
	} {
		_, err := d.Get(t.Context(), address) //nolint:bodyclose // no answer comes
		require.ErrorIs(t, err, ErrForbidden, address)
	}
}

func TestDownload_Redirects(t *testing.T) {
	t.Parallel()
	inner := server(t, func(http.ResponseWriter, *http.Request) { t.Error("reached a private host") })
	for _, to := range []string{
		inner.URL, strings.Replace(inner.URL, "127.0.0.1", "localhost", 1), strings.Replace(inner.URL, "http:", "https:", 1),
		"https://169.254.169.254/latest/meta-data", "file:///etc/passwd", "https://user:pass@example.com/", "",
	} {
		s := server(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
		_, err := download(t, s.URL).Get(t.Context(), s.URL+"/a") //nolint:bodyclose // no answer comes
		require.ErrorIs(t, err, ErrForbidden, to)
		require.NotContains(t, err.Error(), "user:pass")
	}
}

func TestDownload_FollowsWithinHost(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if n == 0 {
			return
		}
		http.Redirect(w, r, "/"+strconv.Itoa(n-1), http.StatusTemporaryRedirect)
	})
	resp, err := download(t, s.URL).Get(t.Context(), s.URL+"/4")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	_, err = download(t, s.URL).Get(t.Context(), s.URL+"/5") //nolint:bodyclose // no answer comes
	require.ErrorIs(t, err, ErrForbidden, "more than five hops")
}

func TestDownload_KeepsCredentialsAtFirstHost(t *testing.T) {
	t.Parallel()
	second := server(t, func(w http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusTeapot)
	})
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		require.NotEmpty(t, r.Header.Get("Authorization"))
		http.Redirect(w, r, second.URL, http.StatusFound)
	})
	d := download(t, s.URL)
	d.Trust = func(*url.URL) bool { return true }
	resp, err := d.Get(t.Context(), s.URL)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusTeapot, resp.StatusCode)
}

func TestDownload_Allow(t *testing.T) {
	t.Parallel()
	d := Download{Guarded: New(), Allow: func(u *url.URL) bool { return u.Host == "files.example.com" }}
	_, err := d.Get(t.Context(), "https://other.example.com/x") //nolint:bodyclose // no answer comes
	require.ErrorIs(t, err, ErrForbidden)
}

func TestDownload_ErrorsNameNoAddress(t *testing.T) {
	t.Parallel()
	s := server(t, func(http.ResponseWriter, *http.Request) {})
	address := s.URL + "/file?signature=secret"
	d := download(t, s.URL)
	s.Close()
	_, err := d.Get(t.Context(), address) //nolint:bodyclose // no answer comes
	require.Error(t, err)
	require.False(t, errors.Is(err, ErrForbidden))
	require.NotContains(t, err.Error(), "secret")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.Get(ctx, address) //nolint:bodyclose // no answer comes
	require.ErrorIs(t, err, context.Canceled)
}
