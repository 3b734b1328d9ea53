package httpx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

// bodySchema is under which name a request's context has what the contract says of
// its body.
const bodySchema = "body-schema"

// holdsTo checks what decoding into Go's types does not see: null for a field that
// cannot be null, which would look like a field that was not given, and names that
// differ in case only.
func holdsTo(c echo.Context, data []byte) error {
	schema, ok := c.Get(bodySchema).(*openapi3.Schema)
	if !ok || schema == nil {
		return nil
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil // it was decoded before
	}
	var found schemaCheck
	found.value("", v, schema)
	if len(found.unknown) > 0 {
		p := Malformed("The body has a field that is not known here.")
		p.Errors = found.unknown
		return p
	}
	if len(found.null) > 0 {
		return Invalid(found.null...)
	}
	return nil
}

type schemaCheck struct{ unknown, null []FieldError }

func (k *schemaCheck) value(path string, v any, s *openapi3.Schema) {
	switch x := v.(type) {
	case map[string]any:
		for _, name := range SortedKeys(x) {
			k.field(path, name, x[name], s)
		}
	case []any:
		if items := itemsOf(s); items != nil {
			for i, part := range x {
				k.value(fmt.Sprintf("%s[%d]", path, i), part, items)
			}
		}
	}
}

func (k *schemaCheck) field(path, name string, v any, s *openapi3.Schema) {
	full := strings.TrimPrefix(path+"."+name, ".")
	p := propertyOf(s, name)
	if p == nil {
		if other := foldedProperty(s, name); other != "" {
			k.unknown = append(k.unknown, FieldError{Field: full, Reason: "is not known; it is written " + other})
		}
		return
	}
	if v == nil && !nullableSchema(p) {
		k.null = append(k.null, FieldError{Field: full, Reason: "must not be null; leave it out to keep what there is"})
		return
	}
	k.value(full, v, p)
}

// parts are a schema and those that it is put together of.
func parts(s *openapi3.Schema) []*openapi3.Schema {
	out := []*openapi3.Schema{s}
	for _, p := range s.AllOf {
		out = append(out, parts(p.Value)...)
	}
	return out
}

func propertyOf(s *openapi3.Schema, name string) *openapi3.Schema {
	for _, p := range parts(s) {
		if ref := p.Properties[name]; ref != nil {
			return ref.Value
		}
	}
	for _, p := range parts(s) {
		if ref := p.AdditionalProperties.Schema; ref != nil {
			return ref.Value
		}
	}
	return nil
}

func foldedProperty(s *openapi3.Schema, name string) string {
	for _, p := range parts(s) {
		for other := range p.Properties {
			if strings.EqualFold(other, name) {
				return other
			}
		}
	}
	return ""
}

func itemsOf(s *openapi3.Schema) *openapi3.Schema {
	for _, p := range parts(s) {
		if p.Items != nil {
			return p.Items.Value
		}
	}
	return nil
}

// nullableSchema is true of what takes any value, too.
func nullableSchema(s *openapi3.Schema) bool {
	all := parts(s)
	choices := func(p *openapi3.Schema) bool { return p.Nullable || len(p.OneOf)+len(p.AnyOf) > 0 }
	typed := func(p *openapi3.Schema) bool { return p.Type != nil && len(*p.Type) > 0 }
	return slices.ContainsFunc(all, choices) || !slices.ContainsFunc(all, typed)
}

// embedded takes names of Go's embedded types out of a path to a field: a name
// that the body does not have is none of the sender's.
func embedded(field string, data []byte) string {
	var top map[string]json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&top); err != nil {
		return field
	}
	for {
		first, rest, more := strings.Cut(field, ".")
		if _, known := top[first]; known || !more {
			return field
		}
		field = rest
	}
}

// WithSchema gives Decode what the contract says of the body.
func WithSchema(c echo.Context, s *openapi3.Schema) {
	if s != nil && c.Request().Method != http.MethodGet {
		c.Set(bodySchema, s)
	}
}
