package scim

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"switchboard/api/httpx"
	"switchboard/store/pg"
	"switchboard/store/scimdb"
)

// refusal is a request that cannot be done, with a type of RFC 7644, table 9.
type refusal struct{ typ, detail string }

func (r *refusal) Error() string { return "scim: " + r.typ }

func refuse(typ, detail string) error { return &refusal{typ, detail} }

// Problem is an error as the rest of the API knows it: status, and what to wait.
func Problem(err error) *httpx.Problem {
	var r *refusal
	if errors.As(err, &r) {
		return httpx.NewProblem(http.StatusBadRequest, httpx.CodeInvalid, r.detail)
	}
	p := httpx.ProblemOf(err)
	if p.Status == http.StatusUnprocessableEntity { // SCIM has none
		p.Status = http.StatusBadRequest
	}
	if len(p.Errors) > 0 { // nor a place for them but the sentence
		var reasons []string
		for _, e := range p.Errors {
			reasons = append(reasons, e.Field+" "+e.Reason)
		}
		p.Detail = strings.Join(reasons, "; ") + "."
	}
	return p
}

// ErrorBody is an error in SCIM's form (RFC 7644, section 3.12).
func ErrorBody(err error, p *httpx.Problem) (mediatype string, body any) {
	out := object{"schemas": []string{messagePrefix + "Error"}, "status": strconv.Itoa(p.Status), "detail": p.Detail}
	var r *refusal
	var clash *pg.Conflict
	switch {
	case errors.As(err, &r):
		out["scimType"] = r.typ
	case errors.As(err, &clash) && !scimdb.IsLastAdministrator(err):
		out["scimType"] = "uniqueness"
	case p.Status == http.StatusBadRequest && p.Code == httpx.CodeInvalid:
		out["scimType"] = "invalidValue"
	}
	return mediaType, out
}
