package httpx

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/domain/routing"
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
	Templates []Named      `json:"templates,omitempty"` // of window_closed: what can be sent all the same
	OpensAt   *time.Time   `json:"opens_at,omitempty"`  // of closed: when somebody will be there

	Mistakes []mistake `json:"mistakes,omitempty"` // of routing rules: the errors with their places

	RetryAfter time.Duration `json:"-"` // sent as the header, in whole seconds
}

// Named is something that is referred to, with its name for people.
type Named struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Error is the code and the detail, for the log.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// Codes of problems, besides those of conversation and store refusals.
const (
	CodeMalformed       = "malformed"
	CodeUnauthenticated = "unauthenticated"
	CodeBadCredentials  = "bad_credentials"
	CodeForbidden       = "forbidden"
	CodeCrossSite       = "cross_site"
	CodeNotFound        = "not_found"
	CodeMethod          = "method_not_allowed"
	CodeConflict        = "conflict"
	CodeMismatch        = "precondition_failed"
	CodeKeyReused       = "idempotency_key_reused"
	CodeTooLarge        = "too_large"
	CodeMediaType       = "unsupported_media_type"
	CodeFilesOff        = "files_off"
	CodeInvalid         = "invalid"
	CodeTooManyTries    = "too_many_tries"
	CodeTooManyRequests = "too_many_requests"
	CodeSecondFactor    = "second_factor_required"
	CodeBadCode         = "bad_code"
	CodeViewAs          = "view_as"
	CodeInternal        = "internal"
	CodeUnavailable     = "unavailable"
	CodeTimeout         = "timeout"

	CodeMustChangePassword    = "must_change_password"
	CodeMustSetUpSecondFactor = "must_set_up_second_factor"
)

// NewProblem is a problem of a status. detail is for people and says what to do.
func NewProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "/docs#problem-" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// Malformed is the 400 for a request that cannot be read.
func Malformed(detail string) *Problem {
	return NewProblem(http.StatusBadRequest, CodeMalformed, detail)
}

// NotFound is the 404 for what does not exist and for what the sender may not see,
// which look the same.
func NotFound() *Problem {
	return NewProblem(http.StatusNotFound, CodeNotFound, "There is no such thing here, or it is not yours to see.")
}

func tooLarge(detail string) *Problem {
	return NewProblem(http.StatusRequestEntityTooLarge, CodeTooLarge, detail)
}

// MayHappen is what a 503 says of a request that was to change something: what
// does not answer may have done it, or do it once it is back.
const MayHappen = "What was asked for may have happened, or may still happen: look, or try again with the same key."

// Unavailable is the 503 for something that does not answer now. retryAfter is sent
// along; 0: nothing is known.
func Unavailable(detail string, retryAfter time.Duration) *Problem {
	p := NewProblem(http.StatusServiceUnavailable, CodeUnavailable, detail)
	p.RetryAfter = retryAfter
	return p
}

// Invalid lists what is wrong with fields of a request that can be read.
func Invalid(errs ...FieldError) *Problem {
	p := NewProblem(http.StatusUnprocessableEntity, CodeInvalid, "Some fields are not acceptable.")
	p.Errors = errs
	return p
}

// conflict names the field, where it is about one, beside what the detail says.
func conflict(clash *pg.Conflict) *Problem {
	p := NewProblem(http.StatusConflict, CodeConflict, clash.Reason)
	if clash.Field != "" {
		p.Detail = "This is taken already."
		p.Errors = []FieldError{{Field: clash.Field, Reason: clash.Reason}}
	}
	return p
}

// ProblemOf maps every error to what the client is told. What is not listed is
// internal: its text is for the log only.
func ProblemOf(err error) *Problem {
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
		return NewProblem(http.StatusConflict, refusal.Code, refusal.Reason)
	case errors.As(err, &field):
		return Invalid(FieldError{Field: field.Field, Reason: field.Reason})
	case errors.As(err, &account):
		return Invalid(FieldError{Field: account.Field, Reason: account.Reason})
	case errors.As(err, &rules):
		return RuleProblem("", rules.List)
	case errors.As(err, &many):
		p := NewProblem(http.StatusTooManyRequests, CodeTooManyRequests, "The organisation's requests of this hour are used up.")
		p.RetryAfter = many.Retry
		return p
	case errors.As(err, &clash):
		return conflict(clash)
	case errors.Is(err, pg.ErrNotFound):
		return NotFound()
	case errors.Is(err, auditdb.ErrMismatch):
		return NewProblem(http.StatusPreconditionFailed, CodeMismatch,
			"Somebody changed it since you read it; read it again, and change what is there now.")
	case errors.Is(err, pg.ErrStale):
		return NewProblem(http.StatusConflict, conversation.Stale, "It changed meanwhile; read it again.")
	case errors.As(err, &size):
		return tooLarge("The request body is larger than " + strconv.FormatInt(size.Limit, 10) + " bytes.")
	case pg.Unavailable(err):
		return Unavailable("The database does not answer at the moment. "+MayHappen, 5*time.Second)
	case pg.Busy(err):
		return Unavailable("Somebody else is changing the same at the moment. Nothing was changed; try again.", time.Second)
	case errors.As(err, &he):
		return ofEcho(he)
	}
	return NewProblem(http.StatusInternalServerError, CodeInternal, "Something went wrong here. It has been logged under the request id.")
}

// ofEcho maps what the router and its middleware refuse.
func ofEcho(he *echo.HTTPError) *Problem {
	switch he.Code {
	case http.StatusNotFound:
		return NotFound()
	case http.StatusMethodNotAllowed:
		return NewProblem(he.Code, CodeMethod, "This address does not take that method; see the Allow header.")
	case http.StatusRequestEntityTooLarge:
		return tooLarge("The request body is too large.")
	case http.StatusUnsupportedMediaType:
		return NewProblem(he.Code, CodeMediaType, "The request's content type is not taken here.")
	}
	if he.Code >= 400 && he.Code < 500 {
		return NewProblem(he.Code, CodeMalformed, http.StatusText(he.Code)+".")
	}
	return NewProblem(http.StatusInternalServerError, CodeInternal, "Something went wrong here. It has been logged under the request id.")
}

// mistake is one thing that is wrong with routing rules, and where: line and
// column are those of the expression at the field, or of the file.
type mistake struct {
	Field  string `json:"field"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// maxMistakes is how many a problem lists.
const maxMistakes = 100

// RuleProblem is the problem of rules with mistakes, under a field of the request.
func RuleProblem(prefix string, list []routing.Mistake) *Problem {
	p := NewProblem(http.StatusUnprocessableEntity, CodeInvalid, fmt.Sprintf("The rules have mistakes: %d.", len(list)))
	for _, m := range list[:min(len(list), maxMistakes)] {
		field := prefix + m.Path
		if m.Path == "" {
			field = "(file)"
		}
		p.Mistakes = append(p.Mistakes, mistake{field, m.Line, m.Column, m.Reason})
		m.Path = ""
		p.Errors = append(p.Errors, FieldError{Field: field, Reason: m.Error()})
	}
	return p
}
