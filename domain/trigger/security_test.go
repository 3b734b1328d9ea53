package trigger_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/trigger"
)

// Strangers' data must not choose what an expression costs.
func TestSecurity_L11_ExpressionsAreGuarded(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"pattern of the data": "data.s matches data.p", "long pattern": `data.s matches "` + strings.Repeat("a?", 101) + `"`, "broken pattern": `data.s matches "("`,
		"many patterns": strings.Repeat(`data.s matches "a" || `, 10) + `data.s matches "a"`, "loop": "all(data.x, true)", "variable": "let x = 1; x > 0", "range": "len(1..100) > 1",
		"long": `data.s == "` + strings.Repeat("a", 4000) + `"`,
	} {
		_, wrong := trigger.Compile(trigger.Rule{To: "data.to", When: source})
		require.Len(t, wrong, 1, name)
		require.Equal(t, "when", wrong[0].Field, name)
	}
	_, wrong := trigger.Compile(trigger.Rule{To: "data.to", When: `data.s matches "^a+$"`, Locale: `{"EE": "et"}[data.country]`})
	require.Empty(t, wrong)
}

func TestSecurity_L11_TextsAreBounded(t *testing.T) {
	t.Parallel()
	fire := func(ctx context.Context, r trigger.Rule, data map[string]any) ([]trigger.Contact, error) {
		p, wrong := trigger.Compile(r)
		require.Empty(t, wrong)
		return p.Contacts(ctx, "x", data)
	}
	long := map[string]any{"to": "+372", "in": []any{map[string]any{"s": strings.Repeat("õ", 900_000)}}}
	got, err := fire(t.Context(), trigger.Rule{To: "data.to", When: "len(data.in[0].s) == 10000"}, long)
	require.NoError(t, err)
	require.Len(t, got, 1)
	_, err = fire(t.Context(), trigger.Rule{To: "data.to", Values: map[string]string{"x": "data.in[0].s + data.in[0].s"}}, long)
	require.ErrorContains(t, err, "contextitems.x gives more than")

	words, items := map[string]string{}, make([]any, trigger.MaxContacts)
	for i := range 100 {
		words[strings.Repeat("x", i+1)] = "data.s"
	}
	_, err = fire(t.Context(), trigger.Rule{To: "data.to", Each: "data.items", Values: words}, map[string]any{"s": strings.Repeat("a", 4000), "items": items})
	require.ErrorContains(t, err, "bytes of text")

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = fire(ended, trigger.Rule{To: "data.to"}, long)
	require.ErrorContains(t, err, "takes too long")
}
