package configfile

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"switchboard/api/httpx"
	"switchboard/domain/configfile"
)

// maxTold is how many mistakes a problem lists.
const maxTold = 100

// mistakesOf says what a route found wrong with a thing as mistakes of the file. It
// is false for what is no fault of the file.
func mistakesOf(o *configfile.Object, err error) ([]configfile.Mistake, bool) {
	p := httpx.ProblemOf(err)
	if p.Status >= http.StatusInternalServerError || p.Status < http.StatusBadRequest {
		return nil, false
	}
	if len(p.Errors) == 0 {
		return []configfile.Mistake{o.Wrong("", refusalOf(o, p))}, true
	}
	var list []configfile.Mistake
	for _, e := range p.Errors {
		list = append(list, o.Wrong(fieldIn(o.Kind, e.Field), e.Reason))
	}
	return list, true
}

// refusalOf is a refusal that names no field. A thing without a line is to be deleted.
func refusalOf(o *configfile.Object, p *httpx.Problem) string {
	if o.Line > 0 {
		return p.Detail
	}
	return fmt.Sprintf("The %s %q cannot be deleted: %s", o.Kind.One, o.Name, p.Detail)
}

var dotted = regexp.MustCompile(`\.(\d+)`)

// fieldIn is the path in the file of a field of the API.
func fieldIn(k *configfile.Kind, field string) string {
	field = dotted.ReplaceAllString(field, "[$1]")
	end := strings.IndexAny(field, ".[")
	first, rest := field, ""
	if end >= 0 {
		first, rest = field[:end], field[end:]
	}
	if first == "rules" {
		switch k.Name {
		case configfile.Workstreams:
			return "routing_rules" + rest
		case configfile.Queues:
			return "overflow" + rest
		}
	}
	for _, f := range k.Fields {
		if f.JSONName() == first {
			return f.Name + rest
		}
	}
	return field
}

// problem lists mistakes with their lines.
func problem(list []configfile.Mistake) *httpx.Problem {
	detail := fmt.Sprintf("The configuration file has %d mistakes. Nothing was changed.", len(list))
	if len(list) == 1 {
		detail = "The configuration file has a mistake. Nothing was changed."
	}
	p := httpx.NewProblem(http.StatusUnprocessableEntity, httpx.CodeInvalid, detail)
	for _, m := range list[:min(len(list), maxTold)] {
		path := m.Path
		if path == "" {
			path = "(file)"
		}
		reason := m.Reason
		if m.Line > 0 {
			reason = fmt.Sprintf("line %d: %s", m.Line, m.Reason)
		}
		p.Errors = append(p.Errors, httpx.FieldError{Field: path, Reason: reason})
	}
	return p
}
