package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/channel/safehttp"
)

// MaxJSON is how many bytes a JSON body may have.
const MaxJSON = 1 << 20

// Decode reads a JSON body strictly into v: one value, no unknown field, valid
// UTF-8. What cannot be read is a 400 that says where; a field of the wrong type
// or unknown is named.
func Decode(c echo.Context, v any) error {
	typ, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || typ != "application/json" {
		return NewProblem(http.StatusUnsupportedMediaType, CodeMediaType, "Send JSON with Content-Type: application/json.")
	}
	data, err := io.ReadAll(c.Request().Body)
	if err != nil {
		var size *http.MaxBytesError
		if errors.As(err, &size) {
			return err
		}
		return Malformed("The body could not be read to its end.")
	}
	if !utf8.Valid(data) {
		return Malformed("The body is not valid UTF-8.")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return decodeProblem(err, data, v)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Malformed("The body goes on after its JSON value, at " + position(data, dec.InputOffset()) + ".")
	}
	return holdsTo(c, data)
}

func decodeProblem(err error, data []byte, v any) *Problem {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return Malformed("The body is empty; a JSON object is expected.")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Malformed("The JSON ends too early, at " + position(data, int64(len(data))) + ".")
	case errors.As(err, &syntax):
		return Malformed("The JSON is not valid at " + position(data, syntax.Offset) + ".")
	case errors.As(err, &typ):
		p := Malformed("A field has the wrong type, at " + position(data, typ.Offset) + ".")
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
		p := Malformed("The body has a field that is not known here.")
		p.Errors = []FieldError{{Field: name, Reason: "is not known"}}
		return p
	}
	p := Malformed("The JSON does not fit: a value has the wrong form.")
	if field := misfit(data, reflect.TypeOf(v)); field != "" {
		p.Errors = []FieldError{{Field: field, Reason: "has the wrong form; see the contract for how it is written"}}
	}
	return p
}

// misfit names the field of a body whose value its type refuses in its own words:
// an id that is none, a time. The decoder does not say which it was.
func misfit(data []byte, t reflect.Type) string {
	var fields map[string]json.RawMessage
	if t.Kind() != reflect.Pointer || json.Unmarshal(data, &fields) != nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		one, err := json.Marshal(map[string]json.RawMessage{name: fields[name]})
		if err == nil && json.Unmarshal(one, reflect.New(t.Elem()).Interface()) != nil {
			return name
		}
	}
	return ""
}

// position says where an offset is, as editors count.
func position(data []byte, offset int64) string {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, max(column, 1))
}

// Checks collects what is wrong with a request's fields, all at once.
type Checks struct{ Errs []FieldError }

// Add notes what is wrong with a field.
func (k *Checks) Add(field, reason string) {
	k.Errs = append(k.Errs, FieldError{Field: field, Reason: reason})
}

// Err is the problem that lists what was found, or nil.
func (k *Checks) Err() error {
	if len(k.Errs) == 0 {
		return nil
	}
	return Invalid(k.Errs...)
}

// Text wants between least and most characters on one line.
func (k *Checks) Text(field, v string, least, most int) {
	n := utf8.RuneCountInString(v)
	switch {
	case n < least && least == 1, strings.TrimSpace(v) == "" && least > 0:
		k.Add(field, "must not be empty")
	case n < least:
		k.Add(field, fmt.Sprintf("must have at least %d characters", least))
	case n > most:
		k.Add(field, fmt.Sprintf("must have at most %d characters", most))
	case strings.ContainsFunc(v, unicode.IsControl):
		k.Add(field, "must not have control characters")
	}
}

// Number wants a value from least to most.
func (k *Checks) Number(field string, v, least, most int) {
	if v < least || v > most {
		k.Add(field, fmt.Sprintf("must be between %d and %d", least, most))
	}
}

// OneOf wants one of a few values.
func (k *Checks) OneOf(field, v string, allowed ...string) {
	for _, a := range allowed {
		if v == a {
			return
		}
	}
	k.Add(field, "must be one of "+strings.Join(allowed, ", "))
}

// Required wants an id.
func (k *Checks) Required(field string, id uuid.UUID) {
	if id == uuid.Nil {
		k.Add(field, "must be given")
	}
}

// An address has something on both sides of one @ and a name without blanks.
var emailForm = regexp.MustCompile(`^[^@\s\pC]+@[^@\s\pC]+$`)

// Email wants an address that a message could be sent to.
func (k *Checks) Email(field, v string) {
	if len(v) > 254 || !emailForm.MatchString(v) {
		k.Add(field, "must be an e-mail address")
	}
}

// BaseURL wants a URL that paths can be added to, or "". It must not lead to a private
// network, but for the hosts in private.
func (k *Checks) BaseURL(field, v string, private []string) {
	if v == "" {
		return
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" || len(v) > 500 {
		k.Add(field, "must be an http or https URL without user, query and fragment")
		return
	}
	k.Reachable(field, u, private)
}

// Reachable refuses addresses in private networks, but for hosts that whoever runs
// this service named. What only resolving a name shows is refused when connecting.
func (k *Checks) Reachable(field string, u *url.URL, private []string) {
	if safehttp.Private(u) && !safehttp.Named(u, private) {
		k.Add(field, "leads to a private network; its host must be named in SWITCHBOARD_ALLOW_PRIVATE_HOSTS")
	}
}

// PathID reads a UUID of the path; anything else names nothing.
func PathID(c echo.Context, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil || len(c.Param(name)) != 36 {
		return uuid.Nil, NotFound()
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

// NullID is an id that was given, or none.
func NullID(n Optional[uuid.UUID]) uuid.NullUUID {
	if n.Value == nil {
		return uuid.NullUUID{}
	}
	return uuid.NullUUID{UUID: *n.Value, Valid: true}
}

// Into puts what was given in place.
func (n Optional[T]) Into(v **T) {
	if n.Given {
		*v = n.Value
	}
}

// SortedKeys are the keys of a map in an order that is always the same.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Set puts a field that was given in place and leaves what was not.
func Set[T any](into *T, given *T) {
	if given != nil {
		*into = *given
	}
}
