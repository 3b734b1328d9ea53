package channel

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf16"
)

// Length is the length of a text in UTF-16 code units, which is how providers
// count and how Caps.MaxText is meant.
func Length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r)) // an invalid byte is sent as U+FFFD, one unit
	}
	return n
}

// Require checks that an account has what its provider's fields demand and an
// API address that may be used. The error, if not nil, is an *Invalid.
func Require(fields []Field, a Account) error {
	for _, f := range fields {
		v := a.Settings[f.Name]
		if f.Secret {
			v = a.Secrets[f.Name]
		}
		switch {
		case v == "" && f.Required:
			return &Invalid{Field: f.Name, Reason: "is missing"}
		case strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }):
			// Pasted values bring line breaks and blanks along, and headers take none.
			return &Invalid{Field: f.Name, Reason: "must be printable ASCII without blanks"}
		case len(v) > 4096:
			return &Invalid{Field: f.Name, Reason: "is too long"}
		}
	}
	if a.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(a.BaseURL)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(a.BaseURL, "?#") { // a path is put behind it
		return &Invalid{Field: "base_url", Reason: "must be an address such as https://api.example.com"}
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !near(u.Hostname())) {
		return &Invalid{Field: "base_url", Reason: "must be https, because credentials are sent there"}
	}
	return nil
}

// near reports whether a host is reached without crossing the internet: this
// machine, a private address or a name of the local network.
func near(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".internal")
}

// PublicLink reports whether a provider may be told to fetch this address:
// https, or http on this machine, where the sandbox runs.
func PublicLink(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || len(raw) > 2000 {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
