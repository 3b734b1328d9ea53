package wording_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/wording"
)

func TestUnknown_WithPositions(t *testing.T) {
	t.Parallel()
	known := wording.ReplyValues()
	require.Nil(t, wording.Unknown("Hi {CustomerName}, I am {{AgentFirstName}} of {$QueueName$} { }", known))
	require.Equal(t, []wording.Gap{{"Nme", 6}, {"customername", 12}, {"Nme", 27}}, wording.Unknown("Grüß {Nme} {customername} {Nme}", known))
	require.Nil(t, wording.Unknown("", nil))
}
