package routing

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Model is all the routing rules of a workstream.
type Model struct {
	Zone           string    `json:"zone,omitempty" yaml:"zone,omitempty"` // IANA name that Time is read in; '': UTC
	Classification []Ruleset `json:"classification" yaml:"classification"`
	Route          Route     `json:"route" yaml:"route"`
}

// Ruleset classifies: its first rule that matches fires. Rulesets are evaluated
// in order, and later ones see what earlier ones set.
type Ruleset struct {
	Name  string `json:"name" yaml:"name"`
	Rules []Rule `json:"rules" yaml:"rules"`
}

// Rule sets outputs when its condition holds; an empty condition always does.
// Outputs are priority, capacity_profile, skill.<name> and context.<variable>.
type Rule struct {
	Name string           `json:"name" yaml:"name"`
	When string           `json:"when" yaml:"when"`
	Set  map[string]Value `json:"set" yaml:"set"`
}

// Route says which queue a conversation goes to.
type Route struct {
	Rules    []RouteRule `json:"rules" yaml:"rules"`
	Fallback string      `json:"fallback,omitempty" yaml:"fallback,omitempty"` // '': the workstream's
}

// RouteRule sends conversations for which its condition holds to one of its
// queues, each with its share of them.
type RouteRule struct {
	Name   string  `json:"name" yaml:"name"`
	When   string  `json:"when" yaml:"when"`
	Queues []Share `json:"queues" yaml:"queues"`
}

// Share is a queue and how many percent of a rule's conversations it takes.
type Share struct {
	Queue   string `json:"queue" yaml:"queue"`
	Percent int    `json:"percent" yaml:"percent"`
}

// Value is what a rule sets: a text, a number, or an expression, which is
// written {expr: …}.
type Value struct {
	Expr    string
	Literal any // string or float64, if Expr is ''
}

// MarshalJSON writes the value as it is written by people.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Expr != "" {
		return json.Marshal(map[string]string{"expr": v.Expr})
	}
	return json.Marshal(v.Literal)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	var raw any
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	return v.take(raw)
}

// UnmarshalYAML reads what MarshalYAML writes.
func (v *Value) UnmarshalYAML(unmarshal func(any) error) error {
	var raw any
	if err := unmarshal(&raw); err != nil {
		return err
	}
	return v.take(raw)
}

// take accepts anything; what is no value is found by Check, which can say where.
func (v *Value) take(raw any) error {
	*v = Value{Literal: raw}
	switch x := raw.(type) {
	case int:
		v.Literal = float64(x)
	case float64:
		v.Literal = x + 0 // -0 is 0
	case map[string]any:
		v.Literal = nil
		if text, ok := x["expr"].(string); ok && len(x) == 1 {
			v.Expr = text
		}
	}
	return nil
}

// Bounds of what is set.
const (
	DefaultPriority = 100
	MaxPriority     = 1_000_000
	MaxRating       = 100
)

// Bounds of a model: generous, but an evaluation has an end.
const (
	maxRulesets = 100
	maxRules    = 1000
	maxOutputs  = 50
	maxShares   = 100
	maxName     = 100
)

// Mistake is one thing that is wrong with rules. Line and Column are those of
// the expression at Path, or of the file where there is no path; 0: not of a
// place in a text.
type Mistake struct {
	Path   string // classification.0.rules.2.when
	Line   int
	Column int
	Reason string
}

// Error is the mistake in one line.
func (m Mistake) Error() string {
	out := m.Reason
	switch {
	case m.Column > 0:
		out = fmt.Sprintf("line %d, column %d: %s", m.Line, m.Column, out)
	case m.Line > 0:
		out = fmt.Sprintf("line %d: %s", m.Line, out)
	}
	if m.Path != "" {
		out = m.Path + ": " + out
	}
	return out
}

// Output is a name under which a rule sets something.
type output struct{ kind, name string }

const (
	outPriority = "priority"
	outProfile  = "capacity_profile"
	outSkill    = "skill"
	outContext  = "context"
)

var errOutput = errors.New("is no output; outputs are priority, capacity_profile, skill.<name> and context.<variable>")

func parseOutput(key string, vars Variables) (output, error) {
	if key == outPriority || key == outProfile {
		return output{kind: key}, nil
	}
	kind, name, _ := strings.Cut(key, ".")
	switch {
	case kind == outSkill && wrongName(name) == "":
		return output{kind, name}, nil
	case kind == outContext && vars[name] != "":
		return output{kind, name}, nil
	case kind == outContext && name != "":
		return output{}, errors.New("sets a context variable that this workstream does not have")
	}
	return output{}, errOutput
}

// wrongName says what is wrong with a name, or ”.
func wrongName(s string) string {
	switch {
	case strings.TrimSpace(s) == "":
		return "must not be empty"
	case utf8.RuneCountInString(s) > maxName:
		return fmt.Sprintf("must have at most %d characters", maxName)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || !unicode.IsPrint(r) }):
		return "must be one line of printable characters"
	}
	return ""
}

// Queues are all that the rules name, each once, in order.
func (m Model) Queues() []string {
	var out []string
	add := func(q string) {
		if q != "" && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	for _, r := range m.Route.Rules {
		for _, s := range r.Queues {
			add(s.Queue)
		}
	}
	add(m.Route.Fallback)
	return out
}

// Rename returns the model with its queues named as name says. The path is that
// of the queue, for a complaint.
func (m Model) Rename(name func(path, queue string) string) Model {
	rules := slices.Clone(m.Route.Rules)
	for i, r := range rules {
		rules[i].Queues = slices.Clone(r.Queues)
		for j, s := range r.Queues {
			rules[i].Queues[j].Queue = name(fmt.Sprintf("route.rules.%d.queues.%d.queue", i, j), s.Queue)
		}
	}
	m.Route.Rules = rules
	if m.Route.Fallback != "" {
		m.Route.Fallback = name("route.fallback", m.Route.Fallback)
	}
	return m
}
