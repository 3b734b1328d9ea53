package sso

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"switchboard/store/ssodb"
)

// refusal is why somebody is not signed in. The sign-in page says it in words.
type refusal string

// Reasons, as the address of the sign-in page carries them.
const (
	refusedExpired    refusal = "expired"     // begun too long ago, in another browser, or finished before
	refusedByProvider refusal = "cancelled"   // the provider answered an error, as when the person cancels
	refusedExchange   refusal = "exchange"    // the provider does not take the code or our credentials
	refusedToken      refusal = "token"       // what the provider answered is not to be believed
	refusedNoRole     refusal = "no_role"     // no role follows from what the provider says
	refusedNoProvider refusal = "no_provider" // it is disabled
	refusedAway       refusal = "away"        // it does not answer
	refusedDisabled   refusal = "disabled"
	refusedTaken      refusal = "address_taken"
	refusedNotAdded   refusal = "not_added"
	refusedNoAddress  refusal = "no_address"
	refusedFailed     refusal = "failed" // our own fault
)

func (r refusal) Error() string { return "single sign-on refused: " + string(r) }

// refusalOf is the reason that an error stands for.
func refusalOf(err error) error {
	var r refusal
	switch {
	case errors.As(err, &r):
		return err
	case errors.Is(err, errAway):
		return errors.Join(refusedAway, err)
	case errors.Is(err, ssodb.ErrDisabled):
		return refusedDisabled
	case errors.Is(err, ssodb.ErrTaken):
		return refusedTaken
	case errors.Is(err, ssodb.ErrNotAdded):
		return refusedNotAdded
	case errors.Is(err, ssodb.ErrNoAddress):
		return refusedNoAddress
	}
	return errors.Join(refusedFailed, err)
}

// refuse sends the browser to the sign-in page with the reason. The log says no more
// than the provider's own error code: its texts may name people.
func (s *Server) refuse(c echo.Context, err error) error {
	reason := refusedFailed
	errors.As(err, &reason)
	attrs := []any{"reason", string(reason)}
	var answered *oauth2.RetrieveError
	if errors.As(err, &answered) && len(answered.ErrorCode) <= 50 {
		attrs = append(attrs, "provider_error", answered.ErrorCode)
	}
	s.Log.Info("single sign-on was refused", attrs...)
	return c.Redirect(http.StatusSeeOther, deskPage+"?sign_in="+url.QueryEscape(string(reason)))
}

// sentenceOf says what a test of a provider found.
func sentenceOf(err error) string {
	if errors.Is(err, errNoCode) {
		return "The provider does not offer the authorization code flow with PKCE (S256)."
	}
	return "The issuer's address does not answer with its OpenID Connect settings (…/.well-known/openid-configuration), " +
		"or names another issuer. Compare it with what the provider shows."
}
