package httpx

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// KeyHeader is the header that tells a repeated request from a new one.
const KeyHeader = "Idempotency-Key"

// MaxKey is how many characters a key may have.
const MaxKey = 200

// IdempotencyKey reads the header: 1 to 200 printable ASCII characters.
func IdempotencyKey(c echo.Context, required bool) (string, error) {
	key := c.Request().Header.Get(KeyHeader)
	if key == "" && !required {
		return "", nil
	}
	ok := key != "" && len(key) <= MaxKey
	for i := range len(key) {
		ok = ok && key[i] > ' ' && key[i] < 0x7f
	}
	if !ok {
		return "", BadParameter(KeyHeader,
			"must be a header of 1 to 200 printable characters, new for every message and the same for every try")
	}
	return key, nil
}

// KeyReused refuses a key that came before with other content.
func KeyReused() *Problem {
	return NewProblem(http.StatusConflict, CodeKeyReused, "This Idempotency-Key was used for another message.")
}
