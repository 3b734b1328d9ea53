package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/admindb"
	"switchboard/store/auditdb"
	"switchboard/store/campaigndb"
	"switchboard/store/pg"
)

// Problem is an RFC 9457 problem document. Code is stable and meant for
// programs, Detail for people; neither ever holds a secret or an internal error.
type Problem struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail,omitempty"`
	Code      string       `json:"code"`
	Errors    []FieldError `json:"errors,omitempty"`
	RequestID string       `json:"request_id,omitempty"`
	Templates []named      `json:"templates,omitempty"` // of window_closed: what can be sent all the same
	OpensAt   *time.Time   `json:"opens_at,omitempty"`  // of closed: when somebody will be there

	Mistakes []mistake `json:"mistakes,omitempty"` // of routing rules: the errors with their places

	RetryAfter time.Duration `json:"-"` // sent as the header, in whole seconds
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// Codes of problems, besides those of conversation and store refusals.
const (
	codeMalformed       = "malformed"
	codeUnauthenticated = "unauthenticated"
	codeBadCredentials  = "bad_credentials"
	codeForbidden       = "forbidden"
	codeCrossSite       = "cross_site"
	codeNotFound        = "not_found"
	codeMethod          = "method_not_allowed"
	codeConflict        = "conflict"
	codeMismatch        = "precondition_failed"
	codeKeyReused       = "idempotency_key_reused"
	codeTooLarge        = "too_large"
	codeMediaType       = "unsupported_media_type"
	codeFilesOff        = "files_off"
	codeInvalid         = "invalid"
	codeTooManyTries    = "too_many_tries"
	codeTooManyRequests = "too_many_requests"
	codeInternal        = "internal"
	codeUnavailable     = "unavailable"
	codeTimeout         = "timeout"
)

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "/docs#problem-" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

func malformed(detail string) *Problem {
	return newProblem(http.StatusBadRequest, codeMalformed, detail)
}

func notFound() *Problem {
	return newProblem(http.StatusNotFound, codeNotFound, "There is no such thing here, or it is not yours to see.")
}

func tooLarge(detail string) *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, codeTooLarge, detail)
}

// mayHappen is what a 503 says of a request that was to change something: what
// does not answer may have done it, or do it once it is back.
const mayHappen = "What was asked for may have happened, or may still happen: look, or try again with the same key."

func unavailable(detail string, retryAfter time.Duration) *Problem {
	p := newProblem(http.StatusServiceUnavailable, codeUnavailable, detail)
	p.RetryAfter = retryAfter
	return p
}

// invalid lists what is wrong with fields of a request that can be read.
func invalid(errs ...FieldError) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, codeInvalid, "Some fields are not acceptable.")
	p.Errors = errs
	return p
}

// problemOf maps every error to what the client is told. What is not listed is
// internal: its text is for the log only.
func problemOf(err error) *Problem {
	var (
		p       *Problem
		refusal *conversation.Refusal
		field   *pg.Invalid
		account *channel.Invalid
		clash   *pg.Conflict
		many    *campaigndb.TooMany
		rules   *admindb.RuleMistakes
		he      *echo.HTTPError
		size    *http.MaxBytesError
	)
	switch {
	case errors.As(err, &p):
		copied := *p
		return &copied
	case errors.As(err, &refusal):
		return newProblem(http.StatusConflict, refusal.Code, refusal.Reason)
	case errors.As(err, &field):
		return invalid(FieldError{Field: field.Field, Reason: field.Reason})
	case errors.As(err, &account):
		return invalid(FieldError{Field: account.Field, Reason: account.Reason})
	case errors.As(err, &rules):
		return mistaken("", rules.List)
	case errors.As(err, &many):
		p := newProblem(http.StatusTooManyRequests, codeTooManyRequests, "The organisation's requests of this hour are used up.")
		p.RetryAfter = many.Retry
		return p
	case errors.As(err, &clash):
		return newProblem(http.StatusConflict, codeConflict, clash.Reason)
	case errors.Is(err, pg.ErrNotFound):
		return notFound()
	case errors.Is(err, auditdb.ErrMismatch):
		return newProblem(http.StatusPreconditionFailed, codeMismatch, "Somebody changed it since you read it; read it again, and change what is there now.")
	case errors.Is(err, pg.ErrStale):
		return newProblem(http.StatusConflict, conversation.Stale, "It changed meanwhile; read it again.")
	case errors.As(err, &size):
		return tooLarge("The request body is larger than " + strconv.FormatInt(size.Limit, 10) + " bytes.")
	case pg.Unavailable(err):
		return unavailable("The database does not answer at the moment. "+mayHappen, 5*time.Second)
	case pg.Busy(err):
		return unavailable("Somebody else is changing the same at the moment. Nothing was changed; try again.", time.Second)
	case errors.As(err, &he):
		return ofEcho(he)
	}
	return newProblem(http.StatusInternalServerError, codeInternal, "Something went wrong here. It has been logged under the request id.")
}

// ofEcho maps what the router and its middleware refuse.
func ofEcho(he *echo.HTTPError) *Problem {
	switch he.Code {
	case http.StatusNotFound:
		return notFound()
	case http.StatusMethodNotAllowed:
		return newProblem(he.Code, codeMethod, "This address does not take that method; see the Allow header.")
	case http.StatusRequestEntityTooLarge:
		return tooLarge("The request body is too large.")
	case http.StatusUnsupportedMediaType:
		return newProblem(he.Code, codeMediaType, "The request's content type is not taken here.")
	}
	if he.Code >= 400 && he.Code < 500 {
		return newProblem(he.Code, codeMalformed, http.StatusText(he.Code)+".")
	}
	return newProblem(http.StatusInternalServerError, codeInternal, "Something went wrong here. It has been logged under the request id.")
}

// answerError is the one HTTPErrorHandler.
func (s *server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return // too late to say anything; the request log has the error
	}
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		c.Response().Status = 499 // the client left; nobody reads an answer
		return
	}
	p := problemOf(err)
	if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
		p.Detail = strings.Replace(p.Detail, mayHappen, "Try again.", 1) // it only reads
	}
	p.RequestID = c.Response().Header().Get(echo.HeaderXRequestID)
	if p.Status >= 500 {
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed", slog.String("request_id", p.RequestID),
			slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.String("code", p.Code), slog.Any("error", err))
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/problem+json")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(max(1, int((p.RetryAfter+time.Second-1)/time.Second))))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="switchboard"`)
	}
	body, err := json.Marshal(p)
	if err == nil && c.Request().Method != http.MethodHead {
		c.Response().WriteHeader(p.Status)
		_, err = c.Response().Write(body)
	} else if err == nil {
		c.Response().WriteHeader(p.Status)
	}
	if err != nil {
		s.log.LogAttrs(c.Request().Context(), slog.LevelDebug, "problem not written", slog.String("request_id", p.RequestID))
	}
}
