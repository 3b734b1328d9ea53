package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/secret"
)

// A browser that somebody signed in with keeps a signed cookie for their e-mail
// address. It opens nothing: it only tells the browser from strangers who guess the
// password, so that their failures do not count against it.
const (
	deviceCookie = "switchboard_device_"
	deviceFor    = 365 * 24 * time.Hour
)

// deviceName is the cookie of an e-mail address, which it does not show: several
// people may share a browser.
func (s *Server) deviceName(email string) string {
	return deviceCookie + hex.EncodeToString(s.deviceSign("name", email)[:6])
}

// knownDevice is the browser's own name if its owner signed in with it, or "".
func (s *Server) knownDevice(c echo.Context, email string) string {
	ck, err := c.Request().Cookie(s.deviceName(email))
	if err != nil || len(ck.Value) > 200 {
		return ""
	}
	parts := strings.Split(ck.Value, ".")
	if len(parts) != 3 {
		return ""
	}
	sum, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(sum, s.deviceSign("device", email, parts[0], parts[1])) {
		return ""
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || s.Now().Sub(time.Unix(at, 0)) > deviceFor {
		return ""
	}
	return parts[0]
}

// rememberDevice gives the browser its cookie. One that has it keeps its name, and
// with it the failures that were counted.
func (s *Server) rememberDevice(c echo.Context, email, device string) {
	if device == "" {
		device = secret.NewToken()
	}
	now := s.Now()
	at := strconv.FormatInt(now.Unix(), 10)
	value := device + "." + at + "." + base64.RawURLEncoding.EncodeToString(s.deviceSign("device", email, device, at))
	c.SetCookie(&http.Cookie{Name: s.deviceName(email), Value: value, Path: "/v1/session", Expires: now.Add(deviceFor),
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteStrictMode})
}

func (s *Server) deviceSign(parts ...string) []byte {
	h := hmac.New(sha256.New, s.DeviceKey)
	h.Write([]byte(strings.Join(parts, "\x00"))) // no part holds a NUL
	return h.Sum(nil)
}
