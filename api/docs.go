package api

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

//go:embed openapi.yaml
var openapiYAML []byte

//go:embed docs.html
var docsTemplate string

// docs is the contract and the page to read it, made once.
type docs struct {
	page   []byte
	query  map[string][]string         // parameters of the query, by method and path
	bodies map[string]*openapi3.Schema // and of JSON bodies
}

// Contract returns the parsed OpenAPI contract.
func Contract() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return doc, nil
}

func newDocs() (*docs, error) {
	doc, err := Contract()
	if err != nil {
		return nil, err
	}
	tmpl, err := template.New("docs").Parse(docsTemplate)
	if err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	var page bytes.Buffer
	if err := tmpl.Execute(&page, pageOfContract(doc)); err != nil {
		return nil, fmt.Errorf("docs: %w", err)
	}
	return &docs{page: page.Bytes(), query: queryParameters(doc), bodies: bodySchemas(doc)}, nil
}

func (s *server) contract(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/yaml", openapiYAML)
}

func (s *server) readDocs(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return c.HTMLBlob(http.StatusOK, s.docs.page)
}

type docPage struct {
	Title      string
	Paragraphs []string
	Groups     []docGroup
	Schemas    []docSchema
	Problems   []docProblem
}

type docGroup struct {
	Name, Text string
	Operations []docOperation
}

type docOperation struct {
	ID, Method, Path, Summary, Access string
	Text                              []string
	Parameters                        []docField
	Bodies                            []docBody
	Responses                         []docResponse
}

type docBody struct {
	Type    string
	Schema  docType
	Example string
}

type docResponse struct {
	Status, Text string
	Bodies       []docBody
}

type docSchema struct {
	Name, Text, Example string
	Fields              []docField
	Type                docType
}

type docField struct {
	Name, In, Text string
	Required       bool
	Type           docType
}

// docType is how a schema is called; Ref names the one to link to.
type docType struct{ Text, Ref string }

type docProblem struct {
	Code, Text string
	Status     int
}

func pageOfContract(doc *openapi3.T) docPage {
	page := docPage{Title: doc.Info.Title, Paragraphs: paragraphs(doc.Info.Description)}
	byTag := map[string][]docOperation{}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for method, op := range item.Operations() {
			byTag[op.Tags[0]] = append(byTag[op.Tags[0]], operation(path, method, item, op))
		}
	}
	order := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	for _, t := range doc.Tags {
		ops := byTag[t.Name]
		slices.SortFunc(ops, func(a, b docOperation) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), slices.Index(order, a.Method)-slices.Index(order, b.Method))
		})
		page.Groups = append(page.Groups, docGroup{Name: t.Name, Text: t.Description, Operations: ops})
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		page.Schemas = append(page.Schemas, schemaOf(name, doc.Components.Schemas[name]))
	}
	page.Problems = problemsOf(doc)
	return page
}

func operation(path, method string, item *openapi3.PathItem, op *openapi3.Operation) docOperation {
	out := docOperation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Text: paragraphs(op.Description)}
	out.Access, _ = op.Extensions["x-access"].(string)
	for _, p := range append(slices.Clone(item.Parameters), op.Parameters...) {
		out.Parameters = append(out.Parameters, docField{Name: p.Value.Name, In: p.Value.In, Text: p.Value.Description, Required: p.Value.Required, Type: typeOf(p.Value.Schema)})
	}
	if op.RequestBody != nil {
		out.Bodies = bodies(op.RequestBody.Value.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
		r := op.Responses.Value(status).Value
		doc := docResponse{Status: status, Bodies: bodies(r.Content)}
		if r.Description != nil {
			doc.Text = *r.Description
		}
		out.Responses = append(out.Responses, doc)
	}
	return out
}

func bodies(content openapi3.Content) []docBody {
	var out []docBody
	for _, typ := range slices.Sorted(maps.Keys(content)) {
		m := content[typ]
		b := docBody{Type: typ, Schema: typeOf(m.Schema)}
		if m.Example != nil {
			b.Example = pretty(m.Example)
		}
		out = append(out, b)
	}
	return out
}

func schemaOf(name string, ref *openapi3.SchemaRef) docSchema {
	s := ref.Value
	out := docSchema{Name: name, Text: s.Description, Type: typeOf(&openapi3.SchemaRef{Value: s})}
	if s.Example != nil && len(s.Properties) > 0 {
		out.Example = pretty(s.Example)
	}
	// In the order of "required", which is the order of the answer; the rest by name.
	names := slices.Sorted(maps.Keys(s.Properties))
	slices.SortStableFunc(names, func(a, b string) int {
		return place(s.Required, a) - place(s.Required, b)
	})
	for _, n := range names {
		p := s.Properties[n]
		out.Fields = append(out.Fields, docField{Name: n, Text: p.Value.Description, Required: slices.Contains(s.Required, n), Type: typeOf(p)})
	}
	return out
}

func place(names []string, name string) int {
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	return len(names)
}

func typeOf(ref *openapi3.SchemaRef) docType {
	if ref == nil || ref.Value == nil {
		return docType{Text: "any"}
	}
	s := ref.Value
	if name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		return docType{Text: name, Ref: name}
	}
	t := docType{Text: "any"}
	switch {
	case len(s.AllOf) == 1:
		t = typeOf(s.AllOf[0])
	case s.Type.Is("array"):
		t = typeOf(s.Items)
		t.Text = "list of " + t.Text
	case s.Type.Is("object") && s.AdditionalProperties.Schema != nil:
		t = typeOf(s.AdditionalProperties.Schema)
		t.Text = "map of " + t.Text
	case s.Type.Is("object") && len(s.Properties) > 0:
		t.Text = "{ " + strings.Join(inOrder(s), ", ") + " }"
	case s.Type != nil && len(s.Type.Slice()) > 0:
		t.Text = s.Type.Slice()[0]
	}
	if s.Format != "" {
		t.Text = s.Format
	}
	if len(s.Enum) > 0 && !s.Type.Is("boolean") {
		t.Text = enumText(s.Enum)
	}
	if s.Nullable && len(s.Enum) == 0 {
		t.Text += " or null"
	}
	return t
}

func inOrder(s *openapi3.Schema) []string {
	names := slices.Sorted(maps.Keys(s.Properties))
	slices.SortStableFunc(names, func(a, b string) int { return place(s.Required, a) - place(s.Required, b) })
	return names
}

func enumText(values []any) string {
	var out []string
	for _, v := range values {
		if v == nil {
			v = "null"
		}
		out = append(out, fmt.Sprint(v))
	}
	return strings.Join(out, " | ")
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

// paragraphs splits a description; its few marks (backquotes, stars) are left as
// they are written.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if p = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(p), "**", ""), "`", ""); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func pretty(v any) string {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
