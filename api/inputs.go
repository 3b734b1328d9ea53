package api

import (
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// inputs are what requests may have, by method and path.
type inputs struct {
	query  map[string][]string         // names of parameters
	bodies map[string]*openapi3.Schema // of JSON bodies
}

// contractInputs are those that the contract names.
var contractInputs = sync.OnceValues(func() (inputs, error) {
	doc, err := Contract()
	if err != nil {
		return inputs{}, err
	}
	return inputs{query: queryParameters(doc), bodies: bodySchemas(doc)}, nil
})

// queryParameters are those that the contract names, by method and path.
func queryParameters(doc *openapi3.T) map[string][]string {
	out := map[string][]string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for _, list := range []openapi3.Parameters{item.Parameters, op.Parameters} {
				for _, p := range list {
					if p.Value.In == openapi3.ParameterInQuery {
						out[method+" "+path] = append(out[method+" "+path], p.Value.Name)
					}
				}
			}
		}
	}
	return out
}

// bodySchemas are those of JSON bodies, by method and path.
func bodySchemas(doc *openapi3.T) map[string]*openapi3.Schema {
	out := map[string]*openapi3.Schema{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.RequestBody == nil || op.RequestBody.Value.Content["application/json"] == nil ||
				op.RequestBody.Value.Content["application/json"].Schema == nil {
				continue
			}
			out[method+" "+path] = op.RequestBody.Value.Content["application/json"].Schema.Value
		}
	}
	return out
}
