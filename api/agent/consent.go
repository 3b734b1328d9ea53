package agent

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
)

// consentInput: {"opted_in": true, "source": "paper form of 3 May"}
type consentInput struct {
	OptedIn *bool  `json:"opted_in"`
	Source  string `json:"source"`
}

// setConsent writes down what a customer said to a person about messages.
func (s *Server) setConsent(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in consentInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if in.OptedIn == nil {
		k.Add("opted_in", "must be given")
	}
	k.Text("source", in.Source, 1, 200)
	if k.Errs != nil {
		return k.Err()
	}
	if err := s.Store.Contact.CheckPoint(c.Request().Context(), core.ViewerOf(c), id); err != nil {
		return err
	}
	if err := s.Store.Contact.SetConsent(c.Request().Context(), core.IdentityOf(c).Actor(), id, *in.OptedIn, in.Source); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
