// Package safehttp fetches what strangers name: addresses in messages and in the
// redirects behind them. It never connects to this machine or the networks
// around it, whatever a name resolves to at that moment.
package safehttp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrForbidden says that an address must not be fetched.
var ErrForbidden = errors.New("address must not be fetched")

const (
	dialTimeout   = 10 * time.Second
	headerTimeout = 30 * time.Second
)

// New returns a client that connects to public addresses only, and to the given
// hosts ("files.internal" or "127.0.0.1:8080"; without a port, all its ports). It
// follows no redirects; Download does, under its own rules. It has no timeout
// for the body: the context of the request is the limit.
func New(allow ...string) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                 nil, // a proxy would connect in our place, past the check
			DialContext:           Dial(allow...),
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: headerTimeout,
			IdleConnTimeout:       time.Minute,
			MaxIdleConnsPerHost:   2,
			ForceAttemptHTTP2:     true,
		},
	}
}

// Dial is New's way to connect, for transports of one's own.
func Dial(allow ...string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	guarded := &net.Dialer{Timeout: dialTimeout, Control: control}
	plain := &net.Dialer{Timeout: dialTimeout}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if named(addr, allow) {
			return plain.DialContext(ctx, network, addr)
		}
		return guarded.DialContext(ctx, network, addr)
	}
}

// named reports whether one of the hosts is the address, with or without its port.
func named(addr string, hosts []string) bool {
	host, _, _ := net.SplitHostPort(addr)
	return slices.ContainsFunc(hosts, func(h string) bool {
		return strings.EqualFold(h, addr) || strings.EqualFold(strings.Trim(h, "[]"), host)
	})
}

// Named reports whether one of the hosts is the one that an address leads to.
func Named(u *url.URL, hosts []string) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return named(net.JoinHostPort(u.Hostname(), port), hosts)
}

// Private reports whether an address shows by itself that it leads to this machine
// or the networks around it. Of other names it shows only when connecting.
func Private(u *url.URL) bool {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return !Public(ip)
	}
	for _, end := range []string{".localhost", ".internal", ".local"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}

// control runs after the name was resolved and before the connection is made, so
// a name that changes its address between a check and its use gains nothing.
func control(network, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !Public(ap.Addr()) {
		return fmt.Errorf("connect: %w", ErrForbidden)
	}
	return nil
}

// Public reports whether an address belongs to the internet at large.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	if ip.Is6() && !netip.MustParsePrefix("2000::/3").Contains(ip) {
		return false
	}
	for _, p := range reserved() {
		if netip.MustParsePrefix(p).Contains(ip) {
			return false
		}
	}
	return true
}

// reserved lists what is global unicast by its bits and yet leads inwards or
// nowhere (RFC 6890), among it the prefixes that carry an IPv4 address inside.
func reserved() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	}
}
