package api

import (
	"net/url"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

// inputs are what requests may have, by method and path.
type inputs struct {
	query  map[string][]string         // names of parameters
	bodies map[string]*openapi3.Schema // of JSON bodies
}

// contractInputs are those that the contract names.
var contractInputs = sync.OnceValues(func() (inputs, error) {
	doc, err := Contract()
	if err != nil {
		return inputs{}, err
	}
	return inputs{query: queryParameters(doc), bodies: bodySchemas(doc)}, nil
})

// queryParameters are those that the contract names, by method and path.
func queryParameters(doc *openapi3.T) map[string][]string {
	out := map[string][]string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for _, list := range []openapi3.Parameters{item.Parameters, op.Parameters} {
				for _, p := range list {
					if p.Value.In == openapi3.ParameterInQuery {
						out[method+" "+path] = append(out[method+" "+path], p.Value.Name)
					}
				}
			}
		}
	}
	return out
}

// checkQuery refuses parameters that are not known: a filter that is misspelt must
// not look as if it had been applied.
func checkQuery(c echo.Context, known []string) error {
	raw := c.Request().URL.RawQuery
	if raw == "" {
		return nil
	}
	given, err := url.ParseQuery(raw)
	if err != nil {
		return malformed("The query of the address cannot be read; encode its values.")
	}
	p := malformed("The address has a parameter that is not known here.")
	for name := range given {
		if !slices.Contains(known, name) {
			p.Errors = append(p.Errors, FieldError{Field: name, Reason: "is not known"})
		}
	}
	if len(p.Errors) == 0 {
		return nil
	}
	slices.SortFunc(p.Errors, func(a, b FieldError) int {
		if a.Field < b.Field {
			return -1
		}
		return 1
	})
	return p
}
