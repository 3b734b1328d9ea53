// Package trigger makes contacts to write to of what happened: expressions choose
// whether somebody is written to, whom, and what fills the placeholders. It is
// pure, and what an expression may cost is bounded.
package trigger

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

// Rule are the expressions of a trigger. They see `event`, its name; `data`, what
// came with it; and `item`, one of Each, where that is given.
type Rule struct {
	When   string            `json:"when"`   // whether anything is sent; "" is always
	Each   string            `json:"each"`   // a list: one contact for each of its items; "" is one contact
	To     string            `json:"to"`     // a phone number, or the customer's id
	OptIn  string            `json:"optin"`  // whether they agreed; "" is no
	Locale string            `json:"locale"` // "" is the template's default
	About  string            `json:"entityrelationshipname"`
	Values map[string]string `json:"contextitems"` // an expression by placeholder
}

// Contact is somebody to write to.
type Contact struct {
	To     string
	OptIn  bool
	Locale string
	About  string
	Values map[string]string
}

// Mistake is an expression that does not work. Reason does not quote data.
type Mistake struct{ Field, Reason string }

func (m *Mistake) Error() string { return m.Field + " " + m.Reason }

const (
	maxSource = 4000
	maxNodes  = 500
	maxValues = 100
	// MaxContacts is how many contacts one event makes at most.
	MaxContacts = 1000
)

// functions that an expression may use: each costs no more than its argument.
func functions() []string {
	return []string{"len", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "indexOf", "hasPrefix", "hasSuffix", "abs", "ceil", "floor", "round", "min", "max", "string", "int"}
}

// Program is a rule that was compiled.
type Program struct {
	rule   Rule
	fields map[string]*vm.Program
}

// Compile compiles a rule, or returns all that is wrong with it.
func Compile(r Rule) (*Program, []*Mistake) {
	p := &Program{rule: r, fields: map[string]*vm.Program{}}
	var wrong []*Mistake
	add := func(field, source string, kind reflect.Kind) {
		if source == "" {
			return
		}
		run, m := compile(field, source, kind)
		if m != nil {
			wrong = append(wrong, m)
			return
		}
		p.fields[field] = run
	}
	add("when", r.When, reflect.Bool)
	add("each", r.Each, reflect.Invalid)
	add("to", r.To, reflect.Invalid)
	add("optin", r.OptIn, reflect.Bool)
	add("locale", r.Locale, reflect.Invalid)
	add("entityrelationshipname", r.About, reflect.Invalid)
	if r.To == "" {
		wrong = append(wrong, &Mistake{"to", "must be given"})
	}
	if len(r.Values) > maxValues {
		wrong = append(wrong, &Mistake{"contextitems", fmt.Sprintf("are more than %d", maxValues)})
		return p, wrong
	}
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		add("contextitems."+name, r.Values[name], reflect.Invalid)
	}
	return p, wrong
}

func compile(field, source string, kind reflect.Kind) (run *vm.Program, m *Mistake) {
	defer func() { // the library promises nothing about hostile text
		if recover() != nil {
			run, m = nil, &Mistake{field, "cannot be read"}
		}
	}()
	if len(source) > maxSource {
		return nil, &Mistake{field, fmt.Sprintf("has more than %d characters", maxSource)}
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, broken(field, err)
	}
	guard := guard{}
	if ast.Walk(&tree.Node, &guard); guard.loops {
		return nil, &Mistake{field, "has a loop, a range or a function that is not available; functions are " + strings.Join(functions(), ", ")}
	}
	options := []expr.Option{expr.Env(types.Map{"event": types.String, "data": types.Any, "item": types.Any}), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins()}
	for _, name := range functions() {
		options = append(options, expr.EnableBuiltin(name))
	}
	if kind == reflect.Bool {
		options = append(options, expr.AsBool())
	}
	if run, err = expr.Compile(source, options...); err != nil {
		return nil, broken(field, err)
	}
	return run, nil
}

func broken(field string, err error) *Mistake {
	reason, _, _ := strings.Cut(err.Error(), "\n")
	return &Mistake{field, "does not compile: " + reason}
}

// guard finds what an expression could be expensive with.
type guard struct{ loops bool }

// Visit looks at one node.
func (g *guard) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BuiltinNode:
		g.loops = g.loops || !slices.Contains(functions(), n.Name)
	case *ast.CallNode:
		id, named := n.Callee.(*ast.IdentifierNode)
		g.loops = g.loops || !named || !slices.Contains(functions(), id.Value)
	case *ast.BinaryNode:
		g.loops = g.loops || n.Operator == ".."
	case *ast.PredicateNode, *ast.PointerNode, *ast.VariableDeclaratorNode, *ast.SequenceNode:
		g.loops = true
	}
}

func env(event string, data map[string]any, item any) map[string]any {
	return map[string]any{"event": event, "data": data, "item": item}
}

// Contacts evaluates a rule. None is no mistake: the rule is not for this event.
func (p *Program) Contacts(event string, data map[string]any) ([]Contact, error) {
	machine := &vm.VM{MemoryBudget: 10_000}
	yes, err := p.run(machine, "when", env(event, data, nil), true)
	if err != nil || yes != true {
		return nil, err
	}
	items := []any{nil}
	if p.fields["each"] != nil {
		list, err := p.run(machine, "each", env(event, data, nil), nil)
		if err != nil {
			return nil, err
		}
		var ok bool
		if items, ok = list.([]any); !ok {
			return nil, &Mistake{"each", "is no list"}
		}
	}
	if len(items) > MaxContacts {
		return nil, &Mistake{"each", fmt.Sprintf("has more than %d items", MaxContacts)}
	}
	out := make([]Contact, 0, len(items))
	for _, item := range items {
		c, err := p.contact(machine, env(event, data, item))
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (p *Program) contact(machine *vm.VM, facts map[string]any) (c Contact, err error) {
	text := func(field string) string {
		var v any
		if err == nil {
			v, err = p.run(machine, field, facts, "")
		}
		return words(v)
	}
	c = Contact{To: text("to"), Locale: text("locale"), About: text("entityrelationshipname"), Values: map[string]string{}}
	for name := range p.rule.Values {
		c.Values[name] = text("contextitems." + name)
	}
	if err != nil {
		return Contact{}, err
	}
	yes, err := p.run(machine, "optin", facts, false)
	c.OptIn = yes == true
	return c, err
}

// run evaluates one field. Errors say nothing of the data.
func (p *Program) run(machine *vm.VM, field string, facts map[string]any, otherwise any) (v any, err error) {
	program := p.fields[field]
	if program == nil {
		return otherwise, nil
	}
	defer func() {
		if recover() != nil {
			v, err = nil, &Mistake{field, "cannot be evaluated with this event"}
		}
	}()
	if v, err = machine.Run(program, facts); err != nil {
		return nil, &Mistake{field, "cannot be evaluated with this event"}
	}
	return v, nil
}

// words writes a value as text.
func words(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case int, bool:
		return fmt.Sprint(x)
	}
	return ""
}
