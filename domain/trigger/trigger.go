// Package trigger makes contacts to write to of what happened: expressions choose
// whether somebody is written to, whom, and what fills the placeholders. It is
// pure, and what an expression may cost is bounded.
package trigger

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"

	"switchboard/domain/expression"
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
	maxMatches = 10
	maxValues  = 100
	maxText    = 10_000  // characters of a text in an event; what is longer is cut
	maxWords   = 4000    // characters of what one expression gives
	maxTotal   = 4 << 20 // bytes of what all give
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

func compile(field, source string, kind reflect.Kind) (*vm.Program, *Mistake) {
	options := []expr.Option{expr.Env(types.Map{"event": types.String, "data": types.Any, "item": types.Any})}
	if kind == reflect.Bool {
		options = append(options, expr.AsBool())
	}
	run, wrong := expression.Compile(source, expression.Rules{Functions: functions(), Maps: true, Matches: maxMatches}, options...)
	if wrong != nil {
		return nil, &Mistake{field, "does not compile: " + wrong.Error()}
	}
	return run, nil
}

func env(event string, data map[string]any, item any) map[string]any {
	return map[string]any{"event": event, "data": data, "item": item}
}

// Contacts evaluates a rule. None is no mistake: the rule is not for this event.
// Strangers write the data, so texts are cut to what an expression may look at;
// between two expressions it is seen whether ctx has ended.
func (p *Program) Contacts(ctx context.Context, event string, data map[string]any) ([]Contact, error) {
	data, _ = short(data).(map[string]any)
	machine := &vm.VM{MemoryBudget: 10_000}
	yes, err := p.run(ctx, machine, "when", env(event, data, nil), true)
	if err != nil || yes != true {
		return nil, err
	}
	items := []any{nil}
	if p.fields["each"] != nil {
		list, err := p.run(ctx, machine, "each", env(event, data, nil), nil)
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
	out, total := make([]Contact, 0, len(items)), 0
	for _, item := range items {
		c, err := p.contact(ctx, machine, env(event, data, item))
		if err != nil {
			return nil, err
		}
		if total += c.size(); total > maxTotal {
			return nil, &Mistake{"each", fmt.Sprintf("makes more than %d bytes of text", maxTotal)}
		}
		out = append(out, c)
	}
	return out, nil
}

func (c Contact) size() int {
	n := len(c.To) + len(c.Locale) + len(c.About)
	for name, v := range c.Values {
		n += len(name) + len(v)
	}
	return n
}

// short is a value of JSON with its texts cut.
func short(v any) any {
	switch x := v.(type) {
	case string:
		if len(x) > maxText {
			r := []rune(x)
			return string(r[:min(len(r), maxText)])
		}
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = short(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, e := range x {
			out[name] = short(e)
		}
		return out
	}
	return v
}

func (p *Program) contact(ctx context.Context, machine *vm.VM, facts map[string]any) (c Contact, err error) {
	text := func(field string) string {
		var v any
		if err == nil {
			v, err = p.run(ctx, machine, field, facts, "")
		}
		w := words(v)
		if err == nil && utf8.RuneCountInString(w) > maxWords {
			err = &Mistake{field, fmt.Sprintf("gives more than %d characters", maxWords)}
		}
		return w
	}
	c = Contact{To: text("to"), Locale: text("locale"), About: text("entityrelationshipname"), Values: map[string]string{}}
	for name := range p.rule.Values {
		c.Values[name] = text("contextitems." + name)
	}
	if err != nil {
		return Contact{}, err
	}
	yes, err := p.run(ctx, machine, "optin", facts, false)
	c.OptIn = yes == true
	return c, err
}

// run evaluates one field. Errors say nothing of the data.
func (p *Program) run(ctx context.Context, machine *vm.VM, field string, facts map[string]any, otherwise any) (v any, err error) {
	program := p.fields[field]
	if program == nil {
		return otherwise, nil
	}
	if ctx.Err() != nil {
		return nil, &Mistake{field, "was not reached: evaluating the event takes too long"}
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
