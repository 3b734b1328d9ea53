package httpx

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/store/auditdb"
)

// List is a page of a list. Next is given back as the parameter "cursor" to read
// on; null: that was all.
type List[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// Limits of lists.
const (
	DefaultLimit = 50 // entries of a page that asks for no number
	maxLimit     = 200

	MaxSearch = 100 // characters of what is searched for
)

// PageSize is the parameter limit, or DefaultLimit.
func PageSize(c echo.Context) (int, error) {
	raw := c.QueryParam("limit")
	if raw == "" {
		return DefaultLimit, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 || n > maxLimit {
		return 0, BadParameter("limit", "must be a number between 1 and "+strconv.Itoa(maxLimit))
	}
	return n, nil
}

// BadParameter is the 400 for one parameter of the query, or a header.
func BadParameter(name, reason string) *Problem {
	p := Malformed("A parameter is not acceptable.")
	p.Errors = []FieldError{{Field: name, Reason: reason}}
	return p
}

// PageOf reads limit and cursor. kind ties a cursor to its list. The page asks
// for one row more than the client gets, which tells whether there is a next.
func PageOf(c echo.Context, kind string) (auditdb.Page, error) {
	limit, err := PageSize(c)
	if err != nil {
		return auditdb.Page{}, err
	}
	p := auditdb.Page{Limit: limit + 1}
	raw := c.QueryParam("cursor")
	if raw == "" {
		return p, nil
	}
	var parts []string
	data, err := base64.RawURLEncoding.DecodeString(raw)
	if err == nil {
		err = json.Unmarshal(data, &parts)
	}
	if err != nil || len(parts) != 3 || parts[0] != kind {
		return p, BadParameter("cursor", "is not one of this list")
	}
	at, err1 := time.Parse(time.RFC3339Nano, parts[1])
	id, err2 := uuid.Parse(parts[2])
	if err1 != nil || err2 != nil {
		return p, BadParameter("cursor", "is not one of this list")
	}
	p.After = auditdb.Cursor{At: at, ID: id}
	return p, nil
}

func cursorText(kind string, at time.Time, id uuid.UUID) *string {
	data, err := json.Marshal([]string{kind, at.UTC().Format(time.RFC3339Nano), id.String()})
	if err != nil {
		return nil // strings always marshal
	}
	text := base64.RawURLEncoding.EncodeToString(data)
	return &text
}

// AnswerList cuts the extra row off and answers the rest in the form show gives.
func AnswerList[T, S any](c echo.Context, kind string, p auditdb.Page, rows []T, place func(T) (time.Time, uuid.UUID),
	show func(T) S) error {
	return c.JSON(http.StatusOK, MakeList(kind, p, rows, place, show))
}

// MakeList is the list that AnswerList answers.
func MakeList[T, S any](kind string, p auditdb.Page, rows []T, place func(T) (time.Time, uuid.UUID), show func(T) S) List[S] {
	list := List[S]{Items: []S{}}
	if len(rows) >= p.Limit && p.Limit > 0 {
		rows = rows[:p.Limit-1]
		at, id := place(rows[len(rows)-1])
		list.Next = cursorText(kind, at, id)
	}
	for _, r := range rows {
		list.Items = append(list.Items, show(r))
	}
	return list
}

// Same is for lists whose rows are answered as they are stored.
func Same[T any](v T) T { return v }
