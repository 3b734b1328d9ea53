package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
	"switchboard/api/scim"
)

// answerError is the one HTTPErrorHandler.
func (s *server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return // too late to say anything; the request log has the error
	}
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		c.Response().Status = 499 // the client left; nobody reads an answer
		return
	}
	asSCIM := strings.HasPrefix(c.Request().URL.Path, scim.Path)
	p := httpx.ProblemOf(err)
	if asSCIM {
		p = scim.Problem(err)
	}
	if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
		p.Detail = strings.Replace(p.Detail, httpx.MayHappen, "Try again.", 1) // it only reads
	}
	p.RequestID = c.Response().Header().Get(echo.HeaderXRequestID)
	if p.Status >= 500 {
		s.Log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed", slog.String("request_id", p.RequestID),
			slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.String("code", p.Code), slog.Any("error", err))
	}
	h := c.Response().Header()
	mediaType, shown := "application/problem+json", any(p)
	if asSCIM {
		mediaType, shown = scim.ErrorBody(err, p)
	}
	h.Set(echo.HeaderContentType, mediaType)
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(max(1, int((p.RetryAfter+time.Second-1)/time.Second))))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="switchboard"`)
	}
	body, err := json.Marshal(shown)
	if err == nil && c.Request().Method != http.MethodHead {
		c.Response().WriteHeader(p.Status)
		_, err = c.Response().Write(body)
	} else if err == nil {
		c.Response().WriteHeader(p.Status)
	}
	if err != nil {
		s.Log.LogAttrs(c.Request().Context(), slog.LevelDebug, "problem not written", slog.String("request_id", p.RequestID))
	}
}
