package demo

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// free are the numbers that nobody has: those kept for films in the United
// Kingdom and the United States.
var free = regexp.MustCompile(`^(\+447700900\d{3}|\+1[2-9]\d{2}55501\d{2})$`)

func TestStories_HoldTogether(t *testing.T) {
	t.Parallel()
	in := map[string][]string{}
	for _, m := range team() {
		in[m.name] = m.queues
	}
	met := map[string]bool{}
	for _, s := range append(stories(), toCampaign()...) {
		who := s.customer
		require.False(t, met[who.name], "%s has one story", who.name)
		met[who.name] = true
		switch who.on {
		case onSMS, onWhatsApp:
			require.Regexp(t, free, who.number, who.name)
		case onLINE:
			require.Len(t, who.number, 33, who.name)
		}
		require.True(t, who.unknown || who.email != "", "%s can be noted", who.name)
		for _, talk := range s.talks {
			require.True(t, talk.turns[0].ofCustomer(), "%s begins", who.name)
			for _, turn := range talk.turns {
				if !turn.ofCustomer() {
					require.Contains(t, in[talk.agent], queueOf(who.on, talk), "%s is answered by a member of the queue", who.name)
				}
				require.True(t, turn.text != "" || turn.photo != nil || turn.place != nil || turn.by == bySticker, "%s says something", who.name)
			}
			require.True(t, talk.end == goesOn || talk.agent != "", "%s is ended by somebody", who.name)
		}
	}
	require.Contains(t, in[maya], returns)
}

// queueOf is the queue into which a conversation comes.
func queueOf(on channel, t talk) string {
	switch on {
	case onSMS:
		return orders
	case onLive, onAccount:
		return support
	}
	for _, r := range routes() {
		if regexp.MustCompile(r.words).MatchString(strings.ToLower(t.turns[0].text)) {
			return r.queue
		}
	}
	return ""
}

func TestCampaigns_NumbersAreFree(t *testing.T) {
	t.Parallel()
	members := map[string]bool{}
	for _, line := range clubList()[1:] {
		require.Regexp(t, free, line[0])
		members[line[0]] = true
	}
	require.Len(t, members, clubAreas*100, "each is there once")
	for n := range teaFriends {
		require.Regexp(t, free, teaFriend(n))
		require.False(t, strings.HasPrefix(teaFriend(n), "+4477009009"), "customers with stories get no campaign")
	}
}
