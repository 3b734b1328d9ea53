package autotext

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Context variables are filled where a conversation is spoken in; a value is never
// read as a placeholder, and what the conversation does not have becomes nothing.
func TestSeed_D19_ContextVariablesInTexts(t *testing.T) {
	t.Parallel()
	values := ContextValues(map[string]any{"title": "{CustomerName} {context.order}", "order": 1042.5, "größe": "L", "list": []any{1}})
	values["CustomerName"] = "Ada"
	for text, want := range map[string]string{
		"{CustomerName}, about {context.title}:":     "Ada, about {CustomerName} {context.order}:",
		"Order {context.order}, {context.größe}":     "Order 1042.5, L",
		"Order {CONTEXT.Order}":                      "Order {CONTEXT.Order}",
		"Missing {context.nothing}!":                 "Missing !",
		"{context.} {context.a.b} {{context.title}}": "{context.} {context.a.b} {{CustomerName} {context.order}}",
	} {
		require.Equal(t, want, Agents().Fill(text, values), text)
	}
	require.Equal(t, "Hi Ada, Missing!", FillKnown("Hi {CustomerName}, Missing {context.nothing}!", values))
	require.Equal(t, "{context.title}", Fill("{context.title}", values), "templates have their own values only")
	require.Equal(t, []Gap{{Name: "Nope", At: 17}}, Unknown("{context.title} {Nope}{CustomerName}", ReplyValues()))
}
