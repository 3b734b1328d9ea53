package api

import (
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
)

// storedHeaders are those whose values reach the database.
var storedHeaders = []string{httpx.KeyHeader, "Last-Event-ID", "If-Match"}

// readable refuses text that the database cannot hold, in whatever part of an
// address or header it comes: bytes that are not UTF-8, and NUL. A webhook's
// address is the provider's, which signs it as it is; its receiver looks itself.
func readable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Path() == routeWebhook {
			return next(c)
		}
		if !storable(c.Request().URL.Path) {
			return httpx.Malformed("The address holds bytes that are not UTF-8, or NUL.")
		}
		for name, values := range c.QueryParams() {
			for _, v := range values {
				if !storable(name) || !storable(v) {
					return httpx.BadParameter(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", "\uFFFD"), "\uFFFD"),
						"holds bytes that are not UTF-8, or NUL")
				}
			}
		}
		for _, name := range storedHeaders {
			for _, v := range c.Request().Header.Values(name) {
				if !storable(v) {
					return httpx.Malformed("The header " + name + " holds bytes that are not UTF-8, or NUL.")
				}
			}
		}
		return next(c)
	}
}

func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

const proxyWarning = "SWITCHBOARD_TRUSTED_PROXIES is empty, and a proxy seems to be in front: " +
	"all clients share its address, and so its limits of tries."

// watchProxies warns, once, where a proxy is likely and none is trusted.
func (s *server) watchProxies(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if len(s.TrustedProxies) == 0 && c.Request().Header.Get(echo.HeaderXForwardedFor) != "" {
			s.warnOfProxy("a request has X-Forwarded-For")
		}
		return next(c)
	}
}

func (s *server) warnOfProxy(because string) {
	if s.proxied.CompareAndSwap(false, true) {
		s.Log.Warn(proxyWarning+" Name the proxy's network in it.", slog.String("because", because))
	}
}

func (s *server) warnings() []string {
	if s.proxied.Load() {
		return []string{proxyWarning}
	}
	return nil
}
