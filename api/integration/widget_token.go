package integration

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/live/visitorchat"
	"switchboard/store/admindb"
)

// tokenTest says whether a site's token would sign a visitor in, and as whom, or
// why not.
type tokenTest struct {
	OK      bool       `json:"ok"`
	Reason  string     `json:"reason"`
	Subject string     `json:"subject"`
	Name    string     `json:"name"`
	Expires *time.Time `json:"expires_at"`
	Context []string   `json:"context"` // names of what it says besides
}

// testToken reads a token as signing in does, and signs nobody in. The token is
// neither kept nor logged.
func (s *Server) testToken(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in struct {
		Token string `json:"token"`
	}
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.Token == "" {
		return httpx.Invalid(httpx.FieldError{Field: "token", Reason: "must be given: one that your site signed"})
	}
	ctx := c.Request().Context()
	w, err := s.Store.Admin.WidgetByID(ctx, id)
	if err != nil {
		return err
	}
	out := tokenTest{Context: []string{}}
	if w.Authentication == admindb.AuthNone {
		out.Reason = "nobody signs in to this widget"
		return c.JSON(http.StatusOK, out)
	}
	claims, err := s.ChatKeys.Verify(ctx, w, in.Token, s.Now())
	var bad *visitorchat.BadToken
	switch {
	case errors.As(err, &bad):
		out.Reason = bad.Reason
	case err != nil:
		s.Log.WarnContext(ctx, "a site's keys cannot be read", "widget_id", w.ID, "error", err)
		out.Reason = "the keys at key_url cannot be read"
	default:
		out = tokenTest{OK: true, Subject: claims.Subject, Name: claims.Name, Expires: &claims.Expires, Context: httpx.SortedKeys(claims.Context)}
	}
	return c.JSON(http.StatusOK, out)
}
