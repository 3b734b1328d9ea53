package core

import (
	"net/http"
	"time"

	"switchboard/secret"
)

// Marks of tokens, so that people and secret scanners recognise them.
const sessionMark = "sws_"

// NewSessionToken makes the token of a sign-in.
func NewSessionToken() string { return sessionMark + secret.NewToken() }

// SessionCookieFor carries a sign-in's token in a browser; an empty one removes it.
func (s *Server) SessionCookieFor(token string, expires time.Time) *http.Cookie {
	ck := &http.Cookie{Name: s.SessionCookieName(), Value: token, Path: "/", Expires: expires, HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteStrictMode}
	if token == "" {
		ck.MaxAge = -1
	}
	return ck
}
