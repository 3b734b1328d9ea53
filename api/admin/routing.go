package admin

import (
	"errors"
	"fmt"
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
	"switchboard/domain/routing"
	"switchboard/store/admindb"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// under names the mistakes of an error by the request's field.
func under(prefix string, err error) error {
	var wrong *admindb.RuleMistakes
	if errors.As(err, &wrong) {
		return httpx.RuleProblem(prefix, wrong.List)
	}
	return err
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// ifMatch is the version a change was made from; nil: not given.
func ifMatch(c echo.Context) (*int, error) {
	raw := c.Request().Header.Get("If-Match")
	if raw == "" || raw == "*" {
		return nil, nil
	}
	n, err := strconv.Atoi(strings.Trim(raw, `"`))
	if err != nil || n < 0 || raw != etag(n) {
		return nil, httpx.BadParameter("If-Match", "must be an ETag of this address")
	}
	return &n, nil
}

func answerRouting(c echo.Context, r configdb.RoutingRules) error {
	c.Response().Header().Set("ETag", etag(r.Version))
	return c.JSON(http.StatusOK, r)
}

func (s *Server) getRouting(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	r, err := s.Store.Admin.RoutingRules(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return answerRouting(c, r)
}

// routingInput: {"version": 3, "rules": {"classification": [], "route": {"rules": []}}}
type routingInput struct {
	Version *int           `json:"version"`
	Rules   *routing.Model `json:"rules"`
}

func (s *Server) putRouting(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	version, err := ifMatch(c)
	if err != nil {
		return err
	}
	var in routingInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if version == nil {
		version = in.Version
	}
	var k httpx.Checks
	if version == nil {
		k.Add("version", "must be given, or its ETag as If-Match")
	}
	if in.Rules == nil {
		k.Add("rules", "must be given")
	}
	if err := k.Err(); err != nil {
		return err
	}
	r, _, err := s.Store.Admin.SaveRoutingRules(c.Request().Context(), core.IdentityOf(c).Actor(), id,
		admindb.RoutingChange{Version: version, Rules: *in.Rules})
	if err != nil {
		return under("rules.", err)
	}
	return answerRouting(c, r)
}

// exportRouting answers the rules as a file, with queues by their names, so that
// it means the same on another installation.
func (s *Server) exportRouting(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	r, file, err := s.Store.Admin.RoutingFile(c.Request().Context(), id)
	if err != nil {
		return err
	}
	data, err := routing.Export(file)
	if err != nil {
		return fmt.Errorf("export routing rules: %w", err)
	}
	c.Response().Header().Set("ETag", etag(r.Version))
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="routing-rules.yaml"`)
	return c.Blob(http.StatusOK, "text/yaml; charset=utf-8", data)
}

// imported is what an import changed, or would change.
type imported struct {
	Version int      `json:"version"`
	Dry     bool     `json:"dry_run"`
	Changes []string `json:"changes"`
}

func (s *Server) importRouting(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	version, err := ifMatch(c)
	if err != nil {
		return err
	}
	dry := c.QueryParam("dry_run")
	if dry != "" && dry != "true" && dry != "false" {
		return httpx.BadParameter("dry_run", "must be true or false")
	}
	f, err := readRulesFile(c)
	if err != nil {
		return err
	}
	if f, err = s.queuesByID(c, f); err != nil {
		return err
	}
	change := admindb.RoutingChange{Version: version, Rules: f.Model, Overflow: f.Overflow, Dry: dry == "true",
		Variables: f.Variables, Skills: f.Skills}
	r, lines, err := s.Store.Admin.SaveRoutingRules(c.Request().Context(), core.IdentityOf(c).Actor(), id, change)
	if err != nil {
		return under("", err)
	}
	c.Response().Header().Set("ETag", etag(r.Version))
	return c.JSON(http.StatusOK, imported{Version: r.Version, Dry: change.Dry, Changes: lines})
}

// readRulesFile reads rules from a body of YAML or JSON, which is YAML too.
func readRulesFile(c echo.Context) (routing.File, error) {
	typ, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || typ != "text/yaml" && typ != "application/yaml" && typ != "application/json" {
		return routing.File{}, httpx.NewProblem(http.StatusUnsupportedMediaType, httpx.CodeMediaType,
			"Send the rules as text/yaml, application/yaml or application/json.")
	}
	if typ == "application/json" {
		var f routing.File
		err := httpx.Decode(c, &f)
		return f, err
	}
	data, err := io.ReadAll(c.Request().Body)
	if err != nil {
		var size *http.MaxBytesError
		if errors.As(err, &size) {
			return routing.File{}, err
		}
		return routing.File{}, httpx.Malformed("The body could not be read to its end.")
	}
	if !utf8.Valid(data) {
		return routing.File{}, httpx.Malformed("The body is not valid UTF-8.")
	}
	f, wrong := routing.Import(data)
	if wrong != nil {
		return f, httpx.RuleProblem("", []routing.Mistake{*wrong})
	}
	return f, nil
}

// queuesByID replaces names of queues by their ids. What is neither stays, and
// is complained about with the rest.
func (s *Server) queuesByID(c echo.Context, f routing.File) (routing.File, error) {
	names, err := s.Store.Admin.QueueNames(c.Request().Context(), f.Queues())
	if err != nil {
		return f, err
	}
	ids := map[string]string{}
	for id, name := range names {
		ids[name] = id.String()
	}
	return f.Rename(func(_, queue string) string {
		if id := ids[queue]; id != "" {
			return id
		}
		return queue
	}), nil
}

// simulation: {"conversation_id": "…"} or {"facts": {"contact": {"language": "nl"}}},
// with other rules than the saved ones, and queues that overflow, if given.
type simulation struct {
	Conversation uuid.UUID         `json:"conversation_id"`
	Facts        *routing.Env      `json:"facts"`
	At           *time.Time        `json:"at"`
	Rules        *routing.Model    `json:"rules"`
	Overflowing  map[uuid.UUID]int `json:"overflowing"` // seconds until it is free; 0: not known
}

// simulate decides as real routing would, and changes nothing.
func (s *Server) simulate(c echo.Context) error {
	id, err := httpx.PathID(c, "id")
	if err != nil {
		return err
	}
	var in simulation
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	var k httpx.Checks
	if (in.Facts == nil) == (in.Conversation == uuid.Nil) {
		k.Add("facts", "must be given, or conversation_id, and not both")
	}
	if in.Facts != nil {
		checkFacts(&k, *in.Facts)
	}
	if err := k.Err(); err != nil {
		return err
	}
	if in.Conversation != uuid.Nil {
		_, err := s.Store.Conversation.ConversationFor(c.Request().Context(), core.ViewerOf(c), in.Conversation)
		if errors.Is(err, pg.ErrNotFound) { // or not theirs to see
			return httpx.Invalid(httpx.FieldError{Field: "conversation_id", Reason: "is no conversation of this workstream"})
		} else if err != nil {
			return err
		}
	}
	ask := admindb.Simulation{Workstream: id, Conversation: in.Conversation, Facts: in.Facts, Rules: in.Rules, Overflowing: in.Overflowing}
	if in.At != nil {
		ask.At = *in.At
	}
	out, err := s.Store.Admin.Simulate(c.Request().Context(), ask)
	if in.Facts == nil && errors.Is(err, pg.ErrNotFound) {
		if _, err := s.Store.Admin.RoutingRules(c.Request().Context(), id); err != nil {
			return err
		}
		return httpx.Invalid(httpx.FieldError{Field: "conversation_id", Reason: "is no conversation of this workstream"})
	}
	if err != nil {
		return under("rules.", err)
	}
	return c.JSON(http.StatusOK, out)
}

// checkFacts wants made-up facts that could be real ones.
func checkFacts(k *httpx.Checks, e routing.Env) {
	for _, name := range httpx.SortedKeys(e.Context) {
		switch x := e.Context[name].(type) {
		case string:
			if utf8.RuneCountInString(x) > routing.MaxVariableValue {
				k.Add("facts.context."+name, fmt.Sprintf("must have at most %d characters", routing.MaxVariableValue))
			}
		case float64:
		default:
			k.Add("facts.context."+name, "must be a text or a number")
		}
	}
	k.Number("facts.time.hour", e.Time.Hour, 0, 23)
	k.Number("facts.time.minute", e.Time.Minute, 0, 59)
	k.OneOf("facts.time.weekday", e.Time.Weekday, "", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}
