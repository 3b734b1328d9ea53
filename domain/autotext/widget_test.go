package autotext_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/autotext"
)

// What a widget can be given are the texts that it has, with the placeholders that
// it fills.
func TestSeed_D21_WidgetTextsAreThoseOfTheWidget(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../web/shared/widgetTexts.ts")
	require.NoError(t, err)
	names := []string{}
	for _, m := range regexp.MustCompile(`(?m)^  (\w+):\s+"(.*)",$`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
		placeholders, known := autotext.WidgetValues(m[1])
		require.True(t, known, m[1])
		require.ElementsMatch(t, autotext.Placeholders(m[2]), placeholders, m[1])
	}
	slices.Sort(names)
	require.Equal(t, names, autotext.WidgetTexts())
}
