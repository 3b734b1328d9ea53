package autotext_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"switchboard/domain/autotext"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                                nil,
		"no gaps":                         nil,
		"Hello {Name}":                    {"Name"},
		"{{1}} and {{2}}, again {{1}}":    {"1", "2"},
		"{$CaseName$} of {CustomerName}!": {"CaseName", "CustomerName"},
		"{name} {Name}":                   {"name", "Name"},
		"{{b}}{a}{$b$}":                   {"b", "a"},
		"{} {{}} {$$} { a } {a-b} {a b}":  nil,
		"{naïve_名前2}":                     {"naïve_名前2"},
		"{{open} {half":                   {"open"},
		"{$Name}":                         nil,
	} {
		if got := autotext.Placeholders(text); !slices.Equal(got, want) {
			t.Errorf("%q has %v, want %v", text, got, want)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	values := map[string]string{"Name": "Ada", "1": "one", "odd": "{Name} {{1}} {$Name$} $1 ${Name}"}
	for text, want := range map[string]string{
		"Hello {Name}, {{Name}}, {$Name$}.": "Hello Ada, Ada, Ada.",
		"{{1}}{{2}}!":                       "one!",
		"a {gone} b":                        "a  b",
		"{odd}":                             values["odd"],
		"{name} {NAME}":                     "Ada Ada",
		"{ Name } {}":                       "{ Name } {}",
		"plain":                             "plain",
		"":                                  "",
	} {
		if got := autotext.Fill(text, values); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := autotext.Fill("{a}{{b}}{$c$}", nil); got != "" {
		t.Errorf("without values it became %q", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	if err := autotext.Check(map[string]string{"a": "", "b": "x"}, "{a}", "{{b}} {a}"); err != nil {
		t.Errorf("values that fit were refused: %v", err)
	}
	if err := autotext.Check(nil); err != nil {
		t.Errorf("nothing does not fit nothing: %v", err)
	}
	err := autotext.Check(map[string]string{"z": "secret", "Name": "secret", "b": ""}, "{given} {{1}}", "{1} {b} {last}")
	var m *autotext.Mismatch
	if !errors.As(err, &m) || !slices.Equal(m.Missing, []string{"given", "1", "last"}) || !slices.Equal(m.Extra, []string{"Name", "z"}) {
		t.Fatalf("got %#v", err)
	}
	if strings.Contains(m.Error(), "secret") || !strings.Contains(m.Error(), "last") {
		t.Errorf("the error reads %q", m.Error())
	}
}

// Upper and lower case are the same in the names of placeholders.
func TestSeed_D6_CaseOfPlaceholders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, given, want string }{
		{"Hi {CustomerName}", "customername", "Hi Ada"},
		{"Hi {customername}", "CustomerName", "Hi Ada"},
		{"Hi {{CUSTOMERNAME}}, {$customerName$}", "CustomerName", "Hi Ada, Ada"},
		{"Tere {Õnn}", "õNN", "Tere Ada"},
	} {
		values := map[string]string{c.given: "Ada"}
		if got := autotext.Fill(c.text, values); got != c.want {
			t.Errorf("%q with %s became %q", c.text, c.given, got)
		}
		if err := autotext.Check(values, c.text); err != nil {
			t.Errorf("%q with %s: %v", c.text, c.given, err)
		}
	}
	two := map[string]string{"name": "b", "NAME": "a", "Name": "exact"}
	if v, ok := autotext.Value(two, "Name"); v != "exact" || !ok {
		t.Errorf("exact: %q", v)
	}
	if v, ok := autotext.Value(two, "nAME"); v != "a" || !ok {
		t.Errorf("the first by name: %q", v)
	}
	if autotext.Twice(two) != "Name" || autotext.Twice(map[string]string{"a": "1", "A": "1", "b": "2"}) != "" {
		t.Error("two values that differ are not told")
	}
}

// In a text that WhatsApp approved, single braces are text.
func TestDoubled(t *testing.T) {
	t.Parallel()
	const text = "{{1}}: code {SAVE} {$x$} {{{name}}}"
	values := map[string]string{"1": "{{name}}", "name": "N"}
	if got := autotext.Doubled().Placeholders(text); !slices.Equal(got, []string{"1", "name"}) {
		t.Errorf("has %v", got)
	}
	if got := autotext.Doubled().Fill(text, values); got != "{{name}}: code {SAVE} {$x$} {N}" {
		t.Errorf("became %q", got)
	}
	if err := autotext.Doubled().Check(values, text); err != nil {
		t.Error(err)
	}
}

// part is a piece of a template and what it becomes.
type part struct{ template, filled, name string }

// value is what stands for a name: the one spelled so, else the first spelled in another case.
func value(values map[string]string, name string) string {
	if v, ok := values[name]; ok {
		return v
	}
	for _, n := range slices.Sorted(maps.Keys(values)) {
		if strings.EqualFold(n, name) {
			return values[n]
		}
	}
	return ""
}

func drawParts(t *rapid.T, values map[string]string) []part {
	names := slices.Sorted(maps.Keys(values))
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) part {
		if rapid.Bool().Draw(t, "literal") {
			lit := rapid.StringMatching(`[^{}]{0,8}`).Draw(t, "text")
			return part{template: lit, filled: lit}
		}
		n := rapid.OneOf(rapid.SampledFrom(append(names, "none")), rapid.StringMatching(`[A-Za-z0-9_]{1,5}`)).Draw(t, "name")
		form := rapid.SampledFrom([]string{"{N}", "{{N}}", "{$N$}"}).Draw(t, "form")
		return part{template: strings.ReplaceAll(form, "N", n), filled: value(values, n), name: n}
	}), 0, 12).Draw(t, "parts")
}

func TestFill_InsertsValuesVerbatimAndNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.MapOf(rapid.StringMatching(`[A-Za-z0-9_]{1,5}`), rapid.OneOf(rapid.String(), rapid.StringMatching(`[{}$a1]{0,6}`))).Draw(t, "values")
		var template, want strings.Builder
		var names []string
		for _, p := range drawParts(t, values) {
			template.WriteString(p.template)
			want.WriteString(p.filled)
			if p.name != "" && !slices.Contains(names, p.name) {
				names = append(names, p.name)
			}
		}
		if got := autotext.Fill(template.String(), values); got != want.String() {
			t.Fatalf("%q became %q, want %q", template.String(), got, want.String())
		}
		if got := autotext.Placeholders(template.String()); !slices.Equal(got, names) {
			t.Fatalf("%q has %v, want %v", template.String(), got, names)
		}
	})
}

// Whatever the template: no placeholder outlives its filling, and the check
// agrees with the list of placeholders.
func TestFill_LeavesNoPlaceholder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		template := rapid.OneOf(rapid.StringMatching(`([{}$ab1_ ]|\{a\}|\{\{b\}\}){0,16}`), rapid.String()).Draw(t, "template")
		values := map[string]string{}
		for _, n := range autotext.Placeholders(template) {
			values[n] = " " // a gap cannot join what stands on both its sides
		}
		if err := autotext.Check(values, template); err != nil {
			t.Fatalf("%q: %v", template, err)
		}
		if got := autotext.Fill(template, values); len(autotext.Placeholders(got)) > 0 {
			t.Fatalf("%q became %q", template, got)
		}
	})
}
