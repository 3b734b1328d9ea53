package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"switchboard/domain/autotext"
	"switchboard/domain/conversation"
)

// The domain and the wordings name the same occasions.
func TestSayings_AreTriggers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{conversation.SayAgentJoined, conversation.SayAgentAssigned, conversation.SayAgentGone, conversation.SayEnded,
		conversation.SayForceClosed, conversation.SayWindowClosing, conversation.SayWindowClosed} {
		_, known := autotext.TriggerByName(name)
		require.True(t, known, name)
	}
}
