package autotext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/autotext"
)

func TestSeed_D11_NobodyIsGreetedByABlank(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hi {CustomerName}!": "Hi!", "Dag {CustomerName}, we antwoorden zo.": "Dag, we antwoorden zo.", "Hello {CustomerName}": "Hello",
		"Hello {CustomerName} and welcome": "Hello and welcome",
		"{CustomerName}, hello":            ", hello", "Hi {{CustomerName}}.": "Hi.", "Hi  {$CustomerName$}…": "Hi …", "«{CustomerName}»": "«»",
		"Hi {AgentName} !": "Hi Bo !",
	} {
		require.Equal(t, want, autotext.FillKnown(text, map[string]string{"AgentName": "Bo"}), text)
	}
	require.Equal(t, "Hi Ada!", autotext.FillKnown("Hi {CustomerName}!", map[string]string{"CustomerName": "Ada"}))
}
