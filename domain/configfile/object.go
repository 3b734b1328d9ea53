package configfile

import (
	"cmp"
	"slices"
	"strings"
)

// Version is the version of the file's form.
const Version = 1

// ID names a thing. Name begins with the name of the thing in which it is listed.
type ID struct{ Kind, Name string }

// Object is a thing as a file or an installation has it. Its values are texts,
// int64, float64, bool, nil, []any and map[string]any.
type Object struct {
	Kind   *Kind
	Parent string // the name of the thing in which it is listed
	Name   string // the whole name
	Fields map[string]any

	Line  int            // in the file
	Lines map[string]int // of fields and what is in them: "overflow[0].to"
}

// ID is its name among all things.
func (o *Object) ID() ID { return ID{o.Kind.Name, o.Name} }

// LineOf is where in the file something of it stands, or what it is part of.
func (o *Object) LineOf(path string) int {
	for path != "" {
		if line := o.Lines[path]; line > 0 {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return o.Line
}

// NameOf puts the name of a thing together from its fields and the name of the
// thing in which it is listed. What is empty is written *, unless nothing follows.
func NameOf(k *Kind, parent string, fields map[string]any) string {
	if k.Single {
		return k.One
	}
	var parts []string
	if parent != "" {
		parts = append(parts, parent)
	}
	last := len(parts)
	for _, key := range k.Key {
		part, _ := fields[key].(string)
		if part == "" {
			part = "*"
		} else {
			last = len(parts) + 1
		}
		parts = append(parts, part)
	}
	return strings.Join(parts[:max(last, 1)], separator)
}

const separator = " / "

// State is a whole configuration.
type State struct {
	Objects []*Object
	Present map[string]bool // kinds that a file says all about, see Says
	Others  []ID            // what can be named and is not part of the configuration
}

// Find returns a thing or nil.
func (s *State) Find(id ID) *Object {
	for _, o := range s.Objects {
		if o.ID() == id {
			return o
		}
	}
	return nil
}

// Index returns all things by what they are called.
func (s *State) Index() map[ID]*Object {
	out := make(map[ID]*Object, len(s.Objects))
	for _, o := range s.Objects {
		out[o.ID()] = o
	}
	return out
}

// Sort brings things into the order of the file: by kind, then by name.
func (s *State) Sort() {
	order := map[string]int{}
	for i, k := range kinds {
		order[k.Name] = i
	}
	slices.SortStableFunc(s.Objects, func(a, b *Object) int {
		return cmp.Or(cmp.Compare(order[a.Kind.Name], order[b.Kind.Name]), cmp.Compare(a.Name, b.Name))
	})
}

// Twice lists what has the name of another thing of its kind.
func (s *State) Twice() (list []*Object) {
	seen := map[ID]bool{}
	for _, o := range s.Objects {
		if seen[o.ID()] {
			list = append(list, o)
		}
		seen[o.ID()] = true
	}
	return list
}

// Mistake is one thing that is wrong with a file.
type Mistake struct {
	Line   int    // 0: of the file as a whole
	Path   string // "queues[Support].priority"
	Reason string
}

// At is the path of something in a thing.
func (o *Object) At(path string) string {
	name := o.Name
	if o.Parent != "" {
		name = strings.TrimPrefix(name, o.Parent+separator)
	}
	at := o.Kind.Name + "[" + name + "]"
	if o.Kind.Single {
		at = o.Kind.Name
	}
	if o.Parent != "" {
		at = o.Kind.In + "[" + o.Parent + "]." + at
	}
	if path == "" {
		return at
	}
	return at + "." + path
}

// Wrong is a mistake in a thing.
func (o *Object) Wrong(path, reason string) Mistake {
	return Mistake{Line: o.LineOf(path), Path: o.At(path), Reason: reason}
}
