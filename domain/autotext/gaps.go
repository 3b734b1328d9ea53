package autotext

import (
	"slices"
	"unicode/utf8"
)

// ReplyValues are the placeholders that every quick reply fills.
func ReplyValues() []string {
	return []string{"CustomerName", "CustomerFirstName", "AgentName", "AgentFirstName", "QueueName", "Channel"}
}

// Gap is a placeholder where it stands: At counts characters from 1.
type Gap struct {
	Name string
	At   int
}

// Unknown returns the placeholders of a text that are none of the known ones,
// every time they stand there.
func Unknown(text string, known []string) []Gap {
	var out []Gap
	for _, m := range anyGap.FindAllStringSubmatchIndex(text, -1) {
		if n := name(text, m); !slices.Contains(known, n) {
			out = append(out, Gap{Name: n, At: utf8.RuneCountInString(text[:m[0]]) + 1})
		}
	}
	return out
}
