// Package autotext holds what texts with gaps have in common: the placeholders in
// a template, the values that fill them and the language a text is chosen in. It
// is pure; it knows no channel, no store and no clock.
package autotext

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The double form stands before the single one, so that its braces go with it.
var (
	anyGap    = regexp.MustCompile(`\{\$([\p{L}\p{Nd}_]+)\$\}|\{\{([\p{L}\p{Nd}_]+)\}\}|\{([\p{L}\p{Nd}_]+)\}`)
	agentGap  = regexp.MustCompile(anyGap.String() + `|\{(context\.[\p{L}\p{Nd}_]+)\}`)
	doubleGap = regexp.MustCompile(`\{\{([\p{L}\p{Nd}_]+)\}\}`)
)

// A Style says which forms are placeholders in a text.
type Style struct{ gap *regexp.Regexp }

// Any is the style of texts written here: {Name}, {{Name}} and {$Name$}.
func Any() Style { return Style{anyGap} }

// Agents is the style of what is said in a conversation: Any, and {context.name} for
// one of its context variables.
func Agents() Style { return Style{agentGap} }

// ContextPrefix begins the names of the values that are context variables.
const ContextPrefix = "context."

// Doubled is the style of texts that WhatsApp approved: {{1}} and {{name}} only;
// single braces are text.
func Doubled() Style { return Style{doubleGap} }

// name is the one group of a match that took part.
func name(text string, m []int) string {
	for g := 2; g < len(m); g += 2 {
		if m[g] >= 0 {
			return text[m[g]:m[g+1]]
		}
	}
	return ""
}

// Placeholders returns the names of the placeholders in a text, in the order in
// which they first appear. A placeholder is {Name}, {{Name}} or {$Name$}; a name
// is made of letters, digits and underscores.
func Placeholders(text string) []string { return Any().Placeholders(text) }

// Placeholders is Placeholders for a style.
func (s Style) Placeholders(text string) []string {
	var names []string
	for _, m := range s.gap.FindAllStringSubmatchIndex(text, -1) {
		if n := name(text, m); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// Value returns the value that is given for a placeholder. Upper and lower case are
// the same in names; a name that is spelled exactly so comes first.
func Value(values map[string]string, name string) (value string, given bool) {
	if v, ok := values[name]; ok {
		return v, true
	}
	key := ""
	for n := range values {
		if strings.EqualFold(n, name) && (!given || n < key) {
			key, given = n, true
		}
	}
	return values[key], given
}

// Twice returns a name for which there are two values that differ, or "".
func Twice(values map[string]string) string {
	seen := make(map[string]string, len(values))
	for _, n := range slices.Sorted(maps.Keys(values)) {
		key := strings.ToLower(n)
		if first, ok := seen[key]; ok && values[first] != values[n] {
			return n
		} else if !ok {
			seen[key] = n
		}
	}
	return ""
}

// OneLine reports that a value may fill a text that WhatsApp approved: it has no
// line breaks, no tabs and no four blanks in a row.
func OneLine(value string) bool {
	return !strings.ContainsAny(value, "\r\n\t\v\f\u0085\u2028\u2029") && !strings.Contains(value, "    ")
}

// Fill puts the values in place of the placeholders. One without a value becomes
// nothing, braces and all. A value is inserted as it is: braces in it mean nothing.
func Fill(text string, values map[string]string) string { return Any().Fill(text, values) }

// Fill is Fill for a style.
func (s Style) Fill(text string, values map[string]string) string {
	var b strings.Builder
	end := 0
	for _, m := range s.gap.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[end:m[0]])
		v, _ := Value(values, name(text, m))
		b.WriteString(v)
		end = m[1]
	}
	b.WriteString(text[end:])
	return b.String()
}

// FillKnown is Fill in the style Agents, for texts in which somebody may have no name: the blank before
// an empty value goes with it where a mark or nothing follows, so that "Hi
// {CustomerName}!" becomes "Hi!".
func FillKnown(text string, values map[string]string) string {
	style := Agents()
	var b strings.Builder
	end := 0
	for _, m := range style.gap.FindAllStringSubmatchIndex(text, -1) {
		before, value := text[end:m[0]], values[name(text, m)]
		end = m[1]
		after, _ := utf8.DecodeRuneInString(text[end:])
		if value == "" && (end == len(text) || unicode.IsSpace(after) || strings.ContainsRune(",.;:!?)…", after)) {
			before = strings.TrimSuffix(before, " ")
		}
		b.WriteString(before)
		b.WriteString(value)
	}
	b.WriteString(text[end:])
	return b.String()
}

// Mismatch says that values do not fit the placeholders of a text. It names
// placeholders only, never a value.
type Mismatch struct {
	Missing []string // placeholders without a value, as they appear in the texts
	Extra   []string // values without a placeholder, sorted
}

// Error implements error.
func (m *Mismatch) Error() string {
	return fmt.Sprintf("placeholders do not fit: missing [%s], extra [%s]", strings.Join(m.Missing, ", "), strings.Join(m.Extra, ", "))
}

// Check returns a *Mismatch unless the values are exactly those that the
// placeholders of all the texts together ask for. An empty value is a value.
func Check(values map[string]string, texts ...string) error { return Any().Check(values, texts...) }

// Check is Check for a style.
func (s Style) Check(values map[string]string, texts ...string) error {
	var m Mismatch
	asked, folded := map[string]bool{}, map[string]bool{}
	for _, text := range texts {
		for _, n := range s.Placeholders(text) {
			if _, given := Value(values, n); !given && !asked[n] {
				m.Missing = append(m.Missing, n)
			}
			asked[n], folded[strings.ToLower(n)] = true, true
		}
	}
	for n := range values {
		if !folded[strings.ToLower(n)] {
			m.Extra = append(m.Extra, n)
		}
	}
	if m.Missing == nil && m.Extra == nil {
		return nil
	}
	slices.Sort(m.Extra)
	return &m
}
