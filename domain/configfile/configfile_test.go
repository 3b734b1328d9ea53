package configfile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"switchboard/domain/configfile"
)

// anyOf draws a value that a shape takes.
func anyOf(t *rapid.T, s configfile.Shape, depth int) any {
	if s.Null && rapid.Bool().Draw(t, "null") {
		return nil
	}
	switch s.Type {
	case configfile.Text:
		return rapid.StringOf(rapid.RuneFrom([]rune("aZ0 -:#'\"\\{}[]&*!|>%@`~,?=<\n\té日\u00a0\u2028🙂\ufeff\x7f"))).Draw(t, "text")
	case configfile.Number:
		return rapid.Int64Range(-1<<50, 1<<50).Draw(t, "number")
	case configfile.Bool:
		return rapid.Bool().Draw(t, "bool")
	case configfile.List:
		out := []any{}
		for range rapid.IntRange(0, 2).Draw(t, "parts") {
			out = append(out, anyOf(t, *s.Of, depth+1))
		}
		return out
	case configfile.Map:
		out := map[string]any{}
		for range rapid.IntRange(0, 2).Draw(t, "entries") {
			out[rapid.StringMatching(`[a-z~\-:. ]{0,6}`).Draw(t, "key")] = anyOf(t, *s.Of, depth+1)
		}
		return out
	case configfile.Struct:
		out := map[string]any{}
		for _, f := range s.Fields {
			out[f.Name] = anyOf(t, f.Shape, depth+1)
		}
		return configfile.Normal(s, out)
	}
	if depth > 3 {
		return rapid.SampledFrom([]any{nil, true, int64(7), 1.25, -0.001, 1e300, "12", "", "null"}).Draw(t, "any")
	}
	list := configfile.Shape{Type: configfile.List, Of: &configfile.Shape{Type: configfile.Any}}
	fields := configfile.Shape{Type: configfile.Map, Of: &configfile.Shape{Type: configfile.Any}}
	return rapid.OneOf(rapid.SampledFrom([]any{nil, false, int64(-7), 1.5, "a: b"}), rapid.Custom(func(t *rapid.T) any {
		return anyOf(t, rapid.SampledFrom([]configfile.Shape{list, fields}).Draw(t, "shape"), depth+1)
	})).Draw(t, "any")
}

// one draws a thing, which has a name of its own.
func one(t *rapid.T, k *configfile.Kind, parent, name string) *configfile.Object {
	o := &configfile.Object{Kind: k, Parent: parent, Fields: map[string]any{}}
	for _, f := range k.Fields {
		if rapid.IntRange(0, 4).Draw(t, "given") > 0 {
			o.Fields[f.Name] = anyOf(t, f.Shape, 0)
		}
	}
	for _, key := range k.Key {
		o.Fields[key] = name
	}
	o.Name = configfile.NameOf(k, parent, o.Fields)
	return o
}

// What is written is read as it was, and written again it is the same.
func TestFile_RoundTrip(t *testing.T) {
	t.Parallel()
	names := rapid.SampledFrom([]string{"A", "yes", "12", "a: b", "- x", "#1", "null", "日本", "*", " lead", "2026-01-01"})
	rapid.Check(t, func(t *rapid.T) {
		var s configfile.State
		for _, k := range configfile.Kinds() {
			if k.In != "" {
				continue
			}
			for i := range rapid.IntRange(0, 2).Draw(t, k.Name) {
				name := names.Draw(t, "name") + strings.Repeat("'", i)
				if k.Single && i > 0 {
					break
				}
				o := one(t, k, "", name)
				s.Objects = append(s.Objects, o)
				for _, sub := range configfile.Kinds() {
					if sub.In == k.Name && rapid.Bool().Draw(t, "inner") {
						s.Objects = append(s.Objects, one(t, sub, o.Name, names.Draw(t, "inner name")))
					}
				}
			}
		}
		data, err := configfile.Write(&s)
		require.NoError(t, err)
		got, wrong := configfile.Read(data)
		require.Empty(t, wrong, string(data))
		require.Empty(t, configfile.Diff(&s, got), string(data))
		require.Empty(t, configfile.Diff(got, &s))
		again, err := configfile.Write(got)
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
	})
}

func read(t *testing.T, file string) *configfile.State {
	t.Helper()
	s, wrong := configfile.Read([]byte(file))
	require.Empty(t, wrong)
	return s
}

// What a file leaves out is to be deleted of those sections only that it has.
func TestPruned(t *testing.T) {
	t.Parallel()
	there := read(t, `{version: 1, skills: [{name: a}], queues: [{name: q}], workstreams: [
  {name: w, timeout_rules: [{name: r}]}, {name: x, timeout_rules: [{name: r}], context_variables: [{name: v}]}]}`)
	gone := func(file string) (names []string) {
		for _, o := range configfile.Pruned(read(t, file), there) {
			names = append(names, o.Kind.Name+" "+o.Name)
		}
		return names
	}
	require.Empty(t, gone(`{version: 1}`))
	require.Equal(t, []string{"skills a"}, gone(`{version: 1, skills: []}`))
	require.Equal(t, []string{"timeout_rules x / r", "context_variables x / v", "workstreams x"},
		gone(`{version: 1, workstreams: [{name: w}]}`))
	require.Equal(t, []string{"timeout_rules w / r"}, gone(`{version: 1, workstreams: [{name: w, timeout_rules: []}, {name: x}]}`))
}

// A difference names what changes within texts, and no secret.
func TestDiff(t *testing.T) {
	t.Parallel()
	from := read(t, `{version: 1, skills: [{name: gone}],
  accounts: [{name: a, settings: {id: "1", b: "2"}, secrets: {one: s1, two: s2, three: s3}}]}`)
	to := read(t, `{version: 1, queues: [{name: new, priority: 3}],
  accounts: [{name: a, settings: {id: "9", b: "2"}, secrets: {one: other, two: s2, four: s4}}]}`)
	require.Equal(t, []configfile.Change{
		{Action: "create", Kind: "queues", Object: "queue", Name: "new", Fields: []configfile.FieldChange{{Field: "priority", New: int64(3)}}},
		{Action: "change", Kind: "accounts", Object: "account", Name: "a", Fields: []configfile.FieldChange{
			{Field: "settings.id", Old: "1", New: "9"}, {Field: "secrets.four", New: "set"}, {Field: "secrets.one", Old: "set", New: "changed"},
			{Field: "secrets.three", Old: "set"}}},
		{Action: "delete", Kind: "skills", Object: "skill", Name: "gone", Fields: []configfile.FieldChange{}},
	}, configfile.Diff(from, to))
}

// Names of what may be empty say which part is which.
func TestNameOf(t *testing.T) {
	t.Parallel()
	k := configfile.KindOf(configfile.Automated)
	for want, fields := range map[string]map[string]any{
		"greeting":            {"trigger": "greeting"},
		"greeting / * / LINE": {"trigger": "greeting", "channel": "", "workstream": "LINE"},
		"greeting / line":     {"trigger": "greeting", "channel": "line", "workstream": nil},
	} {
		require.Equal(t, want, configfile.NameOf(k, "", fields))
	}
}
