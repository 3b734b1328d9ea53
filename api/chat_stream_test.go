package api_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"switchboard/test/tier"
)

// talk has the visitor and the agent write at once. Answers of the agent become
// visible only once they were sent, some of them never, and then in their place.
func (c *chatBench) talk(token, conv string, n int) (visible []string) {
	c.Helper()
	var mu sync.Mutex
	shown := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		visible = append(visible, text)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			text := fmt.Sprintf("visitor %d", i)
			c.write(token, text).is(201)
			shown(text)
		}
	})
	wg.Go(func() {
		r := rand.New(rand.NewPCG(1, uint64(n)))
		for i := range n {
			text := fmt.Sprintf("agent %d", i)
			seq := c.says(conv, text, "queued")
			time.Sleep(time.Duration(r.IntN(3)) * time.Millisecond) // on its way to be sent, while the visitor goes on
			status := "sent"
			if i%7 == 3 {
				status = "failed"
			} else {
				shown(text)
			}
			c.db.SQL.MustExec(`UPDATE message SET status = $3 WHERE conversation_id = $1 AND seq = $2`, conv, seq, status)
			c.tell(conv, "message.updated")
		}
	})
	wg.Wait()
	return visible
}

// startedLive begins a live chat that an agent has.
func (c *chatBench) startedLive() (token, conv string) {
	c.Helper()
	started := c.post(c.path("/start"), "", obj{}).is(201)
	token, conv = started.str("visitor_token"), started.str("thread.conversation_id")
	c.db.SQL.MustExec(`UPDATE conversation SET state = 'active', agent_id = $2, queue_id = $3 WHERE id = $1`, conv, c.agents[0], c.site.Queue)
	return token, conv
}

// The stream is cut again and again while both sides write: every message once,
// none that was not sent, in every connection and over all of them.
func TestChatStream_CutsLoseAndDoubleNothing(t *testing.T) {
	c := setupChat(t, "live", generous)
	token, conv := c.startedLive()
	stays := c.follow(token, "")
	var got []string
	var want []string
	var writing sync.WaitGroup
	cut := c.follow(token, stays.last)
	const lines = 40
	shown := 2 * lines
	for i := range lines {
		if i%7 == 3 {
			shown-- // an answer that was never sent
		}
	}
	writing.Go(func() { want = c.talk(token, conv, lines) })
	for len(got) < shown {
		for range min(3, shown-len(got)) {
			got = append(got, cut.texts(1)...)
		}
		cut.cancel()
		// A server that has not noticed yet would count it as one of too many.
		require.Eventually(t, func() bool { return c.streams.Load() == 1 }, tier.Patience(10*time.Second), time.Millisecond)
		cut = c.follow(token, cut.last)
	}
	writing.Wait()
	whole := stays.texts(len(want))
	for name, list := range map[string][]string{"who stayed": whole, "who was cut": got} {
		slices.Sort(list)
		require.Equal(t, len(slices.Compact(slices.Clone(list))), len(list), "%s got something twice", name)
	}
	slices.Sort(want)
	require.Equal(t, want, whole, "who stayed")
	require.Equal(t, want, got, "who was cut")
	for _, f := range []*follower{stays, cut} {
		c.says(conv, "last", "sent")
		require.Equal(t, []string{"last"}, f.texts(1), "and nothing comes after it all")
		if f == stays {
			require.Equal(t, []string{"last"}, cut.texts(1))
		}
	}
}

// Another process of the product goes on where the one that died was.
func TestChatStream_GoesOnAfterARestart(t *testing.T) {
	c := setupChat(t, "live", generous)
	token, conv := c.startedLive()
	tab := c.follow(token, "")
	c.says(conv, "before", "sent")
	require.Equal(t, []string{"before"}, tab.texts(1))
	tab.cancel()
	on := c.says(conv, "on its way", "queued")
	c.write(token, "meanwhile").is(201)
	c.stopChat()
	c.startChat()
	tab = c.follow(token, tab.last)
	require.Equal(t, []string{"meanwhile"}, tab.texts(1))
	c.db.SQL.MustExec(`UPDATE message SET status = 'sent' WHERE conversation_id = $1 AND seq = $2`, conv, on)
	c.tell(conv, "message.updated")
	require.Equal(t, []string{"on its way"}, tab.texts(1))
}

// More than a page can hold is not told piece by piece.
func TestChatStream_SaysWhenItCannotResume(t *testing.T) {
	c := setupChat(t, "live", generous)
	token, conv := c.startedLive()
	tab := c.follow(token, "")
	place := tab.last
	tab.cancel()
	c.db.SQL.MustExec(`WITH m AS (UPDATE conversation SET last_seq = last_seq + 700 WHERE id = $1 RETURNING last_seq, account_id)
		INSERT INTO message (conversation_id, seq, account_id, direction, type, text) SELECT $1, last_seq - 700 + n, account_id, 'in', 'text', 'x' FROM m, generate_series(1, 700) n`, conv)
	for _, after := range []string{place, "yesterday", "999;999:1"} {
		f := c.follow(token, after)
		if after == place {
			f.seat(c)
		}
		require.Equal(t, "reset", f.until("reset").kind, after)
		c.says(conv, "after "+after, "sent")
		require.Equal(t, []string{"after " + after}, f.texts(1), "from there on nothing is missing")
		f.cancel()
	}
}

// seat has something happen, so that the stream looks for news.
func (f *follower) seat(c *chatBench) {
	c.Helper()
	var conv string
	require.NoError(c, c.db.SQL.Get(&conv, `SELECT id FROM conversation LIMIT 1`))
	c.tell(conv, "message.updated")
}

// Many tabs of one visitor show the same.
func TestChatStream_ManyTabs(t *testing.T) {
	c := setupChat(t, "persistent", generous)
	token := c.start(obj{})
	tabs := []*follower{c.follow(token, ""), c.follow(token, ""), c.follow(token, "")}
	id := uuid.NewString()
	for range 3 { // impatient: the same line in every tab
		c.post(c.path("/messages"), token, obj{"client_id": id, "text": "hello"})
	}
	c.write(token, "second").is(201)
	for _, tab := range tabs {
		require.Equal(t, []string{"hello", "second"}, tab.texts(2))
	}
}
