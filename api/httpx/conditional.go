package httpx

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"switchboard/store/auditdb"
)

var etagForm = regexp.MustCompile(`^"[^"]*"$`)

// matching passes on which versions the sender knows. A weak or foreign ETag is
// never the one that there is.
func matching(c echo.Context) {
	raw := strings.TrimSpace(strings.Join(c.Request().Header.Values("If-Match"), ","))
	if raw == "" || raw == "*" {
		return
	}
	var versions []string
	for part := range strings.SplitSeq(raw, ",") {
		if part = strings.TrimSpace(part); etagForm.MatchString(part) {
			versions = append(versions, strings.Trim(part, `"`))
		}
	}
	c.SetRequest(c.Request().WithContext(auditdb.WithMatch(c.Request().Context(), versions)))
}

// Conditional answers with an ETag, and changes only the version that the sender
// knows, where they say so.
func Conditional(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if m := c.Request().Method; m == http.MethodPatch || m == http.MethodPut {
			matching(c)
		}
		res := c.Response()
		w := res.Writer
		held := &heldAnswer{ResponseWriter: w}
		err := handleHeld(c, next, held)
		if held.status == 0 {
			return err
		}
		if held.status < 300 && json.Valid(held.body.Bytes()) {
			if version, verr := auditdb.VersionOf(json.RawMessage(held.body.Bytes())); verr == nil {
				res.Header().Set("ETag", `"`+version+`"`)
			}
		}
		w.WriteHeader(held.status)
		if _, werr := w.Write(held.body.Bytes()); werr != nil && err == nil {
			err = werr
		}
		return err
	}
}

// handleHeld puts the real writer back however the handler ends: who recovers from
// a panic answers by it.
func handleHeld(c echo.Context, next echo.HandlerFunc, held *heldAnswer) error {
	c.Response().Writer = held
	defer func() { c.Response().Writer = held.ResponseWriter }()
	return next(c)
}

// heldAnswer keeps an answer until its version is known.
type heldAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader takes note of the status.
func (h *heldAnswer) WriteHeader(status int) { h.status = status }

// Write takes note of the body.
func (h *heldAnswer) Write(b []byte) (int, error) {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	return h.body.Write(b)
}
