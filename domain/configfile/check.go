package configfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check finds references to things that are neither in the file nor, unless they
// are deleted with it, there already; and fields that cannot change. people are the
// e-mail addresses of those who can be members.
func Check(file, there *State, prune bool, people map[string]bool) []Mistake {
	c := checker{names: map[string]map[string]bool{Agents: people}, known: there.Index()}
	for _, o := range file.Objects {
		c.name(o.ID())
	}
	gone := map[ID]bool{}
	if prune {
		for _, o := range Pruned(file, there) {
			gone[o.ID()] = true
		}
	}
	for _, o := range there.Objects {
		if !gone[o.ID()] {
			c.name(o.ID())
		}
	}
	for _, id := range there.Others {
		c.name(id)
	}
	for _, o := range file.Objects {
		for _, f := range o.Kind.Fields {
			if v, given := o.Fields[f.Name]; given {
				c.value(o, f.Shape, v, f.Name)
				c.fixed(o, f, v)
			}
		}
	}
	return c.wrong[:min(len(c.wrong), maxMistakes)]
}

// Pruned are the things that a file leaves out of what it says all about, what is
// listed in others first.
func Pruned(file, there *State) (list []*Object) {
	there.Sort()
	listed := file.Index()
	gone := map[ID]bool{}
	for _, o := range there.Objects { // those in which others are listed come first
		inGone := o.Kind.In != "" && gone[ID{o.Kind.In, o.Parent}]
		if listed[o.ID()] == nil && !o.Kind.Single && (inGone || file.Says(o.Kind, o.Parent)) {
			gone[o.ID()] = true
			list = append(list, o)
		}
	}
	slices.Reverse(list)
	return list
}

type checker struct {
	names map[string]map[string]bool
	known map[ID]*Object
	wrong []Mistake
}

func (c *checker) name(id ID) {
	if c.names[id.Kind] == nil {
		c.names[id.Kind] = map[string]bool{}
	}
	c.names[id.Kind][id.Name] = true
}

func (c *checker) value(o *Object, s Shape, v any, path string) {
	switch x := v.(type) {
	case string:
		if s.Ref != "" && !c.names[s.Ref][x] {
			c.wrong = append(c.wrong, o.Wrong(path, c.missing(s.Ref, x)))
		}
	case []any:
		for i, part := range x {
			if s.Of != nil {
				c.value(o, *s.Of, part, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(x)) {
			c.value(o, partOf(s, name), x[name], path+"."+name)
		}
	}
}

func partOf(s Shape, name string) Shape {
	for _, f := range s.Fields {
		if f.Name == name {
			return f.Shape
		}
	}
	if s.Of != nil {
		return *s.Of
	}
	return Shape{Type: Any}
}

// missing says that a name leads nowhere, and which are meant perhaps.
func (c *checker) missing(kind, name string) string {
	if kind == Agents {
		return fmt.Sprintf("names %q, who is nobody here; add this person first, or take the address out", name)
	}
	reason := fmt.Sprintf("names the %s %q, which is neither in the file nor here", KindOf(kind).One, name)
	for _, other := range slices.Sorted(maps.Keys(c.names[kind])) {
		if strings.EqualFold(strings.TrimSpace(other), strings.TrimSpace(name)) {
			return reason + fmt.Sprintf("; there is %q", other)
		}
	}
	return reason + "; add it to " + kind + ", or change the name"
}

func (c *checker) fixed(o *Object, f Field, v any) {
	was := c.known[o.ID()]
	if f.Fixed && was != nil && was.Fields[f.Name] != v {
		c.wrong = append(c.wrong, o.Wrong(f.Name, fmt.Sprintf("cannot be changed once the %s is there; it is %v. "+
			"Add another one under another name", o.Kind.One, was.Fields[f.Name])))
	}
}
