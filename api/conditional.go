package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"switchboard/store/auditdb"
)

// Lists that are replaced as a whole and have an address of their own.
var replacedLists = map[string]bool{
	"/v1/queues/{id}/overflow": true, "/v1/agents/{id}/skills": true, "/v1/agents/{id}/capacity-profiles": true,
	"/v1/contacts/{id}/preferred-agents": true,
}

// Values of a conversation are set one by one, and its notes only by their author.
var withoutVersion = map[string]bool{"/v1/conversations/{id}/context": true, "/v1/notes/{id}": true}

// versioned are the paths of what has versions: an ETag when it is read and
// changed, and If-Match when it is changed. Routing rules have a number of their own.
func versioned(all []route) map[string]bool {
	out := map[string]bool{}
	for _, r := range all {
		if r.method == http.MethodPatch && !withoutVersion[r.path] || replacedLists[r.path] {
			out[r.path] = true
		}
	}
	return out
}

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

// conditional answers with an ETag, and changes only the version that the sender
// knows, where they say so.
func conditional(next func(*server, echo.Context) error) func(*server, echo.Context) error {
	return func(s *server, c echo.Context) error {
		if m := c.Request().Method; m == http.MethodPatch || m == http.MethodPut {
			matching(c)
		}
		res := c.Response()
		w := res.Writer
		held := &heldAnswer{ResponseWriter: w}
		res.Writer = held
		err := next(s, c)
		res.Writer = w
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
