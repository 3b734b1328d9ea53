package core

import (
	"net/netip"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"switchboard/store/identitydb"
)

// How much of an address is kept: enough to tell a town or a provider.
const (
	keptIPv4 = 24
	keptIPv6 = 48
)

// maxUserAgent is how much is kept of what a browser calls itself.
const maxUserAgent = 200

// OriginOf is where a request comes from, as it is kept with sign-ins.
func OriginOf(c echo.Context) identitydb.Origin {
	agent := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(c.Request().UserAgent(), ""))
	if runes := []rune(agent); len(runes) > maxUserAgent {
		agent = string(runes[:maxUserAgent])
	}
	return identitydb.Origin{Address: truncated(c.RealIP()), UserAgent: agent}
}

func truncated(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := keptIPv6
	if a = a.Unmap().WithZone(""); a.Is4() {
		bits = keptIPv4
	}
	p, _ := a.Prefix(bits) // it has as many
	return p.String()
}
