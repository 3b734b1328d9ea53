package store_test

import (
	"slices"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"switchboard/domain/autotext"
	"switchboard/domain/conversation"
	"switchboard/store/conversationdb"
	"switchboard/store/storetest"
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

// Customers read in their language. What is for agents alone they read in that of
// the address, whoever wrote. Both may name context variables.
func TestSeed_D21_LinesForAgentsAreInTheirLanguage(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	site := db.Site(t)
	id := db.Waiting(t, site, 1)[0]
	db.SQL.MustExec(`UPDATE contact_point SET language = 'nl'`)
	db.SQL.MustExec(`UPDATE conversation SET context = '{"order": 1042}'`)
	for trigger, texts := range map[string]string{
		autotext.ForceClosed: `{"en": "Closed {context.order}", "nl": "Gesloten {context.order}"}`,
		autotext.Greeting:    `{"en": "Hello {context.order}", "nl": "Dag {context.order}"}`,
	} {
		to := autotext.ToAgent
		if trigger == autotext.Greeting {
			to = autotext.ToBoth
		}
		db.SQL.MustExec(`INSERT INTO automated_message (trigger, channel, enabled, visibility, texts)
			VALUES ($1, '', true, $2, $3)`, trigger, to, texts)
		require.NoError(t, db.Tx(t.Context(), func(tx *sqlx.Tx) error {
			return conversationdb.SendAuto(t.Context(), tx, conversationdb.AutoMessage{Conversation: id, Trigger: trigger})
		}))
	}
	var said []string
	require.NoError(t, db.SQL.Select(&said, `SELECT direction || ': ' || text FROM message WHERE automated IS NOT NULL ORDER BY text`))
	slices.Sort(said)
	require.Equal(t, []string{"internal: Closed 1042", "out: Dag 1042"}, said)
}
