package autotext

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

	// Joiners and marks of direction stay: emoji, Persian and Hebrew need them.
	unseen = strings.NewReplacer("\u200b", "", "\u2060", "", "\ufeff", "", "\u00ad", "")

	// In braces, also those of Chinese and Japanese keyboards, and what programs for
	// writing make of a name there.
	braced  = regexp.MustCompile(`[{｛]{1,2}\$?[^{}｛｝\n]{1,200}\$?[}｝]{1,2}`)
	edges   = regexp.MustCompile(`^(\{+\$?)\s+|\s+(\$?\}+)$`)
	oneForm = strings.NewReplacer("｛", "{", "｝", "}")
	noName  = strings.NewReplacer("“", "", "”", "", "„", "", "‘", "", "’", "", "«", "", "»", "", `"`, "", "'", "",
		"\u200c", "", "\u200d", "", "\u200e", "", "\u200f", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "")
)

// Clean is a text as it is stored: what programs for writing and messengers put into
// it when it is copied out of them is gone. Lines end with "\n", blanks are blanks,
// nothing is there that nobody sees, and the names of placeholders are names.
func Clean(text string) string {
	text = unseen.Replace(lineEnds.Replace(text))
	text = breaking(text)
	return braced.ReplaceAllStringFunc(text, func(s string) string {
		plain := edges.ReplaceAllString(noName.Replace(oneForm.Replace(s)), "$1$2")
		if loc := agentGap.FindStringIndex(plain); loc != nil && loc[0] == 0 && loc[1] == len(plain) {
			return plain
		}
		return s
	})
}

// breaking makes blanks that do not break ordinary ones, but where French sets them:
// before high marks, and inside its quotes.
func breaking(text string) string {
	if !strings.ContainsAny(text, "\u00a0\u2007\u202f") {
		return text
	}
	runes := []rune(text)
	for i, r := range runes {
		if !strings.ContainsRune("\u00a0\u2007\u202f", r) {
			continue
		}
		before := i+1 < len(runes) && strings.ContainsRune("!?:;»%€", runes[i+1])
		after := i > 0 && runes[i-1] == '«'
		if !before && !after {
			runes[i] = ' '
		}
	}
	return string(runes)
}

// Stray returns where in a text, in characters from 1, the first brace stands that
// belongs to no placeholder; 0: nowhere. Texts that WhatsApp approved may have single
// braces.
func (s Style) Stray(text string) int {
	braces, end := "{}", 0
	if s.gap == doubleGap {
		braces = ""
	}
	look := func(from, to int) int {
		part := text[from:to]
		at := strings.IndexAny(part, braces)
		if braces == "" {
			if at = strings.Index(part, "{{"); at < 0 {
				at = strings.Index(part, "}}")
			}
		}
		if at < 0 {
			return 0
		}
		return utf8.RuneCountInString(text[:from+at]) + 1
	}
	for _, m := range s.gap.FindAllStringIndex(text, -1) {
		if at := look(end, m[0]); at > 0 {
			return at
		}
		end = m[1]
	}
	return look(end, len(text))
}
