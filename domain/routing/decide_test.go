package routing

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func vars() Variables { return Variables{"tier": Text, "order number": Text, "total": Number} }

func lit(v any) Value { return Value{Literal: v} }

func to(queue string) []Share { return []Share{{queue, 100}} }

func open(queues ...string) State {
	s := State{Conversation: "c1", Default: "default", Fallback: "fallback", Queues: map[string]Queue{}}
	for _, q := range queues {
		s.Queues[q] = Queue{}
	}
	return s
}

func example() Model {
	return Model{
		Zone: "Europe/Brussels",
		Classification: []Ruleset{
			{Name: "Language", Rules: []Rule{
				{Name: "Dutch", When: `contact.language startsWith "nl"`, Set: map[string]Value{"skill.dutch": lit(5.0), "context.tier": lit("gold")}},
				{Name: "Rest", Set: map[string]Value{"skill.english": lit(3.0)}},
			}},
			{Name: "Urgency", Rules: []Rule{
				{Name: "Gold", When: `context.tier == "gold" and skills.dutch >= 5`, Set: map[string]Value{"priority": {Expr: "priority - 90"}, "capacity_profile": lit("vip")}},
				{Name: "Words", When: `lower(message.text) matches "urgent|asap"`, Set: map[string]Value{"priority": lit(20.0)}},
			}},
		},
		Route: Route{Rules: []RouteRule{
			{Name: "VIP", When: `capacity_profile == "vip"`, Queues: to("vip")},
			{Name: "Night", When: `time.hour < 8 || time.weekday in ["saturday", "sunday"]`, Queues: to("night")},
			{Name: "All", Queues: to("day")},
		}, Fallback: "last"},
	}
}

func TestDecide_Table(t *testing.T) {
	t.Parallel()
	p, wrong := Compile(example(), vars())
	require.Empty(t, wrong)
	dutch := Env{Contact: Contact{Language: "nl-BE"}, Time: Time{Weekday: "monday", Hour: 12}}
	all := open("vip", "night", "day", "last")
	full := func(s State, names ...string) State {
		queues := map[string]Queue{}
		for q, v := range s.Queues {
			queues[q] = v
		}
		for i, n := range names {
			queues[n] = Queue{Overflowing: true, FreeIn: 600 - i}
		}
		s.Queues = queues
		return s
	}
	for name, c := range map[string]struct {
		env    Env
		state  State
		queue  string
		reason Reason
		rule   string
	}{
		"classified":            {dutch, all, "vip", Matched, "VIP"},
		"at night":              {Env{Time: Time{Hour: 3}}, all, "night", Matched, "Night"},
		"on Sunday":             {Env{Time: Time{Hour: 12, Weekday: "sunday"}}, all, "night", Matched, "Night"},
		"by day":                {Env{Time: Time{Hour: 12, Weekday: "monday"}}, all, "day", Matched, "All"},
		"overflow goes on":      {dutch, full(all, "vip"), "day", Matched, "All"},
		"all full, frees first": {dutch, full(all, "vip", "day"), "day", FreesFirst, "All"},
		"a queue that is gone":  {dutch, open("day"), "day", Matched, "All"},
		"all queues are gone":   {dutch, open("last"), "last", NoMatch, ""},
		"the fallback too":      {dutch, open(), "fallback", NoMatch, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := p.Decide(c.env, c.state)
			require.Equal(t, c.queue, d.Queue)
			require.Equal(t, c.reason, d.Reason)
			require.Equal(t, c.rule, d.Rule)
			require.NotEmpty(t, d.Explanation)
		})
	}
	d := p.Decide(dutch, full(all, "vip"))
	require.Equal(t, []Refusal{{Rule: "VIP", Queue: "vip", Reason: Overflowing, FreeIn: 600}}, d.Refused)
	require.Equal(t, "Dutch", d.Rulesets[0].Rule)
	require.Equal(t, map[string]any{"skill.dutch": 5, "context.tier": "gold"}, d.Rulesets[0].Set)
	require.Equal(t, "Gold", d.Rulesets[1].Rule)
	require.Equal(t, 10, *d.Priority)
	require.Equal(t, "vip", *d.CapacityProfile)
	require.Equal(t, map[string]int{"dutch": 5}, d.Skills)
	require.Equal(t, map[string]any{"tier": "gold"}, d.Context)
}

func TestDecide_Fallbacks(t *testing.T) {
	t.Parallel()
	none := Decide(Model{}, nil, Env{}, open())
	require.Equal(t, []any{NoRules, "default"}, []any{none.Reason, none.Queue})
	m := Model{Route: Route{Rules: []RouteRule{{Name: "R", When: "channel.kind == 'sms'", Queues: to("q")}}}}
	require.Equal(t, "fallback", Decide(m, nil, Env{}, open("q")).Queue)
	s := open("q")
	s.Queues["q"] = Queue{Overflowing: true} // until when is not known
	d := Decide(m, nil, Env{Channel: Channel{Kind: "sms"}}, s)
	require.Equal(t, []any{AllFull, "fallback"}, []any{d.Reason, d.Queue})
}

// A rule that fails is passed over and named; routing goes on.
func TestDecide_RulesThatFail(t *testing.T) {
	t.Parallel()
	m := Model{
		Classification: []Ruleset{{Name: "S", Rules: []Rule{
			{Name: "zero", When: `10 % time.minute == 0`, Set: map[string]Value{"priority": lit(1.0)}},
			{Name: "fraction", Set: map[string]Value{"priority": {Expr: "context.total / 3"}, "skill.x": lit(1.0)}},
			{Name: "infinite", Set: map[string]Value{"context.total": {Expr: "1 / (context.total - 10)"}}},
			{Name: "long", Set: map[string]Value{"context.tier": {Expr: "message.text + message.text"}}},
			{Name: "good", Set: map[string]Value{"priority": lit(2.0)}},
		}}},
		Route: Route{Rules: []RouteRule{{Name: "gone", When: "context.deleted == 'x'", Queues: to("q")}}},
	}
	d := Decide(m, vars(), Env{Context: map[string]any{"total": 10.0}, Message: Message{Text: strings.Repeat("secret", 600)}}, open("q"))
	require.Equal(t, "good", d.Rulesets[0].Rule)
	require.Len(t, d.Rulesets[0].Failed, 4)
	require.Equal(t, Failure{Rule: "zero", Line: 1, Column: 4, Reason: "The expression divides by zero."}, d.Rulesets[0].Failed[0])
	require.Equal(t, "priority", d.Rulesets[0].Failed[1].Output)
	require.Empty(t, d.Skills, "a rule that fails sets nothing")
	require.Equal(t, []any{RuleErrors, "fallback"}, []any{d.Reason, d.Queue})
	require.NotContains(t, fmt.Sprint(d), "secret", "no customer's text in an explanation")
}

func TestEnv_VariablesHaveTheirType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		when string
		ctx  map[string]any
	}{
		{`context.total == 5`, map[string]any{"total": "5"}},
		{`context.total == 0`, map[string]any{"total": "NaN"}},
		{`context.total == 0`, nil},
		{`context.tier == "7.5"`, map[string]any{"tier": 7.5}},
		{`context.tier == ""`, map[string]any{"Tier": "case matters"}},
		{`context["order number"] == "A1"`, map[string]any{"order number": "A1"}},
		{`len(context.tier) < 5000`, map[string]any{"tier": strings.Repeat("é", 5000)}},
	} {
		m := Model{Route: Route{Rules: []RouteRule{{Name: "R", When: c.when, Queues: to("q")}}}}
		d := Decide(m, vars(), Env{Context: c.ctx}, open("q"))
		require.Equal(t, Matched, d.Reason, "%s: %v", c.when, d.Failed)
	}
}

// Over many ids the shares come out as they say, and an id keeps its queue.
func TestShares_WithinTolerance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.IntRange(1, 98).Draw(t, "a")
		b := rapid.IntRange(1, 99-a).Draw(t, "b")
		m := Model{Route: Route{Rules: []RouteRule{{Name: rapid.String().Draw(t, "name"), Queues: []Share{{"a", a}, {"b", b}, {"c", 100 - a - b}}}}}}
		p, _ := Compile(m, nil)
		const n = 5000
		got := map[string]int{}
		for i := range n {
			s := open("a", "b", "c")
			s.Conversation = fmt.Sprintf("%x-%d", a, i)
			got[p.Decide(Env{}, s).Queue]++
		}
		for queue, percent := range map[string]int{"a": a, "b": b, "c": 100 - a - b} {
			if diff := got[queue]*100/n - percent; diff < -4 || diff > 4 {
				t.Fatalf("%s got %d of %d, not %d %%", queue, got[queue], n, percent)
			}
		}
	})
}

// Whoever has the first share of one rule is spread over those of another.
func TestShares_RulesAreIndependent(t *testing.T) {
	t.Parallel()
	half := []Share{{"a", 50}, {"b", 50}}
	both := 0
	for i := range 2000 {
		id := fmt.Sprint(i)
		if choose(routeProgram{name: "x", shares: half}, id) == "a" && choose(routeProgram{name: "y", shares: half}, id) == "a" {
			both++
		}
	}
	require.InDelta(t, 500, both, 100)
}

// Deciding agrees with an evaluator that knows nothing but "the first true rule
// of each, in order", over models of constant conditions and earlier outputs.
func TestDecide_FirstMatchWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type slow struct{ low, high, sets int }
		var m Model
		var plain [][]slow
		for i := range rapid.IntRange(0, 5).Draw(t, "rulesets") {
			set, list := Ruleset{Name: fmt.Sprint("set ", i)}, []slow{}
			for j := range rapid.IntRange(0, 6).Draw(t, "rules") {
				r := slow{rapid.IntRange(0, 6).Draw(t, "low"), rapid.IntRange(0, 8).Draw(t, "high"), rapid.IntRange(0, 8).Draw(t, "sets")}
				list = append(list, r)
				set.Rules = append(set.Rules, Rule{Name: fmt.Sprint("rule ", j), When: fmt.Sprintf("priority >= %d and priority <= %d", r.low, r.high),
					Set: map[string]Value{"priority": lit(float64(r.sets))}})
			}
			m.Classification, plain = append(m.Classification, set), append(plain, list)
		}
		// A start within reach of the conditions.
		m.Classification = append([]Ruleset{{Name: "start", Rules: []Rule{{Name: "start", Set: map[string]Value{"priority": lit(4.0)}}}}}, m.Classification...)
		at, fired := 4, []string{"start"}
		for _, list := range plain {
			rule := ""
			for j, r := range list {
				if at >= r.low && at <= r.high {
					rule, at = fmt.Sprint("rule ", j), r.sets
					break
				}
			}
			fired = append(fired, rule)
		}
		p, wrong := Compile(m, nil)
		require.Empty(t, wrong)
		d := p.Decide(Env{}, open())
		got := []string{}
		for _, r := range d.Rulesets {
			got = append(got, r.Rule)
		}
		require.Equal(t, fired, got)
		require.Equal(t, at, *d.Priority)
		require.Equal(t, d, p.Decide(Env{}, open()), "the same again")
	})
}

// Ten rulesets of a hundred rules of which the last matches.
func BenchmarkDecide(b *testing.B) {
	var m Model
	for i := range 10 {
		set := Ruleset{Name: fmt.Sprint(i)}
		for j := range 100 {
			set.Rules = append(set.Rules, Rule{Name: fmt.Sprint(j), When: fmt.Sprintf(`contact.language == "l%d" and message.text contains "w%d" or time.hour == %d`, j, j, j-80),
				Set: map[string]Value{"priority": lit(float64(j))}})
		}
		m.Classification = append(m.Classification, set)
	}
	p, wrong := Compile(m, nil)
	require.Empty(b, wrong)
	env := Env{Message: Message{Text: strings.Repeat("word ", 40)}, Time: Time{Hour: 19}, Contact: Contact{Language: "l"}}
	b.Run("decide", func(b *testing.B) {
		for b.Loop() {
			p.Decide(env, State{})
		}
	})
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			Compile(m, nil)
		}
	})
}
