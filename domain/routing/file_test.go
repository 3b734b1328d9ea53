package routing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// models draws models that can be saved, of any names, texts and numbers.
func models() *rapid.Generator[Model] {
	name := rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.P, unicode.Sc), 1, 20, -1)
	text := rapid.StringOfN(rapid.RuneFrom([]rune(" \n\t:#'\"-{}[]&*!|>%@`,?~=\\0123.yesnoYtrufalse\u00e9\u4e2d\U0001f600")), 0, 30, -1)
	condition := rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "empty") {
			return text.Filter(func(s string) bool { return strings.TrimSpace(s) == "" }).Draw(t, "blank")
		}
		literal, _ := json.Marshal(text.Draw(t, "text"))
		return rapid.SampledFrom([]string{"", " ", "\n", "\t", "\n  "}).Draw(t, "before") + "context.tier == " + string(literal) +
			rapid.SampledFrom([]string{"", " ", "\n", "\n\n", " // why: #not\n"}).Draw(t, "after")
	})
	value := rapid.Custom(func(t *rapid.T) map[string]Value {
		out := map[string]Value{}
		for range rapid.IntRange(0, 3).Draw(t, "sets") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				out["context.tier"] = lit(text.Draw(t, "tier"))
			case 1:
				out["context.total"] = lit(rapid.Float64().Draw(t, "total") + 0) // no -0, which is 0 in a file
			case 2:
				out["skill."+name.Draw(t, "skill")] = lit(float64(rapid.IntRange(0, 100).Draw(t, "rating")))
			default:
				out["priority"] = Value{Expr: "context.total + 1\n"}
			}
		}
		return out
	})
	return rapid.Custom(func(t *rapid.T) Model {
		m := Model{Zone: rapid.SampledFrom([]string{"", "Asia/Tokyo"}).Draw(t, "zone")}
		for _, n := range rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, "rulesets") {
			set := Ruleset{Name: n}
			for _, n := range rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, "rules") {
				set.Rules = append(set.Rules, Rule{Name: n, When: condition.Draw(t, "when"), Set: value.Draw(t, "set")})
			}
			m.Classification = append(m.Classification, set)
		}
		for _, n := range rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, "route") {
			queues := rapid.SliceOfNDistinct(name, 2, 2, rapid.ID).Draw(t, "queues")
			share := rapid.IntRange(1, 99).Draw(t, "share")
			m.Route.Rules = append(m.Route.Rules, RouteRule{Name: n, When: condition.Draw(t, "when"), Queues: []Share{{queues[0], share}, {queues[1], 100 - share}}})
		}
		if rapid.Bool().Draw(t, "fallback") {
			m.Route.Fallback = name.Draw(t, "queue")
		}
		return m.Normal()
	})
}

// overflows draws what queues do when they overflow; nil: the file says nothing.
func overflows() *rapid.Generator[map[string][]Overflow] {
	rule := rapid.SampledFrom([]Overflow{{When: OutOfHours, Action: Wait}, {When: Size, Limit: 3, Action: End}, {When: LongestWait, Limit: 60, Action: Transfer, To: "day: 2"},
		{When: Waited, Limit: 600, Action: Callback, After: 3600}, {When: ExpectedWait, Limit: 1, Action: Assign}})
	return rapid.OneOf(rapid.Just(map[string][]Overflow(nil)),
		rapid.MapOfN(rapid.StringMatching(`[ -~]{1,10}`), rapid.SliceOfN(rule, 0, 3), 1, 3))
}

// A file holds exactly what was exported, whatever names and texts are, and so
// does the JSON form.
func TestFile_RoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := models().Draw(t, "model")
		_, wrong := Compile(m, vars())
		require.Empty(t, wrong)
		f := File{Model: m, Overflow: overflows().Draw(t, "overflow")}
		data, err := Export(f)
		require.NoError(t, err)
		back, bad := Import(data)
		require.Nil(t, bad, "%s", data)
		require.Equal(t, f, back, "%s", data)
		again, err := Export(back)
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
		require.Empty(t, Diff(m, back.Model))
		require.Empty(t, DiffOverflow(f.Overflow, back.Overflow))
		same := f.Rename(func(_, q string) string { return q })
		require.Equal(t, f.Overflow, same.Overflow)
		require.Equal(t, f.Queues(), same.Queues())

		form, err := json.Marshal(m)
		require.NoError(t, err)
		var fromJSON Model
		require.NoError(t, json.Unmarshal(form, &fromJSON))
		require.Equal(t, m, fromJSON.Normal())
		require.Equal(t, m.Queues(), m.Rename(func(_, q string) string { return q }).Queues())
	})
}

// Of two different models the difference has a line at least.
func TestDiff_SeesEveryChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := models().Draw(t, "a"), models().Draw(t, "b")
		x, err := Export(File{Model: a})
		require.NoError(t, err)
		y, err := Export(File{Model: b})
		require.NoError(t, err)
		require.Equal(t, string(x) == string(y), len(Diff(a, b)) == 0)
	})
}

func TestFile_ReadsLikeRules(t *testing.T) {
	t.Parallel()
	m := example()
	m.Classification = m.Classification[:1]
	m.Route.Rules = m.Route.Rules[:1]
	data, err := Export(File{Model: m, Overflow: map[string][]Overflow{"vip": {{When: Size, Limit: 20, Action: Transfer, To: "last"}, {When: OutOfHours, Action: Wait}}, "last": {}}})
	require.NoError(t, err)
	require.Equal(t, `zone: Europe/Brussels
classification:
  - name: Language
    rules:
      - name: Dutch
        when: contact.language startsWith "nl"
        set:
          context.tier: gold
          skill.dutch: 5
      - name: Rest
        when: ""
        set:
          skill.english: 3
route:
  rules:
    - name: VIP
      when: capacity_profile == "vip"
      queues:
        - queue: vip
          percent: 100
  fallback: last
overflow:
  last: []
  vip:
    - when: size
      limit: 20
      action: transfer
      to: last
    - when: out_of_hours
      action: wait
`, string(data))
}

func TestFile_ErrNotOne(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Mistake{
		"":                                     {Reason: "The file is empty."},
		"a: [":                                 {Line: 1, Reason: "The file is not valid YAML."},
		"\tx: 1":                               {Reason: "The file is not valid YAML."},
		"zone: UTC\nroutes: {}\n":              {Line: 2, Reason: `There is no field "routes" here.`},
		"route:\n  rules:\n    - percent: x\n": {Line: 3, Reason: `There is no field "percent" here.`},
		"classification: 5\n":                  {Line: 1, Reason: "A value does not fit here."},
		"zone: UTC\nzone: UTC\n":               {Line: 2, Reason: "A field is given twice."},
		"zone: UTC\n---\nzone: UTC\n":          {Reason: "The file has more than one document."},
		"zone: UTC\n---\n]\n":                  {Reason: "The file has more than one document."},
	} {
		_, wrong := Import([]byte(text))
		require.NotNil(t, wrong, text)
		require.Equal(t, want, *wrong, text)
	}
	m, wrong := Import([]byte(`{"classification": [], "route": {"rules": [{"name": "R", "when": "", "queues": [{"queue": "a", "percent": 100}]}]}}`))
	require.Nil(t, wrong, "JSON is YAML")
	require.Equal(t, "a", m.Route.Rules[0].Queues[0].Queue)
	rapid.Check(t, func(t *rapid.T) { _, _ = Import([]byte(rapid.String().Draw(t, "file"))) })
}

func TestFile_ABombIsRefused(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i, i, i, i, i, i)
	}
	_, wrong := Import([]byte(b.String()))
	require.NotNil(t, wrong)
}

func TestDiff_Lines(t *testing.T) {
	t.Parallel()
	a, b := example(), example()
	b.Zone = "UTC"
	b.Classification = []Ruleset{b.Classification[1], b.Classification[0], {Name: "New", Rules: []Rule{{Name: "N", Set: map[string]Value{"priority": lit(1.0)}}}}}
	b.Classification[1].Rules = []Rule{{Name: "Dutch", When: "true", Set: map[string]Value{"skill.dutch": lit(4.0), "priority": {Expr: "1 + 1"}}}}
	b.Route.Rules[2].Queues = []Share{{"day", 60}, {"spare", 40}}
	b.Route.Fallback = ""
	require.Equal(t, []string{
		`~ zone: "Europe/Brussels" → "UTC"`,
		`+ ruleset "New", as number 3`,
		`~ order of rulesets: ["Language" "Urgency"] → ["Urgency" "Language"]`,
		`- rule "Language" / "Rest"`,
		`~ rule "Language" / "Dutch", when: "contact.language startsWith \"nl\"" → "true"`,
		`- rule "Language" / "Dutch", set context.tier: "gold"`,
		`+ rule "Language" / "Dutch", set priority: expression "1 + 1"`,
		`~ rule "Language" / "Dutch", set skill.dutch: 5 → 4`,
		`+ rule "New" / "N", as number 1`,
		`+ rule "New" / "N", set priority: 1`,
		`~ rule route / "All", queues: "day 100 %" → "day 60 %, spare 40 %"`,
		`~ fallback queue: "last" → ""`,
	}, Diff(a, b))
	was := map[string][]Overflow{"day": {{When: Size, Limit: 5, Action: End}}, "night": {}, "other": {{When: OutOfHours, Action: Wait}}}
	is := map[string][]Overflow{"day": {{When: Size, Limit: 6, Action: Transfer, To: "night"}, {When: Waited, Limit: 60, Action: Callback, After: 90}}, "night": {}}
	require.Equal(t, []string{`~ overflow of "day": "size 5: end" → "size 6: transfer to night; waited 60: callback after 90"`}, DiffOverflow(was, is))
}
