package httpx

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/domain/autotext"
)

// MaxLanguages is in how many languages one text may be given.
const MaxLanguages = 50

const maxLongText = 4096 // characters, which is what the widest channel takes

// Language wants a BCP 47 tag and returns it in its usual spelling.
func (k *Checks) Language(field, v string) string {
	tag, ok := autotext.Tag(v)
	if !ok {
		k.Add(field, "must be a language tag such as en or nl-BE")
	}
	return tag
}

// LongText wants something that can be read, on one line or several.
func (k *Checks) LongText(field, v string) {
	switch {
	case strings.TrimSpace(v) == "":
		k.Add(field, "must not be empty")
	case utf8.RuneCountInString(v) > maxLongText:
		k.Add(field, fmt.Sprintf("must have at most %d characters", maxLongText))
	case strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }):
		k.Add(field, "must not have control characters")
	}
}

// Gaps wants every brace of a text to be one of a placeholder.
func (k *Checks) Gaps(field, v string, style autotext.Style) {
	if at := style.Stray(v); at > 0 {
		k.Add(field, fmt.Sprintf("has a brace at character %d that belongs to no placeholder, which is written {Name}", at))
	}
}

// CleanTexts are texts as they are stored, see autotext.Clean.
func CleanTexts(texts map[string]string) map[string]string {
	if texts == nil {
		return nil
	}
	out := make(map[string]string, len(texts))
	for key, text := range texts {
		out[key] = autotext.Clean(text)
	}
	return out
}
