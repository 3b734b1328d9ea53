package autotext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/autotext"
)

// Every trigger has a text in every language, which names only what it fills.
func TestTriggers_AreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, trigger := range Triggers() {
		require.False(t, seen[trigger.Name], trigger.Name)
		seen[trigger.Name] = true
		if trigger.Name == RuleApplied {
			continue
		}
		for _, lang := range []string{"en", "nl", "fi", "et"} {
			text := trigger.Texts[lang]
			require.NotEmpty(t, text, "%s in %s", trigger.Name, lang)
			require.Subset(t, append(CommonValues(), trigger.Values...), append([]string{}, Placeholders(text)...))
			require.NotContains(t, Fill(text, nil), "{")
		}
		require.Len(t, trigger.Texts, 4)
		require.Contains(t, []Audience{ToCustomer, ToAgent, ToBoth}, trigger.Audience)
	}
	require.True(t, seen[Greeting])
	_, known := TriggerByName("nonsense")
	require.False(t, known)
}

// The language counts before the level, and there is always something to say.
func TestText_ChoosesByLanguageThenLevel(t *testing.T) {
	t.Parallel()
	trigger := Occasion{Texts: map[string]string{"en": "built-in en", "fi": "built-in fi"}}
	workstream, all := map[string]string{"nl": "workstream nl"}, map[string]string{"nl": "all nl", "fi": "all fi"}
	levels := []map[string]string{workstream, all}
	require.Equal(t, "workstream nl", Text(trigger, levels, "nl-BE", "en"))
	require.Equal(t, "all fi", Text(trigger, levels, "fi", "nl"))
	require.Equal(t, "built-in en", Text(trigger, levels, "en", "nl"))
	require.Equal(t, "workstream nl", Text(trigger, levels, "sv", "nl"), "the address's language")
	require.Equal(t, "built-in en", Text(trigger, levels, "sv", ""))
	require.Equal(t, "only", Text(Occasion{}, []map[string]string{{"et": "only"}}, "sv", "nl"))
	require.Empty(t, Text(Occasion{}, nil, "en"))
}
