package api

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"switchboard/web"
)

//go:embed openapi.yaml
var openapiYAML []byte

//go:embed docs.html
var docsTemplate string

// Contract returns the parsed OpenAPI contract. It is read once, which takes some
// tenths of a second, and shared: nobody changes it.
var Contract = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return doc, nil
})

// docsPage is the page to read and try the contract, made when somebody first asks
// for it: a viewer that the browser runs, and the codes of problems, whose
// addresses problems carry.
var docsPage = sync.OnceValues(func() ([]byte, error) {
	doc, err := Contract()
	if err != nil {
		return nil, err
	}
	tmpl, err := template.New("docs").Parse(docsTemplate)
	if err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	var page bytes.Buffer
	in := docPage{Title: doc.Info.Title, Assets: pathDocs, Files: web.DocsFiles(), Problems: problemsOf(doc)}
	if err := tmpl.Execute(&page, in); err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	return page.Bytes(), nil
})

// docsPolicy lets the viewer load only what this server serves, and send requests
// to it alone.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *server) contract(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openapiYAML)
}

func (s *server) readDocs(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", docsPolicy)
	page, err := docsPage()
	if err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, page)
}

type docPage struct {
	Title    string
	Assets   string            // path of the viewer's files
	Files    map[string]string // of the viewer; none in a program without the pages
	Problems []docProblem
}

type docProblem struct {
	Code, Text string
	Status     int
}

func problemsOf(doc *openapi3.T) []docProblem {
	var out []docProblem
	codes, _ := doc.Extensions["x-problem-codes"].(map[string]any)
	for code, v := range codes {
		m, _ := v.(map[string]any)
		status, _ := m["status"].(float64)
		text, _ := m["text"].(string)
		out = append(out, docProblem{Code: code, Status: int(status), Text: text})
	}
	slices.SortFunc(out, func(a, b docProblem) int { return cmp.Or(a.Status-b.Status, strings.Compare(a.Code, b.Code)) })
	return out
}
