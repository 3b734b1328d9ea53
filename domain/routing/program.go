package routing

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Program is a model that was compiled once, for many decisions. It can be used
// by several goroutines.
type Program struct {
	vars     Variables
	rulesets []rulesetProgram
	route    []routeProgram
	fallback string
}

type condition struct {
	always bool
	run    *vm.Program
	wrong  *Mistake // it does not compile: the rule fails whenever it is tried
}

type rulesetProgram struct {
	name  string
	rules []ruleProgram
}

type ruleProgram struct {
	name string
	when condition
	sets []setter
}

// setter sets one output, to a constant or to what an expression gives.
type setter struct {
	key string
	output
	constant any
	run      *vm.Program
	wrong    *Mistake
}

type routeProgram struct {
	name   string
	when   condition
	shares []Share
}

// Compile compiles a model and lists all that is wrong with it. A model with
// mistakes must not be saved; one that was saved and has mistakes since, because
// what it uses is gone, still decides: its broken rules fail, one by one.
func Compile(m Model, vars Variables) (*Program, []Mistake) {
	c := compiler{env: vars.types(), vars: vars}
	p := &Program{vars: maps.Clone(vars), fallback: m.Route.Fallback}
	c.bound("classification", len(m.Classification), maxRulesets)
	names := map[string]bool{}
	for i, set := range m.Classification {
		path := fmt.Sprintf("classification.%d", i)
		c.name(path+".name", set.Name, names)
		p.rulesets = append(p.rulesets, c.ruleset(path, set))
	}
	c.bound("route.rules", len(m.Route.Rules), maxRules)
	names = map[string]bool{}
	for i, r := range m.Route.Rules {
		path := fmt.Sprintf("route.rules.%d", i)
		c.name(path+".name", r.Name, names)
		c.shares(path+".queues", r.Queues)
		p.route = append(p.route, routeProgram{name: r.Name, when: c.condition(path+".when", r.When), shares: slices.Clone(r.Queues)})
	}
	if m.Route.Fallback != "" {
		c.line("route.fallback", m.Route.Fallback)
	}
	if m.Zone != "" {
		c.line("zone", m.Zone)
	}
	return p, c.mistakes
}

type compiler struct {
	env      types.Map
	vars     Variables
	mistakes []Mistake
}

func (c *compiler) add(path, reason string) {
	c.mistakes = append(c.mistakes, Mistake{Path: path, Reason: reason})
}

func (c *compiler) bound(path string, n, most int) {
	if n > most {
		c.add(path, fmt.Sprintf("are more than %d", most))
	}
}

func (c *compiler) line(path, s string) {
	if reason := wrongName(s); reason != "" {
		c.add(path, reason)
	}
}

// name wants a name that no other in the list has: an explanation names rules.
func (c *compiler) name(path, s string, taken map[string]bool) {
	c.line(path, s)
	if taken[s] {
		c.add(path, "is the name of another one of this list")
	}
	taken[s] = true
}

func (c *compiler) ruleset(path string, set Ruleset) rulesetProgram {
	out := rulesetProgram{name: set.Name}
	c.bound(path+".rules", len(set.Rules), maxRules)
	names := map[string]bool{}
	for i, r := range set.Rules {
		path := fmt.Sprintf("%s.rules.%d", path, i)
		c.name(path+".name", r.Name, names)
		c.bound(path+".set", len(r.Set), maxOutputs)
		p := ruleProgram{name: r.Name, when: c.condition(path+".when", r.When)}
		for _, key := range slices.Sorted(maps.Keys(r.Set)) {
			p.sets = append(p.sets, c.setter(path+".set."+key, key, r.Set[key]))
		}
		out.rules = append(out.rules, p)
	}
	return out
}

func (c *compiler) condition(path, source string) condition {
	if strings.TrimSpace(source) == "" {
		c.source(path, source)
		return condition{always: true}
	}
	run, wrong := c.expression(path, source, reflect.Bool)
	return condition{run: run, wrong: wrong}
}

func (c *compiler) expression(path, source string, kind reflect.Kind) (*vm.Program, *Mistake) {
	run, wrong := compile(source, c.env, kind)
	if wrong != nil {
		wrong.Path = path
		c.mistakes = append(c.mistakes, *wrong)
		return nil, wrong
	}
	c.source(path, source)
	return run, nil
}

// source wants an expression that a file keeps as it is.
func (c *compiler) source(path, s string) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }) {
		c.add(path, "must have printable characters, tabs and line feeds only")
	}
}

func (c *compiler) setter(path, key string, v Value) setter {
	s := setter{key: key}
	fail := func(reason string) setter {
		s.wrong = &Mistake{Path: path, Reason: reason}
		c.mistakes = append(c.mistakes, *s.wrong)
		return s
	}
	out, err := parseOutput(key, c.vars)
	if err != nil {
		return fail(err.Error())
	}
	s.output = out
	kind := reflect.Float64
	if out.isText(c.vars) {
		kind = reflect.String
	}
	if v.Expr != "" {
		s.run, s.wrong = c.expression(path, v.Expr, kind)
		return s
	}
	switch x := v.Literal.(type) {
	case string:
		if kind != reflect.String {
			return fail("must be a number, or an expression that gives one")
		}
		if !utf8.ValidString(x) || strings.ContainsFunc(x, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }) {
			return fail("must have printable characters only")
		}
	case float64:
		if kind == reflect.String {
			return fail("must be a text, or an expression that gives one")
		}
	default:
		return fail("must be a text, a number or {expr: …}")
	}
	if s.constant, err = out.accept(v.Literal); err != nil {
		return fail(err.Error())
	}
	return s
}

// shares want queues, each once, that take all of the conversations together.
func (c *compiler) shares(path string, list []Share) {
	if len(list) == 0 {
		c.add(path, "must name a queue at least")
		return
	}
	c.bound(path, len(list), maxShares)
	total, seen := 0, map[string]bool{}
	for i, s := range list {
		if reason := wrongName(s.Queue); reason != "" {
			c.add(fmt.Sprintf("%s.%d.queue", path, i), reason)
		} else if seen[s.Queue] {
			c.add(fmt.Sprintf("%s.%d.queue", path, i), "is another one of this rule's queues too")
		}
		if s.Percent < 1 || s.Percent > 100 {
			c.add(fmt.Sprintf("%s.%d.percent", path, i), "must be between 1 and 100")
		}
		seen[s.Queue] = true
		total += min(max(s.Percent, 0), 1000)
	}
	if total != 100 {
		c.add(path, fmt.Sprintf("must total 100 percent, not %d", total))
	}
}
