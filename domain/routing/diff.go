package routing

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Diff says in lines what b changes in a; none: nothing. Rulesets and rules are
// known by their names.
func Diff(a, b Model) []string {
	d := differ{lines: []string{}}
	d.value("zone", a.Zone, b.Zone)
	was, is := map[string]Ruleset{}, map[string]Ruleset{}
	before, after := make([]string, 0, len(a.Classification)), make([]string, 0, len(b.Classification))
	for _, s := range a.Classification {
		was[s.Name], before = s, append(before, s.Name)
	}
	for _, s := range b.Classification {
		is[s.Name], after = s, append(after, s.Name)
	}
	for _, name := range d.list("ruleset", "", before, after) {
		d.ruleset(name, was[name].Rules, is[name].Rules)
	}
	d.route(a.Route, b.Route)
	return d.lines
}

// DiffOverflow says in lines what b changes in a; of a queue that b does not
// list, nothing.
func DiffOverflow(a, b map[string][]Overflow) []string {
	d := differ{lines: []string{}}
	for _, queue := range slices.Sorted(maps.Keys(b)) {
		if !slices.Equal(a[queue], b[queue]) {
			d.value(fmt.Sprintf("overflow of %q", queue), overflowText(a[queue]), overflowText(b[queue]))
		}
	}
	return d.lines
}

func overflowText(list []Overflow) string {
	out := make([]string, 0, len(list))
	for _, o := range list {
		text := string(o.When)
		if o.When != OutOfHours {
			text += fmt.Sprintf(" %d", o.Limit)
		}
		text += ": " + string(o.Action)
		if o.To != "" {
			text += " to " + o.To
		}
		if o.After > 0 {
			text += fmt.Sprintf(" after %d", o.After)
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

type differ struct{ lines []string }

func (d *differ) add(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *differ) value(what, a, b string) {
	if a != b {
		d.add("~ %s: %q → %q", what, a, b)
	}
}

// list compares two lists of names and returns those of b that are to be
// compared themselves. What is new is described too: its before is empty.
func (d *differ) list(kind, in string, a, b []string) []string {
	for _, name := range a {
		if !slices.Contains(b, name) {
			d.add("- %s %s%q", kind, in, name)
		}
	}
	kept := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return !slices.Contains(other, name) })
	}
	moved := !slices.Equal(kept(a, b), kept(b, a))
	for i, name := range b {
		if !slices.Contains(a, name) {
			d.add("+ %s %s%q, as number %d", kind, in, name, i+1)
		}
	}
	if moved {
		d.add("~ order of %ss%s: %q → %q", kind, inside(in), kept(a, b), kept(b, a))
	}
	return b
}

func inside(in string) string {
	if in == "" {
		return ""
	}
	return " of " + in[:len(in)-3]
}

func (d *differ) ruleset(name string, a, b []Rule) {
	was, is := map[string]Rule{}, map[string]Rule{}
	before, after := make([]string, 0, len(a)), make([]string, 0, len(b))
	for _, r := range a {
		was[r.Name], before = r, append(before, r.Name)
	}
	for _, r := range b {
		is[r.Name], after = r, append(after, r.Name)
	}
	in := fmt.Sprintf("%q / ", name)
	for _, rule := range d.list("rule", in, before, after) {
		path := fmt.Sprintf("rule %s%q", in, rule)
		x, y := was[rule], is[rule]
		d.value(path+", when", x.When, y.When)
		d.sets(path, x.Set, y.Set)
	}
}

func (d *differ) sets(path string, a, b map[string]Value) {
	all := maps.Clone(b)
	if all == nil {
		all = map[string]Value{}
	}
	maps.Copy(all, a)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		x, had := a[key]
		y, has := b[key]
		switch {
		case !had:
			d.add("+ %s, set %s: %s", path, key, y.text())
		case !has:
			d.add("- %s, set %s: %s", path, key, x.text())
		case x.text() != y.text():
			d.add("~ %s, set %s: %s → %s", path, key, x.text(), y.text())
		}
	}
}

func (v Value) text() string {
	if v.Expr != "" {
		return "expression " + fmt.Sprintf("%q", v.Expr)
	}
	data, err := json.Marshal(v.Literal)
	if err != nil {
		return "?" // not of a model that was checked
	}
	return string(data)
}

func (d *differ) route(a, b Route) {
	was, is := map[string]RouteRule{}, map[string]RouteRule{}
	before, after := make([]string, 0, len(a.Rules)), make([]string, 0, len(b.Rules))
	for _, r := range a.Rules {
		was[r.Name], before = r, append(before, r.Name)
	}
	for _, r := range b.Rules {
		is[r.Name], after = r, append(after, r.Name)
	}
	for _, rule := range d.list("rule", "route / ", before, after) {
		path := fmt.Sprintf("rule route / %q", rule)
		x, y := was[rule], is[rule]
		d.value(path+", when", x.When, y.When)
		if !slices.Equal(x.Queues, y.Queues) {
			d.value(path+", queues", sharesText(x.Queues), sharesText(y.Queues))
		}
	}
	d.value("fallback queue", a.Fallback, b.Fallback)
}

func sharesText(list []Share) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += fmt.Sprintf("%s %d %%", s.Queue, s.Percent)
	}
	return out
}
