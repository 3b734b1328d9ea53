package configfile

import "fmt"

// Names turns an id of a thing of a kind into its name, and IDs the other way round.
type (
	Names func(kind, id string) (string, bool)
	IDs   func(kind, name string) (string, bool)
)

// FromAPI is a value of the API as the file has it.
func FromAPI(s Shape, v any, names Names) (any, error) {
	if v == nil {
		return Normal(s, nil), nil
	}
	switch s.Type {
	case Text:
		return refTo(s, v, names)
	case List:
		list, _ := v.([]any)
		out := make([]any, len(list))
		for i, part := range list {
			var err error
			if out[i], err = FromAPI(*s.Of, part, names); err != nil {
				return nil, err
			}
		}
		return out, nil
	case Struct:
		return structFrom(s, v, names)
	case Map:
		m, _ := v.(map[string]any)
		out := map[string]any{}
		for name, part := range m {
			var err error
			if out[name], err = FromAPI(*s.Of, part, names); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return Normal(s, v), nil
}

// refTo is the name of what an id of the API says; one of nothing stays as it is.
func refTo(s Shape, v any, names Names) (any, error) {
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%v is no text", v)
	}
	if s.Ref == "" || text == "" {
		return text, nil
	}
	if name, known := names(s.Ref, text); known {
		return name, nil
	}
	return text, nil
}

func structFrom(s Shape, v any, names Names) (any, error) {
	m, _ := v.(map[string]any)
	out := map[string]any{}
	for _, f := range s.Fields {
		part, given := m[f.JSONName()]
		if !given {
			continue
		}
		var err error
		if out[f.Name], err = FromAPI(f.Shape, part, names); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return Normal(s, out), nil
}

// ToAPI is a value of the file as the API takes it. Names that lead nowhere stay
// as they are: Check has told of them.
func ToAPI(s Shape, v any, ids IDs) any {
	if v == nil {
		return nil
	}
	switch x := v.(type) {
	case string:
		if s.Ref != "" {
			if id, known := ids(s.Ref, x); known {
				return id
			}
		}
		return x
	case []any:
		if s.Of == nil {
			return x
		}
		out := make([]any, len(x))
		for i, part := range x {
			out[i] = ToAPI(*s.Of, part, ids)
		}
		return out
	case map[string]any:
		return mapTo(s, x, ids)
	}
	return v
}

func mapTo(s Shape, m map[string]any, ids IDs) any {
	out := map[string]any{}
	if s.Type == Struct {
		for _, f := range s.Fields {
			if part, given := m[f.Name]; given {
				out[f.JSONName()] = ToAPI(f.Shape, part, ids)
			}
		}
		return out
	}
	for name, part := range m {
		if s.Of == nil {
			out[name] = part
			continue
		}
		out[name] = ToAPI(*s.Of, part, ids)
	}
	return out
}
