package httpx

import (
	"github.com/labstack/echo/v4"
)

// Delegate has another part of the process answer: 503 if that part is not served.
func Delegate(h echo.HandlerFunc, c echo.Context) error {
	if h == nil {
		return Unavailable("This part is not served here.", 0)
	}
	return h(c)
}
