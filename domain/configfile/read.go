package configfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxMistakes is how many are told at once.
const maxMistakes = 100

// Read reads a file strictly: what is not known, given twice or of another type is
// a mistake. Whether names lead to anything is for Check.
func Read(data []byte) (*State, []Mistake) {
	if !utf8.Valid(data) {
		return nil, []Mistake{{Reason: "The file is not UTF-8; save it as UTF-8."}}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, []Mistake{{Reason: "The file is empty."}}
	} else if err != nil {
		return nil, []Mistake{notYAML(err)}
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, []Mistake{{Line: more.Line, Reason: "The file has more than one document; apply them one by one."}}
	}
	r := &reader{state: &State{Present: map[string]bool{}}}
	r.file(doc.Content[0])
	if len(r.wrong) > 0 {
		return nil, r.wrong[:min(len(r.wrong), maxMistakes)]
	}
	r.state.Sort()
	for _, o := range r.state.Twice() {
		r.wrong = append(r.wrong, o.Wrong("", "is listed twice; names must be different"))
	}
	return r.state, r.wrong
}

var lineOf = regexp.MustCompile(`line (\d+)`)

func notYAML(err error) Mistake {
	m := Mistake{Reason: "This is not valid YAML: check indentation, colons and quotes here."}
	if n := lineOf.FindStringSubmatch(err.Error()); n != nil {
		m.Line, _ = strconv.Atoi(n[1])
	}
	return m
}

type reader struct {
	state *State
	wrong []Mistake
}

func (r *reader) add(n *yaml.Node, path, reason string) {
	r.wrong = append(r.wrong, Mistake{Line: n.Line, Path: path, Reason: reason})
}

// pairs calls f for the entries of a mapping, each key once.
func (r *reader) pairs(n *yaml.Node, path string, f func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.add(n, path, "must be fields, each on a line of its own as name: value")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		switch {
		case key.Kind != yaml.ScalarNode:
			r.add(key, path, "must have texts as names of fields")
		case seen[key.Value]:
			r.add(key, at, "is given twice; keep one of them")
		case value.Kind == yaml.AliasNode || value.Anchor != "":
			r.add(value, at, "uses an anchor or alias; write the value out")
		default:
			f(key, value)
		}
		seen[key.Value] = true
	}
}

func (r *reader) file(n *yaml.Node) {
	versioned := false
	r.pairs(n, "", func(key, value *yaml.Node) {
		if key.Value == "version" {
			versioned = true
			if value.Value != strconv.Itoa(Version) {
				r.add(value, "version", fmt.Sprintf("must be %d, the form of the file that this installation reads", Version))
			}
			return
		}
		k := KindOf(key.Value)
		if k == nil || k.In != "" {
			r.add(key, key.Value, "is not known; there are "+names(within("")))
			return
		}
		r.section(k, nil, value)
	})
	if !versioned {
		r.wrong = append(r.wrong, Mistake{Line: n.Line, Path: "version", Reason: fmt.Sprintf("must be given: version: %d", Version)})
	}
}

func names(list []*Kind) string {
	var out []string
	for _, k := range list {
		out = append(out, k.Name)
	}
	return strings.Join(out, ", ")
}

// section reads the things of a kind.
func (r *reader) section(k *Kind, in *Object, n *yaml.Node) {
	r.state.Present[presentIn(k, in)] = true
	path := k.Name
	if in != nil {
		path = in.At(k.Name)
	}
	switch {
	case k.Single:
		r.object(k, in, n, path)
	case n.Kind != yaml.SequenceNode:
		r.add(n, path, "must be a list, with - before each entry; [] is none")
	default:
		for i, item := range n.Content {
			r.object(k, in, item, fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

func presentIn(k *Kind, in *Object) string {
	if in == nil {
		return k.Name
	}
	return k.Name + "\x00" + in.Name
}

// Says reports whether a file says all about the things of a kind.
func (s *State) Says(k *Kind, parent string) bool {
	if k.In == "" {
		return s.Present[k.Name]
	}
	return s.Present[k.Name+"\x00"+parent]
}

func (r *reader) object(k *Kind, in *Object, n *yaml.Node, path string) {
	o := &Object{Kind: k, Fields: map[string]any{}, Line: n.Line, Lines: map[string]int{}}
	if in != nil {
		o.Parent = in.Name
	}
	inner := map[*Kind]*yaml.Node{}
	mistakes := len(r.wrong)
	r.pairs(n, path, func(key, value *yaml.Node) {
		if f := k.Field(key.Value); f != nil {
			v := &values{reader: r, lines: o.Lines, base: path}
			o.Fields[f.Name] = v.read(f.Shape, value, f.Name)
			return
		}
		if sub := KindOf(key.Value); sub != nil && sub.In == k.Name {
			inner[sub] = value
			return
		}
		r.add(key, path+"."+key.Value, "is not known; there are "+fieldsOf(k))
	})
	for _, key := range k.Key {
		if f := k.Field(key); f.Type == Text && f.Ref == "" && o.Fields[key] == nil && !mayLack(k, key) && len(r.wrong) == mistakes {
			r.add(n, path+"."+key, "must be given; it is the name under which this is known")
		}
	}
	o.Name = NameOf(k, o.Parent, o.Fields)
	r.state.Objects = append(r.state.Objects, o)
	for _, sub := range within(k.Name) {
		if value := inner[sub]; value != nil {
			r.section(sub, o, value)
		}
	}
}

// mayLack: the part of the name may be empty.
func mayLack(k *Kind, key string) bool {
	return k.Name == Addresses && key == "address" || k.Name == Automated && key == "channel"
}

func fieldsOf(k *Kind) string {
	var out []string
	for _, f := range k.Fields {
		out = append(out, f.Name)
	}
	for _, sub := range within(k.Name) {
		out = append(out, sub.Name)
	}
	return strings.Join(out, ", ")
}
