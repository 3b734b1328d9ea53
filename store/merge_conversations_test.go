package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/channel"
	"switchboard/domain/conversation"
	"switchboard/store/contactdb"
	"switchboard/store/storetest"
)

// twoIDs is a customer of whom WhatsApp told a number and a business-scoped id,
// each alone, before it told both: who wrote from each has a conversation.
type twoIDs struct {
	db   *storetest.DB
	site storetest.Site
	n    int
}

const number, scoped = "+14155550123", "US.1234567890"

func newTwoIDs(t *testing.T) *twoIDs {
	t.Helper()
	db := storetest.New(t)
	x := &twoIDs{db: db, site: db.Site(t)}
	whatsapp(t, db, &x.site)
	return x
}

func (x *twoIDs) says(t *testing.T, from, text string, aliases ...string) {
	t.Helper()
	x.n++
	in := message(x.site, from, "e"+string(rune('a'+x.n)), text)
	in.Event.Channel, in.Event.Aliases = "whatsapp", aliases
	in.Event.Media = []channel.MediaRef{{Name: text}}
	_, err := x.db.Message.StoreMessages(t.Context(), []contactdb.Inbound{in})
	require.NoError(t, err)
}

func (x *twoIDs) of(t *testing.T, id string) uuid.UUID {
	t.Helper()
	var c uuid.UUID
	require.NoError(t, x.db.SQL.Get(&c, `SELECT c.id FROM conversation c JOIN contact_point p ON p.id = c.contact_point_id
		WHERE p.external_id = $1 AND c.state <> 'closed'`, id))
	return c
}

// settle does what workflows do when their bells tell them to merge.
func (x *twoIDs) settle(t *testing.T) {
	t.Helper()
	bells, err := x.db.Outbox.ClaimBells(t.Context(), 100, time.Minute)
	require.NoError(t, err)
	for _, b := range bells {
		if b.Bell.Merging {
			transition(t, x.db.Store, b.Conversation, conversation.Command{Kind: conversation.Merge})
		}
	}
}

func (x *twoIDs) thread(t *testing.T, id uuid.UUID) []string {
	t.Helper()
	var texts []string
	require.NoError(t, x.db.SQL.Select(&texts, `SELECT m.text FROM message m
		JOIN attachment f ON f.message_id = m.id AND f.conversation_id = m.conversation_id
		WHERE m.conversation_id = $1 ORDER BY m.seq`, id))
	return texts
}

func TestFault_F11_TwoIDsOfOneCustomerKeepOneConversation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		accepts string // whose conversation an agent has by then
		from    string // by which both are told
	}{
		"nobody has one, told by the number": {"", number}, "an agent has the number's": {number, scoped},
		"an agent has the other one": {scoped, number},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTwoIDs(t)
			agent := x.db.Agents(t, &x.site, 1, 5)[0]
			x.says(t, number, "by number")
			x.says(t, scoped, "by id")
			ids := map[string]uuid.UUID{number: x.of(t, number), scoped: x.of(t, scoped)}
			for _, id := range ids {
				_, err := x.db.Conversation.Begin(t.Context(), id)
				require.NoError(t, err)
			}
			stays := ids[number]
			if c.accepts != "" {
				stays = ids[c.accepts]
				require.True(t, transition(t, x.db.Store, stays, conversation.Command{Kind: conversation.Accept, Agent: agent.String()}))
			}
			x.says(t, c.from, "by both", map[string]string{number: scoped, scoped: number}[c.from])
			x.settle(t)
			var live []uuid.UUID
			require.NoError(t, x.db.SQL.Select(&live, `SELECT id FROM conversation WHERE state <> 'closed'`))
			require.Equal(t, []uuid.UUID{stays}, live)
			require.ElementsMatch(t, []string{"by number", "by id", "by both"}, x.thread(t, stays))
			require.Equal(t, 1, one(t, x.db, `SELECT count(*) FROM conversation WHERE state = 'closed' AND close_reason = 'merged'`))
			require.Equal(t, 1, one(t, x.db, `SELECT load FROM agent_status WHERE agent_id = $1`, agent), "one conversation takes room")
			require.Equal(t, 3, one(t, x.db, `SELECT inbound_seq FROM conversation WHERE id = $1`, stays))
			require.Equal(t, 2, one(t, x.db, `SELECT count(*) FROM event e JOIN message m ON m.id = e.message_id
				WHERE e.conversation_id = $1 AND m.text <> 'by both'`, stays),
				"who watches it hears of what moved")
			for _, from := range []string{number, scoped} { // whichever comes alone
				x.says(t, from, "again")
			}
			require.Len(t, x.thread(t, stays), 5)
			x.db.Check(t)
		})
	}
}

// The other conversation was closed before the merge: nothing is lost, and there
// is still one.
func TestFault_F11_NothingIsMergedIntoAClosedConversation(t *testing.T) {
	t.Parallel()
	x := newTwoIDs(t)
	x.says(t, number, "by number")
	x.says(t, scoped, "by id")
	first, second := x.of(t, number), x.of(t, scoped)
	x.says(t, number, "by both", scoped)
	require.True(t, transition(t, x.db.Store, first, conversation.Command{Kind: conversation.ForceClose}))
	x.settle(t)
	require.Equal(t, []string{"by id"}, x.thread(t, second))
	x.says(t, number, "again")
	require.Equal(t, []string{"by id", "again"}, x.thread(t, second), "it goes on under the number")
	require.Equal(t, second, x.of(t, number))
}
