package api_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// before is a closed conversation that the customer of another had some days
// earlier, in a queue.
func (b *bench) before(conv uuid.UUID, days int, queue uuid.UUID) string {
	b.Helper()
	var id string
	require.NoError(b, b.db.SQL.Get(&id, `
		INSERT INTO conversation (contact_point_id, account_id, address_id, workstream_id, channel, queue_id, state, created_at, closed_at, last_seq, close_reason)
		SELECT contact_point_id, account_id, address_id, workstream_id, channel, $3, 'closed', created_at - make_interval(days => $2),
		       created_at - make_interval(days => $2) + interval '1 hour', 1, 'agent_closed'
		FROM conversation WHERE id = $1 RETURNING id`, conv, days, queue))
	b.db.SQL.MustExec(`INSERT INTO message (conversation_id, seq, account_id, direction, type, text) VALUES ($1, 1, $2, 'in', 'text', $3)`,
		id, b.site.Account, fmt.Sprintf("%d days before", days))
	return id
}

// earlierOf reads all pages of what the customer had earlier; "" is one of another team.
func (b *bench) earlierOf(conv uuid.UUID, token string) (all []string) {
	b.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []struct{ Conversation *struct{ ID string } }
			Next  *string
		}
		b.get(fmt.Sprintf("/v1/conversations/%s/earlier?limit=2&cursor=%s", conv, url.QueryEscape(cursor)), token).is(200).into(&page)
		for _, e := range page.Items {
			if e.Conversation == nil {
				all = append(all, "")
			} else {
				all = append(all, e.Conversation.ID)
			}
		}
		if page.Next == nil {
			return all
		}
		cursor = *page.Next
	}
}

// A customer who comes back has a history without a contact: what the same
// identity wrote before. Of another team's conversations one learns that they were.
func TestEarlier_WithoutAContact(t *testing.T) {
	b := setup(t)
	other := b.db.Site(t)
	conv := b.active()
	yesterday, week := b.before(conv, 1, b.site.Queue), b.before(conv, 7, b.site.Queue)
	theirs := b.before(conv, 3, other.Queue)
	require.Equal(t, []string{yesterday, theirs, week}, b.earlierOf(conv, b.super))
	require.Equal(t, []string{yesterday, "", week}, b.earlierOf(conv, b.agent))
	require.Equal(t, []string{""}, b.earlierOf(uuid.MustParse(yesterday), b.agent)[:1], "what came before that one")
	b.get("/v1/conversations/"+theirs+"/earlier", b.agent).problem(404, "not_found")
	b.get("/v1/conversations/"+theirs+"/messages", b.agent).problem(404, "not_found")
	stranger := b.stranger()
	b.get("/v1/conversations/"+conv.String()+"/earlier", stranger).problem(404, "not_found")
	b.get("/v1/conversations/"+conv.String()+"/outbound-messages", stranger).problem(404, "not_found")
	require.Empty(t, b.get("/v1/conversations/"+conv.String()+"/outbound-messages", b.agent).is(200).get("items"))
}

// The contact ties other channel identities together, before and after it is linked.
func TestEarlier_OnAllChannelsOfTheContact(t *testing.T) {
	b := setup(t)
	first, conv := b.waiting(), b.active()
	b.db.SQL.MustExec(`UPDATE conversation SET state = 'closed', closed_at = now(), created_at = created_at - interval '1 hour' WHERE id = $1`, first)
	require.Empty(t, b.earlierOf(conv, b.agent))
	contact, _ := b.contactOf(conv, obj{"name": "Ann Lee"})
	require.Empty(t, b.earlierOf(conv, b.agent))
	b.db.SQL.MustExec(`UPDATE contact_point SET contact_id = $2 WHERE id = (SELECT contact_point_id FROM conversation WHERE id = $1)`, first, contact)
	require.Equal(t, []string{first.String()}, b.earlierOf(conv, b.agent))
	require.Empty(t, b.earlierOf(first, b.super), "what came later is not earlier")
}
