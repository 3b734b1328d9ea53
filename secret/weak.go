package secret

import (
	_ "embed" // the list of common passwords
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed common_passwords.txt
var commonPasswords string

var common = sync.OnceValue(func() map[string]struct{} {
	out := map[string]struct{}{}
	for line := range strings.Lines(commonPasswords) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[line] = struct{}{}
		}
	}
	return out
})

// Limits of passwords, in characters. Length is what makes one hard to guess; no
// mixture of characters is asked for (NIST SP 800-63B, 5.1.1.2).
const (
	minPassword = 10
	maxPassword = 200
	minOwn      = 6 // besides what everybody knows of its person
	minKinds    = 4 // different characters
)

// product is the name that no password may consist of.
const product = "switchboard"

// Weakness says why a password must not be set, or "". own are the person's name and
// e-mail address, which are the first that somebody would try.
func Weakness(password string, own ...string) string {
	lower := strings.ToLower(strings.TrimSpace(password))
	_, listed := common()[lower]
	_, core := common()[strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })]
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return "must have at least 10 characters"
	case n > maxPassword:
		return "must have at most 200 characters"
	case strings.ContainsFunc(password, unicode.IsControl):
		return "must not have control characters"
	case uniform(lower):
		return "is too easy to guess: it repeats few characters, or counts"
	case listed || core:
		return "is one of the most common passwords, or begins or ends with one; choose words that do not belong together"
	case known(lower, own):
		return "is too much like your name, your e-mail address or the product's name"
	}
	return ""
}

// uniform finds aaaaaaaaaa, 1212121212 and 123456789012.
func uniform(s string) bool {
	kinds := map[rune]bool{}
	var before rune
	steps := map[rune]int{}
	for _, r := range s {
		kinds[r] = true
		steps[r-before]++
		before = r
	}
	n := utf8.RuneCountInString(s)
	return len(kinds) < minKinds || steps[1] >= n-2 || steps[-1] >= n-2
}

// known reports whether little is left of a password without what belongs to its person.
func known(lower string, own []string) bool {
	words := []string{product}
	for _, o := range own {
		words = append(words, strings.ToLower(o))
		words = append(words, strings.FieldsFunc(strings.ToLower(o), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	rest, found := lower, false
	for _, w := range words {
		if utf8.RuneCountInString(w) >= 3 && strings.Contains(rest, w) {
			rest, found = strings.ReplaceAll(rest, w, ""), true
		}
	}
	return found && utf8.RuneCountInString(rest) < minOwn
}

// Costlier reports whether a hash was made at a lower cost than new ones are.
func Costlier(hash string) bool {
	h, err := parsePHC(hash)
	return err == nil && (h.time < passwordTime || h.memory < passwordMemory)
}
