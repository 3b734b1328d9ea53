package httpx

import (
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"
)

// CheckQuery refuses parameters that are not known: a filter that is misspelt must
// not look as if it had been applied.
func CheckQuery(c echo.Context, known []string) error {
	raw := c.Request().URL.RawQuery
	if raw == "" {
		return nil
	}
	given, err := url.ParseQuery(raw)
	if err != nil {
		return Malformed("The query of the address cannot be read; encode its values.")
	}
	p := Malformed("The address has a parameter that is not known here.")
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
