package routing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is what a rules file says: a workstream's rules, and the overflow rules of
// the queues that they lead to. Of a queue that it does not list it says nothing.
// With it come the context variables of the workstream, by type, and the skills
// that the rules ask for, by kind: what is missing elsewhere is made.
type File struct {
	Model     `yaml:",inline"`
	Variables map[string]Type       `json:"variables,omitempty" yaml:"variables,omitempty"`
	Skills    map[string]string     `json:"skills,omitempty" yaml:"skills,omitempty"`
	Overflow  map[string][]Overflow `json:"overflow,omitempty" yaml:"overflow,omitempty"`
}

// Queues are all that the file names, each once.
func (f File) Queues() []string {
	out := f.Model.Queues()
	for _, queue := range slices.Sorted(maps.Keys(f.Overflow)) {
		out = append(out, queue)
		for _, o := range f.Overflow[queue] {
			if o.To != "" {
				out = append(out, o.To)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Rename returns the file with its queues named as name says.
func (f File) Rename(name func(path, queue string) string) File {
	out := File{Model: f.Model.Rename(name), Variables: f.Variables, Skills: f.Skills}
	if f.Overflow != nil {
		out.Overflow = map[string][]Overflow{}
	}
	for queue, list := range f.Overflow {
		list = slices.Clone(list)
		for i, o := range list {
			if o.To != "" {
				list[i].To = name(fmt.Sprintf("overflow.%s.%d.to", queue, i), o.To)
			}
		}
		out.Overflow[name("overflow."+queue, queue)] = list
	}
	return out
}

// Export writes a file that people read, keep and compare. The same rules give
// the same bytes.
func Export(f File) ([]byte, error) {
	f.Model = f.normal()
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Import reads what Export wrote, or the same in JSON. It is strict: one
// document, no field that is not known. What it says is not checked: see Compile.
func Import(data []byte) (File, *Mistake) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var f File
	if err := dec.Decode(&f); errors.Is(err, io.EOF) {
		return File{}, &Mistake{Reason: "The file is empty."}
	} else if err != nil {
		return File{}, fileMistake(err)
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return File{}, &Mistake{Reason: "The file has more than one document."}
	}
	f.Model = f.normal()
	return f, nil
}

var (
	lineOf  = regexp.MustCompile(`line (\d+)`)
	unknown = regexp.MustCompile(`field (\S+) not found`)
	twice   = regexp.MustCompile(`already (defined|set)`)
)

// fileMistake says in words of ours where a file is wrong and how.
func fileMistake(err error) *Mistake {
	text := err.Error()
	m := &Mistake{Reason: "The file is not valid YAML."}
	var typ *yaml.TypeError
	if errors.As(err, &typ) && len(typ.Errors) > 0 {
		text = typ.Errors[0]
		m.Reason = "A value does not fit here."
		if name := unknown.FindStringSubmatch(text); name != nil {
			m.Reason = "There is no field " + strconv.Quote(name[1]) + " here."
		} else if twice.MatchString(text) {
			m.Reason = "A field is given twice."
		}
	}
	if n := lineOf.FindStringSubmatch(text); n != nil {
		m.Line, _ = strconv.Atoi(n[1])
	}
	return m
}

// normal tells no empty list from none.
func (m Model) normal() Model {
	sets := make([]Ruleset, 0, len(m.Classification))
	for _, s := range m.Classification {
		rules := make([]Rule, 0, len(s.Rules))
		for _, r := range s.Rules {
			if r.Set == nil {
				r.Set = map[string]Value{}
			}
			rules = append(rules, r)
		}
		s.Rules = rules
		sets = append(sets, s)
	}
	m.Classification = sets
	rules := make([]RouteRule, 0, len(m.Route.Rules))
	for _, r := range m.Route.Rules {
		if r.Queues == nil {
			r.Queues = []Share{}
		}
		rules = append(rules, r)
	}
	m.Route.Rules = rules
	return m
}

// Normal returns the model with empty lists in place of missing ones, which is
// how it is stored and answered.
func (m Model) Normal() Model { return m.normal() }

// MarshalYAML writes the rule with its condition in a style that keeps it.
func (r Rule) MarshalYAML() (any, error) {
	return struct {
		Name string           `yaml:"name"`
		When any              `yaml:"when"`
		Set  map[string]Value `yaml:"set"`
	}{r.Name, textForm(r.When), r.Set}, nil
}

// MarshalYAML writes the rule with its condition in a style that keeps it.
func (r RouteRule) MarshalYAML() (any, error) {
	return struct {
		Name   string  `yaml:"name"`
		When   any     `yaml:"when"`
		Queues []Share `yaml:"queues"`
	}{r.Name, textForm(r.When), r.Queues}, nil
}

// MarshalYAML writes the value as it is written by people.
func (v Value) MarshalYAML() (any, error) {
	if v.Expr != "" {
		return map[string]any{"expr": textForm(v.Expr)}, nil
	}
	if s, ok := v.Literal.(string); ok {
		return textForm(s), nil
	}
	return v.Literal, nil
}

var plainLines = regexp.MustCompile(`^(\S([^\n]*\S)?\n)*\S([^\n]*\S)?\n?$`)

// textForm quotes texts of several lines whose blanks the library's block style
// would lose or could not read again.
func textForm(s string) any {
	if !strings.ContainsAny(s, "\n\t") || plainLines.MatchString(s) && !strings.Contains(s, "\t") {
		return s
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: s}
}
