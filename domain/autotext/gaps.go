package autotext

import (
	"slices"
	"strconv"
	"strings"
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
// every time they stand there. Which context variables there are depends on the
// conversation: those that it does not have become nothing.
func Unknown(text string, known []string) []Gap {
	var out []Gap
	for _, m := range agentGap.FindAllStringSubmatchIndex(text, -1) {
		if n := name(text, m); !slices.Contains(known, n) && !strings.HasPrefix(n, ContextPrefix) {
			out = append(out, Gap{Name: n, At: utf8.RuneCountInString(text[:m[0]]) + 1})
		}
	}
	return out
}

// ContextValues are context variables, texts and numbers, as values of their
// placeholders.
func ContextValues(variables map[string]any) map[string]string {
	out := make(map[string]string, len(variables))
	for name, v := range variables {
		switch v := v.(type) {
		case string:
			out[ContextPrefix+name] = v
		case float64:
			out[ContextPrefix+name] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return out
}
