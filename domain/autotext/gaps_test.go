package autotext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/autotext"
)

func TestUnknown_WithPositions(t *testing.T) {
	t.Parallel()
	known := autotext.ReplyValues()
	require.Nil(t, autotext.Unknown("Hi {CustomerName}, I am {{AgentFirstName}} of {$QueueName$} { }", known))
	require.Equal(t, []autotext.Gap{{"Nme", 6}, {"customername", 12}, {"Nme", 27}}, autotext.Unknown("Grüß {Nme} {customername} {Nme}", known))
	require.Nil(t, autotext.Unknown("", nil))
}
