package routing

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/expr-lang/expr/vm"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCompile_ErrExpressions(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 201)
	for source, want := range map[string]struct {
		line, column int
		reason       string // with line 0: wherever it is
	}{
		`contact.nam == "x"`:                          {1, 9, "nam"},
		`context.unknown == 1`:                        {1, 9, "unknown"},
		`context.total == "x"`:                        {1, 15, "mismatched types"},
		`contact.known and`:                           {1, 17, "Unexpected token"},
		"contact.known and\n  contact.language > 5":   {2, 20, "mismatched types"},
		`time.hour`:                                   {1, 1, "Expected bool"},
		`true ? 1 : "a"`:                              {1, 1, "Expected bool"},
		`len(1..1000000) > 1`:                         {1, 6, "Ranges"},
		`all([1, 2], # > 0)`:                          {1, 1, "all is not available"},
		`any([1], {# > 0})`:                           {1, 1, "any is not available"},
		`let x = contact.name; x == ""`:               {0, 0, "variables"},
		`repeat("x", 1000000) == ""`:                  {1, 1, "repeat is not available"},
		`now() == nil`:                                {1, 1, "now is not available"},
		`foo(1)`:                                      {1, 1, "foo is not available"},
		`message.text matches contact.name`:           {1, 14, "in quotes"},
		`message.text matches "` + long + `"`:         {1, 22, "more than 200"},
		`message.text matches "("`:                    {1, 22, "no regular expression"},
		`{"a": true}.a`:                               {0, 0, "maps"},
		`true; true`:                                  {0, 0, "several"},
		"\xff":                                        {1, 1, "no text"},
		strings.Repeat("(", 2000):                     {0, 0, ""},
		strings.Repeat("!", 3000) + "true":            {0, 0, ""},
		strings.Repeat("x", 4001):                     {1, 1, "4000"},
		"true" + strings.Repeat(" or true", 300):      {0, 0, "parts"},
		`"` + strings.Repeat("é", 10) + `" == 5`:      {1, 14, "mismatched types"},
		`contact.name.first == ""`:                    {1, 14, "has no field first"},
		`message.text matches "(a{1000}){1000}"`:      {1, 22, "no regular expression"},
		`fromJSON(message.text).a`:                    {1, 1, "fromJSON is not available"},
		`contact.language in ["nl", "fr"] and $env.x`: {0, 0, ""},
	} {
		_, wrong := compile(source, vars().types(), reflect.Bool)
		require.NotNil(t, wrong, source)
		require.Contains(t, wrong.Reason, want.reason, source)
		if want.line > 0 {
			require.Equal(t, fmt.Sprint(want.line, ":", want.column), fmt.Sprint(wrong.Line, ":", wrong.Column), "%s: %s", source, wrong.Reason)
		}
	}
}

// Whatever text is given as an expression, compiling and evaluating end, with a
// mistake inside that text if there is one.
func TestCompile_NeverPanics(t *testing.T) {
	t.Parallel()
	words := []string{"contact", ".", "name", "language", "known", "context", "[", "]", "(", ")", "{", "}", "\"a\"", "'", "\"", "1", "1e309", "-", "+", "*", "**",
		"%", "/", "==", "<", ">=", "and", "or", "not", "!", "in", "matches", "contains", "startsWith", "..", "?", ":", "??", "?.", "|", "#", "$env", "let", ";", ",", "=",
		"len", "max", "nil", "true", "time", "hour", "skills", " ", "\n", "\t", "//", "/*", "0x", "\x00", "é", "\xff", "`", "message.text", "context.total", "if", "else"}
	text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 25).Draw(t, "words"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
	}))
	rapid.Check(t, func(t *rapid.T) {
		source := text.Draw(t, "source")
		kind := rapid.SampledFrom([]reflect.Kind{reflect.Bool, reflect.String, reflect.Float64}).Draw(t, "kind")
		p, wrong := compile(source, vars().types(), kind)
		if wrong != nil {
			lines := strings.Split(source, "\n")
			require.LessOrEqual(t, wrong.Line, len(lines))
			require.GreaterOrEqual(t, wrong.Line, 1)
			require.GreaterOrEqual(t, wrong.Column, 1)
			require.LessOrEqual(t, wrong.Column, utf8.RuneCountInString(lines[wrong.Line-1])+1, "%q: %s", source, wrong.Reason)
			require.NotEmpty(t, wrong.Reason)
			return
		}
		env := Env{Message: Message{Text: strings.Repeat("long ", 500)}}.values(vars())
		if v, wrong := evaluate(&vm.VM{MemoryBudget: memoryBudget}, p, env); wrong == nil {
			require.Equal(t, kind, reflect.TypeOf(v).Kind(), "%q", source)
		}
	})
}

func TestCompile_ErrModels(t *testing.T) {
	t.Parallel()
	set := func(key string, v Value) Model {
		return Model{Classification: []Ruleset{{Name: "S", Rules: []Rule{{Name: "R", Set: map[string]Value{key: v}}}}}}
	}
	route := func(shares ...Share) Model {
		return Model{Route: Route{Rules: []RouteRule{{Name: "R", Queues: shares}}}}
	}
	const at = "classification.0.rules.0.set."
	for name, c := range map[string]struct {
		m    Model
		path string
	}{
		"no output":         {set("colour", lit("red")), at + "colour"},
		"no skill":          {set("skill.", lit(1.0)), at + "skill."},
		"unknown variable":  {set("context.x", lit("a")), at + "context.x"},
		"text for a number": {set("priority", lit("high")), at + "priority"},
		"number for a text": {set("context.tier", lit(1.0)), at + "context.tier"},
		"expr of no number": {set("priority", Value{Expr: "contact.name"}), at + "priority"},
		"expr of no text":   {set("context.tier", Value{Expr: "1"}), at + "context.tier"},
		"too high":          {set("priority", lit(1_000_001.0)), at + "priority"},
		"a fraction":        {set("skill.x", lit(1.5)), at + "skill.x"},
		"no rating":         {set("skill.x", lit(101.0)), at + "skill.x"},
		"nothing":           {set("priority", Value{}), at + "priority"},
		"a list":            {set("priority", lit([]any{1.0})), at + "priority"},
		"99 percent":        {route(Share{"a", 99}), "route.rules.0.queues"},
		"negative":          {route(Share{"a", 101}, Share{"b", -1}), "route.rules.0.queues.0.percent"},
		"overflowing total": {route(Share{"a", 1 << 62}, Share{"b", 1 << 62}), "route.rules.0.queues.0.percent"},
		"a queue twice":     {route(Share{"a", 50}, Share{"a", 50}), "route.rules.0.queues.1.queue"},
		"no queues":         {route(), "route.rules.0.queues"},
		"no queue":          {route(Share{"", 100}), "route.rules.0.queues.0.queue"},
		"no name":           {Model{Classification: []Ruleset{{}}}, "classification.0.name"},
		"a name twice":      {Model{Classification: []Ruleset{{Name: "S"}, {Name: "S"}}}, "classification.1.name"},
		"a name of lines":   {Model{Classification: []Ruleset{{Name: "S\n"}}}, "classification.0.name"},
		"too many rulesets": {Model{Classification: make([]Ruleset, 101)}, "classification"},
		"odd characters":    {Model{Route: Route{Rules: []RouteRule{{Name: "R", When: "\"\u200b\" == \"\"", Queues: to("q")}}}}, "route.rules.0.when"},
	} {
		_, wrong := Compile(c.m, vars())
		require.NotEmpty(t, wrong, name)
		require.Equal(t, c.path, wrong[0].Path, name)
		require.NotEmpty(t, wrong[0].Error())
	}
}
