package contact

import (
	"strings"
	"unicode"

	"switchboard/domain/phone"
)

// Search is what a search text may mean. An empty field finds nothing.
type Search struct {
	Words    string // beginnings of words of a name, all of them: 'ann':* & 'lee':*
	Email    string // beginning of an e-mail address, as a pattern for LIKE
	Phone    string // beginning of a phone number, as a pattern for LIKE
	External string // the whole id
}

// separators part words as the schema's column of words does.
const separators = `.,;:/()'"-_@`

// leastDigits keeps a short number from being looked for in all phone numbers.
const leastDigits = 3

// SearchFor reads a search text.
func SearchFor(text string) Search {
	text = oneLine(text)
	if text == "" {
		return Search{}
	}
	s := Search{Words: words(text), External: text}
	if !strings.Contains(text, " ") {
		s.Email = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
	}
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune(".()[]", r) {
			return -1
		}
		return r
	}, text)
	digits = strings.TrimPrefix(digits, "+")
	if len(digits) >= leastDigits && strings.Trim(digits, "0123456789") == "" {
		s.Phone = "+" + digits + "%"
	}
	if number, err := phone.Parse(text, ""); err == nil { // a whole one, as somebody wrote it
		s.Phone = number + "%"
	}
	return s
}

// words quotes every word, so that none has a meaning in the query's language.
func words(text string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `''`)
	var terms []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || strings.ContainsRune(separators, r) }) {
		terms = append(terms, "'"+quote.Replace(w)+"':*")
	}
	return strings.Join(terms, " & ")
}
