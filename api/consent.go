package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// consentInput: {"opted_in": true, "source": "paper form of 3 May"}
type consentInput struct {
	OptedIn *bool  `json:"opted_in"`
	Source  string `json:"source"`
}

// setConsent writes down what a customer said to a person about messages.
func (s *server) setConsent(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in consentInput
	if err := decode(c, &in); err != nil {
		return err
	}
	var k checks
	if in.OptedIn == nil {
		k.add("opted_in", "must be given")
	}
	k.text("source", in.Source, 1, 200)
	if k.errs != nil {
		return k.err()
	}
	if err := s.Store.Contact.SetConsent(c.Request().Context(), IdentityOf(c).Actor(), id, *in.OptedIn, in.Source); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
