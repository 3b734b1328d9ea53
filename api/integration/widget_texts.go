package integration

import (
	"fmt"
	"slices"
	"strings"

	"switchboard/api/httpx"
	"switchboard/domain/autotext"
)

const maxWidgetText = 2000 // bytes

func cleanTexts(languages map[string]map[string]string) map[string]map[string]string {
	out := make(map[string]map[string]string, len(languages))
	for language, texts := range languages {
		out[language] = httpx.CleanTexts(texts)
	}
	return out
}

// checkWidgetTexts wants texts that the widget has, with the placeholders that it
// fills there.
func checkWidgetTexts(k *httpx.Checks, field string, texts map[string]string) {
	for _, name := range httpx.SortedKeys(texts) {
		at, text := field+"."+name, texts[name]
		placeholders, known := autotext.WidgetValues(name)
		if !known {
			k.Add(at, "is none of the widget's texts; there are "+strings.Join(autotext.WidgetTexts(), ", "))
			continue
		}
		if len(text) > maxWidgetText {
			k.Add(at, "is too long")
		}
		k.Gaps(at, text, autotext.Any())
		for _, name := range autotext.Placeholders(text) {
			if !slices.Contains(placeholders, name) {
				k.Add(at, fmt.Sprintf("has the placeholder %q, which nothing fills there", name))
			}
		}
	}
}
