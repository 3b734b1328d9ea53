// Package scim lets an identity provider keep people and groups with SCIM 2.0 (RFC 7643
// and 7644), in the ways of Microsoft Entra ID and Okta.
package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/permission"
	"switchboard/store/auditdb"
	"switchboard/store/scimdb"
)

// Path begins all addresses of SCIM.
const Path = "/scim/v2"

// mediaType is that of SCIM (RFC 7644, section 8.1).
const mediaType = "application/scim+json"

// How many requests one token may make at once, and how fast it may go on: Entra makes
// at most 25 a second.
const (
	mostAtOnce = 300
	oneEvery   = 30 * time.Millisecond
)

// Server holds the handlers of this package.
type Server struct {
	*core.Server
	limiter *httpx.RateLimiter
}

// New returns the handlers on what all packages share.
func New(s *core.Server) *Server {
	return &Server{Server: s, limiter: httpx.NewRateLimiter(s.Now)}
}

// Routes are the routes of this package, with the permission beside each.
func (s *Server) Routes() []core.Route {
	out := []core.Route{
		core.Get("/v1/scim-groups", permission.SignInWrite, s.listMappings),
		core.Get("/v1/scim-groups/{id}", permission.SignInWrite, s.getMapping),
		core.Patch("/v1/scim-groups/{id}", permission.SignInWrite, s.changeMapping),
	}
	for _, r := range []core.Route{
		core.Get("/ServiceProviderConfig", "", s.configuration),
		core.Get("/ResourceTypes", "", s.resourceTypes),
		core.Get("/ResourceTypes/{name}", "", s.resourceType),
		core.Get("/Schemas", "", s.schemas),
		core.Get("/Schemas/{name}", "", s.schema),
		core.Get("/Users", "", s.listUsers),
		core.Post("/Users", "", s.createUser),
		core.Get("/Users/{id}", "", s.getUser),
		core.Put("/Users/{id}", "", s.replaceUser),
		core.Patch("/Users/{id}", "", s.patchUser),
		core.Delete("/Users/{id}", "", s.deleteUser),
		core.Get("/Groups", "", s.listGroups),
		core.Post("/Groups", "", s.createGroup),
		core.Get("/Groups/{id}", "", s.getGroup),
		core.Put("/Groups/{id}", "", s.replaceGroup),
		core.Patch("/Groups/{id}", "", s.patchGroup),
		core.Delete("/Groups/{id}", "", s.deleteGroup),
	} {
		r.Path, r.Permission, r.Handle = Path+r.Path, permission.SCIMWrite, s.limited(r.Handle)
		out = append(out, r)
	}
	return out
}

// limited refuses who asks for too much at once.
func (s *Server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := []httpx.Limit{{Key: string(core.TokenHashOf(c)), Most: mostAtOnce, Every: oneEvery}}
		if wait := s.limiter.Take(limit); wait > 0 {
			p := httpx.NewProblem(http.StatusTooManyRequests, httpx.CodeTooManyRequests, "Too many requests; wait before the next one.")
			p.RetryAfter = wait
			return p
		}
		return next(c)
	}
}

// object is a JSON object.
type object = map[string]any

// read reads a JSON object in the media types that providers send.
func read(c echo.Context) (object, error) {
	typ, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || typ != mediaType && typ != echo.MIMEApplicationJSON {
		return nil, httpx.NewProblem(http.StatusUnsupportedMediaType, httpx.CodeMediaType, "Send JSON with Content-Type: "+mediaType+".")
	}
	data, err := io.ReadAll(c.Request().Body)
	var size *http.MaxBytesError
	if errors.As(err, &size) {
		return nil, err
	}
	var out object
	if err != nil || !utf8.Valid(data) || json.NewDecoder(bytes.NewReader(data)).Decode(&out) != nil || out == nil {
		return nil, refuse("invalidSyntax", "The body is no JSON object.")
	}
	return out, nil
}

// answer writes a resource, with its version if it has one.
func answer(c echo.Context, status int, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.Blob(status, mediaType, data)
}

// resource is a user or a group as the provider sees it.
type resource struct {
	fields  object
	version string
	place   string
}

// newResource completes the fields of a resource with what all have.
func (s *Server) newResource(typ string, id uuid.UUID, created, modified time.Time, fields object) (resource, error) {
	fields["schemas"], fields["id"] = []string{schemaPrefix + typ}, id
	sum, err := auditdb.VersionOf(fields)
	if err != nil {
		return resource{}, err
	}
	r := resource{fields: fields, version: `W/"` + sum + `"`, place: s.PublicURL + Path + "/" + typ + "s/" + id.String()}
	fields["meta"] = object{"resourceType": typ, "created": created.UTC(), "lastModified": modified.UTC(), "location": r.place,
		"version": r.version}
	return r, nil
}

func (r resource) send(c echo.Context, status int) error {
	c.Response().Header().Set("ETag", r.version)
	if status == http.StatusCreated {
		c.Response().Header().Set(echo.HeaderLocation, r.place)
	}
	if status == http.StatusOK && c.Request().Method == http.MethodGet && named(c.Request().Header.Get("If-None-Match"), r.version) {
		return c.NoContent(http.StatusNotModified)
	}
	return answer(c, status, chosen(c, r.fields))
}

// named reports whether a version is among those that a header names.
func named(header, version string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part == "*" || part != "" && strings.TrimPrefix(part, "W/") == strings.TrimPrefix(version, "W/") {
			return true
		}
	}
	return false
}

// matches refuses to change a version that the sender does not know, where they say so.
func matches(c echo.Context, r resource) error {
	if header := c.Request().Header.Get("If-Match"); header != "" && !named(header, r.version) {
		return auditdb.ErrMismatch
	}
	return nil
}

// chosen are the attributes that are asked for.
func chosen(c echo.Context, fields object) object {
	only, without := names(c.QueryParam("attributes")), names(c.QueryParam("excludedAttributes"))
	if len(only)+len(without) == 0 {
		return fields
	}
	out := object{}
	for name, v := range fields {
		low := strings.ToLower(name)
		if name == "schemas" || name == "id" || name == "meta" || (len(only) == 0 || only[low]) && !without[low] {
			out[name] = v
		}
	}
	return out
}

// names are the attributes that a list names, without what is within them.
func names(list string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if at := strings.LastIndexByte(name, ':'); at >= 0 {
			name = name[at+1:]
		}
		if name, _, _ = strings.Cut(name, "."); name != "" {
			out[name] = true
		}
	}
	return out
}

// wants reports whether an attribute is asked for.
func wants(c echo.Context, name string) bool {
	_, ok := chosen(c, object{name: true})[name]
	return ok
}

// Parts of lists (RFC 7644, section 3.4.2.4).
const (
	mostAtATime    = 200
	usuallyAtATime = 100
)

// partOf is which part of a list is asked for, and the number of its first.
func partOf(c echo.Context) (scimdb.Part, int, error) {
	start, count := 1, usuallyAtATime
	for name, into := range map[string]*int{"startIndex": &start, "count": &count} {
		if raw := c.QueryParam(name); raw != "" {
			n, err := strconv.Atoi(raw)
			if err != nil {
				return scimdb.Part{}, 0, refuse("invalidValue", name+" is no number.")
			}
			*into = n
		}
	}
	start, count = max(start, 1), min(max(count, 0), mostAtATime)
	return scimdb.Part{Skip: start - 1, Count: count}, start, nil
}

func list(c echo.Context, resources []object, total, start int) error {
	return answer(c, http.StatusOK, object{"schemas": []string{listSchema}, "totalResults": total, "startIndex": start,
		"itemsPerPage": len(resources), "Resources": resources})
}
