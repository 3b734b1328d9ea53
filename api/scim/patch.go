package scim

import (
	"strings"

	filter "github.com/scim2/filter-parser/v2"
)

// operation is one step of a PATCH (RFC 7644, section 3.5.2), in the dialects of Entra
// and Okta: names of operations in capitals, truth as text, objects instead of paths.
type operation struct {
	op    string      // add, remove, replace
	path  string      // in lower case, with its part; "": value says which
	where []condition // which of several values; nil: all
	value any
}

const mostOperations = 1000

func operationsOf(body object) ([]operation, error) {
	raw, ok := field(body, "operations").([]any)
	if !ok || len(raw) == 0 {
		return nil, refuse("invalidSyntax", "Operations must be a list that is not empty.")
	}
	if len(raw) > mostOperations {
		return nil, refuse("tooMany", "There are too many operations.")
	}
	var out []operation
	for _, v := range raw {
		fields, ok := v.(object)
		if !ok {
			return nil, refuse("invalidSyntax", "An operation must be an object.")
		}
		op, _ := field(fields, "op").(string)
		o := operation{op: strings.ToLower(op), value: field(fields, "value")}
		if o.op != "add" && o.op != "remove" && o.op != "replace" {
			return nil, refuse("invalidSyntax", "op must be add, remove or replace.")
		}
		path, _ := field(fields, "path").(string)
		parts, err := o.at(path)
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return out, nil
}

// at is the operation with its path. Without one its value is an object of paths.
func (o operation) at(path string) ([]operation, error) {
	if path == "" {
		fields, ok := o.value.(object)
		if !ok {
			return nil, refuse("noTarget", "An operation needs a path, or an object as its value.")
		}
		var out []operation
		for name, v := range fields {
			if one, err := (operation{op: o.op, value: v}).at(name); err == nil && name != "" { // else it is no attribute
				out = append(out, one...)
			}
		}
		return out, nil
	}
	if at := strings.LastIndexByte(path, ':'); strings.HasPrefix(strings.ToLower(path), "urn:") && at >= 0 {
		if !strings.HasPrefix(strings.ToLower(path), strings.ToLower(schemaPrefix)) {
			return nil, nil // of an extension, of which nothing is kept
		}
		path = path[at+1:]
	}
	p, err := filter.ParsePath([]byte(path))
	if err != nil {
		return nil, refuse("invalidPath", "A path cannot be read.")
	}
	o.path = attributeOf(p.AttributePath)
	if p.SubAttribute != nil {
		o.path += "." + strings.ToLower(*p.SubAttribute)
	}
	if p.ValueExpression != nil {
		if o.where, err = anyOf(p.ValueExpression); err != nil {
			return nil, err
		}
	}
	return []operation{o}, nil
}

// anyOf are the comparisons of a value filter, joined by and or by or: which it is makes
// no difference to the values that there are here.
func anyOf(e filter.Expression) ([]condition, error) {
	if l, ok := e.(*filter.LogicalExpression); ok {
		left, err := anyOf(l.Left)
		if err != nil {
			return nil, err
		}
		right, err := anyOf(l.Right)
		return append(left, right...), err
	}
	return conditionsOf(e)
}

// field is a field of an object whose name is written in whatever case.
func field(o object, name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	for n, v := range o {
		if strings.EqualFold(n, name) {
			return v
		}
	}
	return nil
}

// boolean reads truth, which Entra writes as text.
func boolean(v any) (*bool, error) {
	b, ok := v.(bool)
	if s, isText := v.(string); isText {
		ok = strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
		b = strings.EqualFold(s, "true")
	}
	if !ok {
		return nil, refuse("invalidValue", "active must be true or false.")
	}
	return &b, nil
}
