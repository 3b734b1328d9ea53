package autotext_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"switchboard/domain/autotext"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wanted string
		have   []string
		want   string
	}{
		{"nl", []string{"en", "nl"}, "nl"},
		{"NL_be", []string{"nl", "nl-BE"}, "nl-BE"},
		{"nl-BE", []string{"en", "nl_be"}, "nl_be"},
		{"nl-BE", []string{"en", "nl"}, "nl"},
		{"nl", []string{"en", "nl-NL", "nl-BE"}, "nl-NL"},
		{"nl-BE", []string{"nl-NL"}, "nl-NL"},
		{"zh-Hant-TW", []string{"zh", "zh-Hant"}, "zh-Hant"},
		{"n", []string{"nl"}, ""},
		{"nl", []string{"nlx", "en"}, ""},
		{"en", nil, ""},
		{"", []string{"en", ""}, ""},
		{"-", []string{"en"}, ""},
	} {
		got, ok := autotext.Match(c.wanted, c.have)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q among %v: %q %v, want %q", c.wanted, c.have, got, ok, c.want)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	have := []string{"en", "de-AT", "fr"}
	for _, c := range []struct {
		wanted []string
		want   string
	}{
		{[]string{"ja", "de", "en"}, "de-AT"},
		{[]string{"ja", "", "en-GB"}, "en"},
		{[]string{"ja"}, ""},
		{nil, ""},
	} {
		if got, ok := autotext.Choose(c.wanted, have); got != c.want || ok != (c.want != "") {
			t.Errorf("%v: %q %v, want %q", c.wanted, got, ok, c.want)
		}
	}
}

func TestTag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"en": "en", "EN_us": "en-US", "zh_hant_tw": "zh-Hant-TW", "es-419": "es-419", "fil": "fil",
		"en-x-us": "en-x-us", "de-CH-1996": "de-CH-1996",
		"": "", "e": "", "en-": "", "e n": "", "en--US": "", "12": "", "日本": "", strings.Repeat("a", 9): "",
	} {
		if got, ok := autotext.Tag(in); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, got, ok, want)
		}
	}
}

func TestMatch_FindsWhatIsThereHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		have := rapid.SliceOfN(rapid.StringMatching(`[a-z]{2,3}(-[A-Z]{2})?`), 1, 5).Draw(t, "have")
		pick := rapid.SampledFrom(have).Draw(t, "pick")
		wanted := strings.ToUpper(strings.ReplaceAll(pick, "-", "_"))
		if got, ok := autotext.Match(wanted, have); !ok || got != pick {
			t.Fatalf("%q among %v: %q %v", wanted, have, got, ok)
		}
		if tag, ok := autotext.Tag(wanted); !ok || tag != pick {
			t.Fatalf("%q is spelled %q", wanted, tag)
		}
		any := rapid.String().Draw(t, "any")
		if got, ok := autotext.Match(any, have); ok && !slices.Contains(have, got) {
			t.Fatalf("%q gave %q", any, got)
		}
	})
}
