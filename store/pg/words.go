package pg

import "strings"

// As words_of parts and cuts words in the schema.
const (
	wordSeparators = ".,;:/()'\"-_@!?#{}\t\n\r "
	longestWord    = 60
)

// Beginnings is the tsquery for all words of text, each the beginning of one under
// any of the bases that words_of was given. "" is for a text without words. Every
// word is quoted, so that none has a meaning in the query's language.
func Beginnings(text string, bases ...string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `''`)
	var terms []string
	for _, w := range strings.FieldsFunc(Clean(text), func(r rune) bool { return strings.ContainsRune(wordSeparators, r) }) {
		if r := []rune(w); len(r) > longestWord {
			w = string(r[:longestWord])
		}
		either := make([]string, len(bases))
		for i, base := range bases {
			either[i] = "'" + base + "/" + quote.Replace(w) + "':*"
		}
		terms = append(terms, "("+strings.Join(either, " | ")+")")
	}
	return strings.Join(terms, " & ")
}
