package configfile

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// values reads the value of a field and takes note of the lines.
type values struct {
	*reader
	lines map[string]int
	base  string // path of the thing
}

func (v *values) bad(n *yaml.Node, path, reason string) any {
	v.add(n, v.base+"."+path, reason)
	return nil
}

func (v *values) read(s Shape, n *yaml.Node, path string) any {
	v.lines[path] = n.Line
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return v.bad(n, path, "uses an anchor or alias; write the value out")
	}
	if n.Tag == "!!null" && s.Type != Any {
		if s.Null {
			return nil
		}
		return v.bad(n, path, "must not be empty or null; leave the field out to keep what there is"+emptyForm(s))
	}
	switch s.Type {
	case Text, Number, Bool:
		return v.scalar(s, n, path)
	case List:
		return v.list(s, n, path)
	case Map:
		out := map[string]any{}
		v.pairs(n, v.base+"."+path, func(key, value *yaml.Node) { out[key.Value] = v.read(*s.Of, value, path+"."+key.Value) })
		return out
	case Struct:
		return v.fields(s, n, path)
	}
	return v.any(n, path)
}

func emptyForm(s Shape) string {
	switch s.Type {
	case Text:
		return `, or write "" for an empty text`
	case List:
		return ", or write [] for none"
	case Map:
		return ", or write {} for none"
	}
	return ""
}

func (v *values) scalar(s Shape, n *yaml.Node, path string) any {
	if n.Kind != yaml.ScalarNode {
		return v.bad(n, path, "must be "+kindOfValue(s))
	}
	switch s.Type {
	case Text:
		if n.Tag != "!!str" && n.Tag != "!!timestamp" {
			return v.bad(n, path, "must be a text; put it in quotes")
		}
		return n.Value
	case Number:
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if n.Tag != "!!int" || err != nil {
			return v.bad(n, path, "must be a whole number")
		}
		return i
	}
	if n.Tag != "!!bool" {
		return v.bad(n, path, "must be true or false")
	}
	return strings.EqualFold(n.Value, "true")
}

func kindOfValue(s Shape) string {
	return map[Type]string{Text: "a text", Number: "a whole number", Bool: "true or false"}[s.Type]
}

func (v *values) list(s Shape, n *yaml.Node, path string) any {
	if n.Kind != yaml.SequenceNode {
		return v.bad(n, path, "must be a list, with - before each entry; [] is none")
	}
	out := make([]any, 0, len(n.Content))
	for i, part := range n.Content {
		out = append(out, v.read(*s.Of, part, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

func (v *values) fields(s Shape, n *yaml.Node, path string) any {
	out := map[string]any{}
	v.pairs(n, v.base+"."+path, func(key, value *yaml.Node) {
		for _, f := range s.Fields {
			if f.Name == key.Value {
				out[f.Name] = v.read(f.Shape, value, path+"."+f.Name)
				return
			}
		}
		var known []string
		for _, f := range s.Fields {
			known = append(known, f.Name)
		}
		v.add(key, v.base+"."+path+"."+key.Value, "is not known; there are "+strings.Join(known, ", "))
	})
	return Normal(s, out)
}

// any reads what may be anything that JSON has.
func (v *values) any(n *yaml.Node, path string) any {
	switch n.Kind {
	case yaml.SequenceNode:
		return v.list(Shape{Of: &Shape{Type: Any}}, n, path)
	case yaml.MappingNode:
		return v.read(Shape{Type: Map, Of: &Shape{Type: Any}}, n, path)
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return i
		}
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && f-f == 0 {
			return number64(f)
		}
	case "!!str", "!!timestamp":
		return n.Value
	}
	return v.bad(n, path, "must be a text, a decimal number, true, false, null, a list or fields")
}

// number64 is a number that has no fraction as int64.
func number64(f float64) any {
	if i := int64(f); float64(i) == f && i > -1<<53 && i < 1<<53 {
		return i
	}
	return f
}

// Normal is a value as it is compared: what a Struct leaves out where it says
// nothing is left out, and numbers without a fraction are int64.
func Normal(s Shape, v any) any {
	switch s.Type {
	case List:
		list, _ := v.([]any)
		if list == nil && !s.Null {
			return []any{}
		}
		if list == nil {
			return nil
		}
		out := make([]any, len(list))
		for i, part := range list {
			out[i] = Normal(*s.Of, part)
		}
		return out
	case Map:
		m, _ := v.(map[string]any)
		if m == nil && s.Null {
			return nil
		}
		out := map[string]any{}
		for name, part := range m {
			out[name] = Normal(*s.Of, part)
		}
		return out
	case Struct:
		return normalFields(s, v)
	}
	return normalAny(v)
}

func normalFields(s Shape, v any) any {
	m, _ := v.(map[string]any)
	if m == nil && s.Null {
		return nil
	}
	out := map[string]any{}
	for _, f := range s.Fields {
		part, given := m[f.Name]
		if !given || f.Absent && saysNothing(part) {
			continue
		}
		out[f.Name] = Normal(f.Shape, part)
	}
	return out
}

func saysNothing(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case bool:
		return !x
	case int64:
		return x == 0
	case float64:
		return x == 0
	case []any:
		return len(x) == 0
	case map[string]any:
		return len(x) == 0
	}
	return false
}

func normalAny(v any) any {
	switch x := v.(type) {
	case float64:
		return number64(x)
	case []any:
		out := make([]any, len(x))
		for i, part := range x {
			out[i] = normalAny(part)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, part := range x {
			out[name] = normalAny(part)
		}
		return out
	}
	return v
}
