package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/channel/safehttp"
)

// decode reads a JSON body strictly into v: one value, no unknown field, valid
// UTF-8. What cannot be read is a 400 that says where; a field of the wrong type
// or unknown is named.
func decode(c echo.Context, v any) error {
	typ, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || typ != "application/json" {
		return newProblem(http.StatusUnsupportedMediaType, codeMediaType, "Send JSON with Content-Type: application/json.")
	}
	data, err := io.ReadAll(c.Request().Body)
	if err != nil {
		var size *http.MaxBytesError
		if errors.As(err, &size) {
			return err
		}
		return malformed("The body could not be read to its end.")
	}
	if !utf8.Valid(data) {
		return malformed("The body is not valid UTF-8.")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return decodeProblem(err, data)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return malformed("The body goes on after its JSON value, at " + position(data, dec.InputOffset()) + ".")
	}
	return holdsTo(c, data)
}

func decodeProblem(err error, data []byte) *Problem {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return malformed("The body is empty; a JSON object is expected.")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return malformed("The JSON ends too early, at " + position(data, int64(len(data))) + ".")
	case errors.As(err, &syntax):
		return malformed("The JSON is not valid at " + position(data, syntax.Offset) + ".")
	case errors.As(err, &typ):
		p := malformed("A field has the wrong type, at " + position(data, typ.Offset) + ".")
		field := embedded(typ.Field, data)
		if field == "" {
			field = "(body)"
		}
		p.Errors = []FieldError{{Field: field, Reason: "must not be a JSON " + strings.Fields(typ.Value)[0]}}
		return p
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		if n, err := strconv.Unquote(name); err == nil {
			name = n
		}
		p := malformed("The body has a field that is not known here.")
		p.Errors = []FieldError{{Field: name, Reason: "is not known"}}
		return p
	}
	return malformed("The JSON does not fit: a value has the wrong form.")
}

// position says where an offset is, as editors count.
func position(data []byte, offset int64) string {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, max(column, 1))
}

// checks collects what is wrong with a request's fields, all at once.
type checks struct{ errs []FieldError }

func (k *checks) add(field, reason string) {
	k.errs = append(k.errs, FieldError{Field: field, Reason: reason})
}

func (k *checks) err() error {
	if len(k.errs) == 0 {
		return nil
	}
	return invalid(k.errs...)
}

// text wants between least and most characters on one line.
func (k *checks) text(field, v string, least, most int) {
	n := utf8.RuneCountInString(v)
	switch {
	case n < least && least == 1, strings.TrimSpace(v) == "" && least > 0:
		k.add(field, "must not be empty")
	case n < least:
		k.add(field, fmt.Sprintf("must have at least %d characters", least))
	case n > most:
		k.add(field, fmt.Sprintf("must have at most %d characters", most))
	case strings.ContainsFunc(v, unicode.IsControl):
		k.add(field, "must not have control characters")
	}
}

func (k *checks) number(field string, v, least, most int) {
	if v < least || v > most {
		k.add(field, fmt.Sprintf("must be between %d and %d", least, most))
	}
}

func (k *checks) oneOf(field, v string, allowed ...string) {
	for _, a := range allowed {
		if v == a {
			return
		}
	}
	k.add(field, "must be one of "+strings.Join(allowed, ", "))
}

func (k *checks) required(field string, id uuid.UUID) {
	if id == uuid.Nil {
		k.add(field, "must be given")
	}
}

// An address has something on both sides of one @ and a name without blanks.
var emailForm = regexp.MustCompile(`^[^@\s\pC]+@[^@\s\pC]+$`)

func (k *checks) email(field, v string) {
	if len(v) > 254 || !emailForm.MatchString(v) {
		k.add(field, "must be an e-mail address")
	}
}

func (k *checks) baseURL(field, v string, private []string) {
	if v == "" {
		return
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(v) > 500 {
		k.add(field, "must be an http or https URL without user, query and fragment")
		return
	}
	k.reachable(field, u, private)
}

// reachable refuses addresses in private networks, but for hosts that whoever runs
// this service named. What only resolving a name shows is refused when connecting.
func (k *checks) reachable(field string, u *url.URL, private []string) {
	if safehttp.Private(u) && !safehttp.Named(u, private) {
		k.add(field, "leads to a private network; its host must be named in SWITCHBOARD_ALLOW_PRIVATE_HOSTS")
	}
}

// pathID reads a UUID of the path; anything else names nothing.
func pathID(c echo.Context, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil || len(c.Param(name)) != 36 {
		return uuid.Nil, notFound()
	}
	return id, nil
}

// Optional is a field that can be left out, given, or given as null.
type Optional[T any] struct {
	Given bool
	Value *T // nil: null
}

// UnmarshalJSON takes note that the field was given.
func (n *Optional[T]) UnmarshalJSON(b []byte) error {
	n.Given = true
	return json.Unmarshal(b, &n.Value)
}

// nullID is an id that was given, or none.
func nullID(n Optional[uuid.UUID]) uuid.NullUUID {
	if n.Value == nil {
		return uuid.NullUUID{}
	}
	return uuid.NullUUID{UUID: *n.Value, Valid: true}
}

// into puts what was given in place.
func (n Optional[T]) into(v **T) {
	if n.Given {
		*v = n.Value
	}
}
