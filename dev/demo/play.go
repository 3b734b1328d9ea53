package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"switchboard/api/apiclient"
)

// atOnce is how many stories are played side by side.
const atOnce = 4 // each connection of PostgreSQL learns the statements anew

// lookAgain is the pause between two looks at something that is about to happen.
const lookAgain = 50 * time.Millisecond

// conv is a conversation with what the demo needs of it.
type conv struct {
	apiclient.Conversation
	Contact *apiclient.Ref
}

// with tells whether a conversation is the customer's.
func (v conv) with(who customer) bool {
	if who.on == onLive || who.on == onAccount {
		return v.Channel == "webchat" && v.Customer.Name == who.name
	}
	return v.Channel == string(who.on) && bare(v.Customer.ExternalID) == who.number
}

// bare is a number without the prefix that a provider gives it.
func bare(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// playAll plays stories side by side. One that fails stops no other.
func (c *Company) playAll(ctx context.Context, all []story) error {
	errs := make([]error, len(all))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, s := range all {
		g.Go(func() error {
			p := &player{Company: c, story: s, side: c.sideOf(s.customer), seen: s.had, known: c.news.of(s.customer)}
			if err := p.play(ctx); err != nil {
				errs[i] = fmt.Errorf("%s: %w", s.customer.name, err)
			}
			return nil
		})
	}
	_ = g.Wait()
	return errors.Join(errs...)
}

// player plays one story.
type player struct {
	*Company
	story
	side  side
	known []conv // of the customer, the oldest first
	seen  int    // messages of ours that have reached the customer by now in the story
}

// play plays the story from where it stands. Where somebody else has taken a
// conversation over by now, it is theirs.
func (p *player) play(ctx context.Context) error {
	for i, t := range p.talks {
		s := scene{player: p, talk: t, n: i, key: fmt.Sprintf("demo/%s/%s/%d", p.customer.on, p.customer.number, i)}
		if i < len(p.known) {
			s.id, s.state = p.known[i].ID, p.known[i].State
		}
		if err := s.play(ctx); conflict(err) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// scene is one conversation that is being played.
type scene struct {
	*player
	talk
	n     int // its number in the story
	key   string
	id    uuid.UUID // uuid.Nil before it began
	state string
}

func (s *scene) play(ctx context.Context) error {
	written, err := s.written(ctx)
	if err == nil && s.state == "open" { // cut off before it was in a queue, perhaps
		err = s.begun(ctx)
	}
	if err != nil {
		return err
	}
	for n, t := range s.turns {
		key := fmt.Sprintf("%s/%d", s.key, n)
		switch {
		case s.state == "closed":
		case !t.ofCustomer():
			err = s.agentDoes(ctx, key, t)
		case written > 0:
			written--
		default:
			err = s.customerDoes(ctx, key, t)
		}
		if err != nil {
			return err
		}
		if t.by == byAgent {
			s.seen++
		}
	}
	if s.end == goesOn || s.state == "closed" {
		return nil
	}
	if err := s.side.got(ctx, s.seen); err != nil {
		return err
	}
	return s.finish(ctx)
}

// written counts what the customer wrote before.
func (s *scene) written(ctx context.Context) (n int, err error) {
	if s.id == uuid.Nil {
		return 0, nil
	}
	all, err := s.admin.Messages(ctx, s.id, 0)
	for _, m := range all {
		if m.Direction == "in" && m.Automated == nil {
			n++
		}
	}
	return n, err
}

// customerDoes plays a customer's turn, once they have read what they answer.
func (s *scene) customerDoes(ctx context.Context, key string, t turn) error {
	if err := s.side.got(ctx, s.seen); err != nil {
		return err
	}
	if err := s.side.do(ctx, key, t); err != nil {
		return err
	}
	if s.id != uuid.Nil {
		return nil
	}
	return s.begun(ctx)
}

// begun waits until the customer's conversation is in a queue: rules read the
// newest message, which is to be the one that began it. Then it notes who they are.
func (s *scene) begun(ctx context.Context) error {
	before := s.known
	if s.id != uuid.Nil {
		before = s.known[:s.n]
	}
	v, err := s.news.queued(ctx, func(v conv) bool {
		return v.with(s.customer) && !slices.ContainsFunc(before, func(b conv) bool { return b.ID == v.ID })
	})
	if err != nil {
		return fmt.Errorf("no conversation in a queue: %w", err)
	}
	if s.id == uuid.Nil {
		s.known = append(s.known, v)
	}
	s.id, s.state = v.ID, v.State
	return s.meet(ctx, v)
}

// meet notes who the customer is, unless somebody has.
func (s *scene) meet(ctx context.Context, v conv) error {
	if v.Contact != nil || s.customer.unknown {
		return nil
	}
	in := map[string]any{"name": s.customer.name, "email": s.customer.email, "conversation_id": v.ID}
	if strings.HasPrefix(s.customer.number, "+") {
		in["phone"] = s.customer.number
	}
	_, err := s.admin.Do(ctx, http.MethodPost, "/v1/contacts", in, nil)
	return err
}

// agentDoes plays an agent's turn. What was done before under the key is not done again.
func (s *scene) agentDoes(ctx context.Context, key string, t turn) error {
	agent, err := s.colleague(ctx, s.agent)
	if err != nil {
		return err
	}
	if s.state == "open" {
		if err := agent.Command(ctx, s.id, "pick", "", nil); err != nil {
			return err
		}
		s.state = "active"
	}
	path := "/v1/conversations/" + s.id.String()
	switch t.by {
	case forColleagues:
		_, err = agent.Do(ctx, http.MethodPost, path+"/internal-messages", map[string]any{"text": t.text}, nil, "Idempotency-Key", key)
	case asNote:
		_, err = agent.Do(ctx, http.MethodPost, path+"/notes", map[string]any{"text": t.text}, nil, "Idempotency-Key", key)
	default:
		_, _, err = agent.Answer(ctx, s.id, key, t.text)
	}
	return err
}

// finish leaves a conversation as it is to be found.
func (s *scene) finish(ctx context.Context) error {
	agent, err := s.colleague(ctx, s.agent)
	if err != nil {
		return err
	}
	if s.end == parked && s.state == "active" {
		return agent.Command(ctx, s.id, "park", "", nil)
	}
	if s.state == "active" {
		if err := agent.Command(ctx, s.id, "end", "", nil); err != nil {
			return err
		}
		s.state = "wrap-up"
	}
	if s.end == closed && s.state == "wrap-up" {
		return agent.Command(ctx, s.id, "close", "", nil)
	}
	return nil
}

// pause waits a moment, or fails when ctx ends.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(lookAgain):
		return nil
	}
}
