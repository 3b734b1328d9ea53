package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"switchboard/api/apiclient"
	"switchboard/test/rig"
	"switchboard/test/tier"
)

const (
	crowdAgents   = 20 // of each queue, and of the next one as well
	crowdCapacity = 2
	crowdWaves    = 6 // of customers in that time, the last at its end
	crowdWave     = 8 // customers of each queue
	crowdWaiting  = crowdWaves * crowdWave
)

var (
	crowdQueues   = tier.Size(4, 10)
	crowdFor      = tier.Size(15*time.Second, time.Minute)
	crowdPatience = tier.Patience(10 * time.Minute)
	// The log says when a transaction began: what it freed, or an arrival that its
	// workflow still has to queue, can be assigned only some time later.
	crowdSettles = tier.Patience(time.Second)
)

// T11: for a minute, 200 agents appear, vanish, decline and let offers lapse at
// random while customers of ten queues write in waves that are more than those
// who are there can take at once. Nobody is ever given more than they can take,
// nothing is lost, accepted twice or left behind; read from the event log alone.
func TestAssign_CrowdComesAndGoes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), crowdPatience)
	defer cancel()
	var sites []*rig.Site
	var queues []string
	for range crowdQueues {
		s := newSite(t, map[string]any{"offer_timeout": 5, "reoffer_after": 0, "max_offers": 1000})
		sites, queues = append(sites, s), append(queues, s.Queue.String())
	}
	var play sync.WaitGroup
	playing, stop := context.WithCancel(ctx)
	defer play.Wait()
	defer stop()
	for i, s := range sites {
		for n := range crowdAgents {
			p := hire(t, sites[(i+1)%crowdQueues], s, uint64(i*crowdAgents+n))
			play.Go(func() { p.play(playing, &play) })
		}
	}
	var customers sync.WaitGroup
	for _, s := range sites {
		customers.Go(func() { writeInWaves(ctx, t, s) })
	}
	db, err := sqlx.ConnectContext(ctx, "postgres", shared.DSN())
	require.NoError(t, err)
	defer db.Close()
	for closed := 0; closed < crowdQueues*crowdWaiting; {
		require.NoError(t, db.GetContext(ctx, &closed, closedIn, "{"+join(queues)+"}"), "%d of %d closed", closed, crowdQueues*crowdWaiting)
		var over int
		require.NoError(t, db.GetContext(ctx, &over, overloaded, "{"+join(queues)+"}"))
		require.Zero(t, over)
		pause(ctx, 50*time.Millisecond)
	}
	customers.Wait()
	stop()
	play.Wait()
	log := readLog(t, db, queues)
	t.Log(log.say())
	require.Empty(t, log.wrong)
	require.Len(t, log.conversations, crowdQueues*crowdWaiting)
	for id, c := range log.conversations {
		require.Equal(t, 1, c.accepted, "conversation %s was accepted", id)
		require.True(t, c.closed)
		require.Less(t, c.overtaken, crowdWave*3/2, "conversation %s starved", id)
	}
	require.Positive(t, log.declined)
	require.Positive(t, log.expired)
}

// writeInWaves has new customers write for as long as the crowd is there.
func writeInWaves(ctx context.Context, t *testing.T, s *rig.Site) {
	next := time.NewTicker(crowdFor / (crowdWaves - 1))
	defer next.Stop()
	for wave := range crowdWaves {
		for range crowdWave {
			if sent, err := s.LINE.User(userID()).Says(ctx, said("hi")); err != nil || sent.Status != http.StatusOK {
				t.Errorf("message: %d %v", sent.Status, err)
			}
		}
		if wave == crowdWaves-1 {
			return
		}
		select {
		case <-next.C:
		case <-ctx.Done():
			return
		}
	}
}

// Agents of other tests may be given more than they can take, knowingly.
const overloaded = `SELECT count(*) FROM agent_status s WHERE load > capacity
	AND EXISTS (SELECT FROM queue_member m WHERE m.agent_id = s.agent_id AND m.queue_id = ANY($1::uuid[]))`

const closedIn = `SELECT count(*) FROM conversation WHERE queue_id = ANY($1::uuid[]) AND state = 'closed'`

func join(ids []string) (out string) {
	for i, id := range ids {
		if i > 0 {
			out += ","
		}
		out += id
	}
	return out
}

// player is an agent who does as they please.
type player struct {
	*apiclient.Client
	id uuid.UUID
	mu sync.Mutex
	r  *rand.Rand
}

// hire adds an agent to two queues who uses a token, which costs no password.
func hire(t *testing.T, also, s *rig.Site, seed uint64) *player {
	t.Helper()
	ctx := t.Context()
	var made apiclient.Ref
	_, err := shared.Admin.Do(ctx, http.MethodPost, "/v1/agents", map[string]any{"name": markText, "email": uuid.NewString() + "@example.com", "role": "agent", "capacity": crowdCapacity}, &made)
	require.NoError(t, err)
	for _, q := range []uuid.UUID{s.Queue, also.Queue} {
		_, err := shared.Admin.Do(ctx, http.MethodPut, fmt.Sprintf("/v1/queues/%s/members/%s", q, made.ID), nil, nil)
		require.NoError(t, err)
	}
	var token struct{ Token string }
	_, err = shared.Admin.Do(ctx, http.MethodPost, "/v1/tokens", map[string]any{"name": "player", "role": "agent", "agent_id": made.ID}, &token)
	require.NoError(t, err)
	return &player{Client: &apiclient.Client{Base: shared.Base, Token: token.Token}, id: made.ID, r: rand.New(rand.NewPCG(seed, 11))}
}

func (p *player) chance(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.r.IntN(n)
}

// play listens for a while, again and again, and answers what is offered.
func (p *player) play(ctx context.Context, work *sync.WaitGroup) {
	for ctx.Err() == nil {
		there, leave := context.WithCancel(ctx)
		p.Follow(there, func(e apiclient.Event) {
			if e.Kind != "offer.made" || e.Agent.UUID != p.id {
				return
			}
			switch what := p.chance(20); {
			case what < 3:
				work.Go(func() {
					_ = p.Command(ctx, e.Conversation.UUID, "decline", "", map[string]any{"offer_id": e.OfferID()})
				})
			case what < 5: // it lapses
			case what < 6:
				leave()
			default:
				work.Go(func() { p.serve(ctx, e) })
			}
		})
		leave()
		pause(ctx, time.Duration(p.chance(2000))*time.Millisecond)
	}
}

// serve has the whole of a conversation. What is refused was somebody else's or
// is over; what fails is tried again.
func (p *player) serve(ctx context.Context, e apiclient.Event) {
	for _, name := range []string{"accept", "end", "close"} {
		var in map[string]any
		if name == "accept" {
			in = map[string]any{"offer_id": e.OfferID()}
		}
		key := uuid.NewString()
		for ctx.Err() == nil {
			err := p.Command(ctx, e.Conversation.UUID, name, key, in)
			if err == nil {
				break
			}
			if r := (*apiclient.Refused)(nil); errors.As(err, &r) && r.Status < 500 && r.Status != http.StatusTooManyRequests {
				return
			}
			pause(ctx, 200*time.Millisecond)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// crowdLog is what the event log says happened, followed without a look at how
// the product keeps it.
type crowdLog struct {
	conversations map[uuid.UUID]*crowdConversation
	load          map[uuid.UUID]int
	wrong         []string
	most          int
	declined      int
	expired       int
}

type crowdConversation struct {
	queue     uuid.UUID
	nth       int       // by arrival
	since     time.Time // free, or there at all
	offer     uuid.UUID
	holder    uuid.UUID
	accepted  int
	closed    bool
	overtaken int
	refused   map[uuid.UUID]bool
}

func readLog(t *testing.T, db *sqlx.DB, queues []string) *crowdLog {
	t.Helper()
	l := &crowdLog{conversations: map[uuid.UUID]*crowdConversation{}, load: map[uuid.UUID]int{}}
	var events []struct {
		Kind         string        `db:"kind"`
		Conversation uuid.UUID     `db:"conversation_id"`
		Queue        uuid.NullUUID `db:"queue_id"`
		Agent        uuid.NullUUID `db:"agent_id"`
		Change       string        `db:"change"`
		Offer        uuid.NullUUID `db:"offer_id"`
		At           time.Time     `db:"created_at"`
	}
	require.NoError(t, db.Select(&events, `SELECT e.kind, e.conversation_id, e.queue_id, e.agent_id, COALESCE(e.data->>'change', e.data->>'reason', '') AS change, (e.data->>'offer_id')::uuid AS offer_id, e.created_at
		FROM event e JOIN conversation c ON c.id = e.conversation_id WHERE c.queue_id = ANY($1::uuid[]) AND e.kind IN ('conversation.updated', 'offer.made', 'offer.withdrawn') ORDER BY e.id`, "{"+join(queues)+"}"))
	for _, e := range events {
		c := l.conversations[e.Conversation]
		if c == nil {
			c = &crowdConversation{queue: e.Queue.UUID, nth: len(l.conversations), since: e.At, refused: map[uuid.UUID]bool{}}
			l.conversations[e.Conversation] = c
		}
		switch e.Kind {
		case "offer.made":
			l.made(e.Conversation, c, e.Offer.UUID, e.Agent.UUID, e.At)
		case "offer.withdrawn":
			c.refused[e.Agent.UUID] = true
			l.free(e.Conversation, c, e.Agent.UUID)
			c.since = e.At
		default:
			l.changed(e.Conversation, c, e.Change)
		}
	}
	return l
}

// An offer is written once the capacity is taken, and what frees it at the
// latest then: in the order of being written, the sum is never too high.
func (l *crowdLog) made(id uuid.UUID, c *crowdConversation, offer, agent uuid.UUID, at time.Time) {
	if c.holder != uuid.Nil || c.closed {
		l.wrong = append(l.wrong, fmt.Sprintf("conversation %s was offered to %s while %s had it", id, agent, c.holder))
	}
	c.offer, c.holder = offer, agent
	l.load[agent]++
	l.most = max(l.most, l.load[agent])
	if l.load[agent] > crowdCapacity {
		l.wrong = append(l.wrong, fmt.Sprintf("agent %s had %d", agent, l.load[agent]))
	}
	for _, other := range l.conversations {
		free := other.holder == uuid.Nil && !other.closed && at.Sub(other.since) > crowdSettles
		if other.queue == c.queue && other.nth < c.nth && free && !other.refused[agent] {
			other.overtaken++
		}
	}
}

func (l *crowdLog) free(id uuid.UUID, c *crowdConversation, agent uuid.UUID) {
	if c.holder != agent {
		l.wrong = append(l.wrong, fmt.Sprintf("conversation %s was taken from %s, but %s had it", id, agent, c.holder))
		return
	}
	l.load[agent]--
	c.holder = uuid.Nil
}

func (l *crowdLog) changed(id uuid.UUID, c *crowdConversation, change string) {
	switch change {
	case "accepted":
		c.accepted++
	case "declined":
		l.declined++
	case "offer_expired":
		l.expired++
	case "closed":
		c.closed = true
		if c.holder != uuid.Nil {
			l.free(id, c, c.holder)
		}
	}
}

func (l *crowdLog) say() string {
	overtaken := 0
	for _, c := range l.conversations {
		overtaken = max(overtaken, c.overtaken)
	}
	return fmt.Sprintf("%d conversations, %d declined, %d lapsed, at most %d held by one, at most %d times overtaken", len(l.conversations), l.declined, l.expired, l.most, overtaken)
}
