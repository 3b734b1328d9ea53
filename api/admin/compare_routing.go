package admin

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/domain/routing"
	"switchboard/store/admindb"
)

const (
	usualCompared = 200
	maxCompared   = 500
	maxComparable = 31 * 24 * time.Hour
)

// comparison: {"rules": {…}, "from": "2026-12-01T00:00:00Z", "until": "2026-12-02T00:00:00Z", "limit": 200}
type comparison struct {
	Rules *routing.Model `json:"rules"`
	From  *time.Time     `json:"from"`
	Until *time.Time     `json:"until"`
	Limit *int           `json:"limit"`
}

// compareRouting tries rules with conversations of the past, and changes nothing.
func (s *Server) compareRouting(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in comparison
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	ask := admindb.Comparison{Workstream: id, Until: s.Now(), Limit: usualCompared}
	httpx.Set(&ask.Limit, in.Limit)
	httpx.Set(&ask.Until, in.Until)
	ask.From = ask.Until.Add(-24 * time.Hour)
	httpx.Set(&ask.From, in.From)
	var k httpx.Checks
	if in.Rules == nil {
		k.Add("rules", "must be given")
	} else {
		ask.Rules = *in.Rules
	}
	k.Number("limit", ask.Limit, 1, maxCompared)
	if !ask.From.Before(ask.Until) || ask.Until.Sub(ask.From) > maxComparable {
		k.Add("from", "must be before until, by 31 days at most")
	}
	if err := k.Err(); err != nil {
		return err
	}
	out, err := s.Store.Admin.CompareRouting(c.Request().Context(), ask)
	if err != nil {
		return under("rules.", err)
	}
	return c.JSON(http.StatusOK, out)
}
