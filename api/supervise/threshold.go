package supervise

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/store/livedb"
)

func (s *Server) getThresholds(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	t, err := s.Store.Live.Thresholds(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, t)
}

// Most of a threshold: more than any queue holds, and a month.
const (
	maxWaiting = 1_000_000
	maxWait    = 31 * 24 * 3600
)

func (s *Server) putThresholds(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in livedb.Thresholds
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	checkPair(&k, "waiting_amber", "waiting_red", in.WaitingAmber, in.WaitingRed, maxWaiting)
	checkPair(&k, "wait_amber", "wait_red", in.WaitAmber, in.WaitRed, maxWait)
	if err := k.Err(); err != nil {
		return err
	}
	if err := s.Store.Live.SetThresholds(c.Request().Context(), core.IdentityOf(c).Actor(), id, in); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, in)
}

// checkPair wants red to come no earlier than amber.
func checkPair(k *httpx.Checks, amberField, redField string, amber, red *int, most int) {
	if amber != nil {
		k.Number(amberField, *amber, 1, most)
	}
	if red == nil {
		return
	}
	k.Number(redField, *red, 1, most)
	if amber != nil && *red < *amber {
		k.Add(redField, "must not be less than "+amberField)
	}
}
