package autotext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/autotext"
)

func TestSeed_D21_PastedTextsAreCleaned(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Dear\u00a0Ann,\r\nyour order\u200b is here.\r": "Dear Ann,\nyour order is here.\n",
		"\ufeffHi {\u201cCustomerName\u201d}!":          "Hi {CustomerName}!",
		"Hi { CustomerName\u00a0}, {\u200eOrder\u200f}": "Hi {CustomerName}, {Order}",
		"{{\u2018name\u2019}} and {$ Name $}":           "{{name}} and {$Name$}",
		"｛CustomerName｝様":                               "{CustomerName}様",
		"{\u00a0context.title\u202f}":                   "{context.title}",
		"Bonjour\u00a0! «\u00a0Oui\u202f» 50\u00a0%":    "Bonjour\u00a0! «\u00a0Oui\u202f» 50\u00a0%",
		"می\u200cخواهم 👩\u200d💻 “quoted” it’s":          "می\u200cخواهم 👩\u200d💻 “quoted” it’s",
		"{two words} {“not this one”}":                  "{two words} {“not this one”}",
		"{a-b} stays {“a-b”}":                           "{a-b} stays {“a-b”}",
		"one\u2028two\u2029three":                       "one\ntwo\nthree",
		"":                                              "",
	} {
		require.Equal(t, want, autotext.Clean(in))
		require.Equal(t, want, autotext.Clean(want), "once is enough")
	}
}

func TestSeed_D21_StrayBraces(t *testing.T) {
	t.Parallel()
	for text, at := range map[string]int{
		"Hi {CustomerName}, {{Order}} {$Day$}": 0, "no braces": 0, "": 0,
		"Hi {CustomerName": 4, "Hi CustomerName}": 16, "é {": 3, "{{Name}": 1, "{Name}}": 7, "{}": 1, "{a-b}": 1,
		"{context.title}": 1, "{$Name}": 1, "}{": 1,
	} {
		require.Equal(t, at, autotext.Any().Stray(text), text)
	}
	require.Zero(t, autotext.Agents().Stray("{context.title}"))
	require.Equal(t, 9, autotext.Agents().Stray("{Name} a{"))
	for text, at := range map[string]int{"{{1}} {x}": 0, "{{1} x": 1, "a}}": 2, "{1}": 0, "{{a b}}": 1} {
		require.Equal(t, at, autotext.Doubled().Stray(text), text)
	}
}
