package main

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
	"switchboard/dev/sandbox"
)

type scenario struct {
	name     string
	settings map[string]any
	play     func(*play) error
}

func scenarios() []scenario {
	return append([]scenario{
		{"answered", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.says, p.answer, p.says, p.answer, p.do("end"), p.do("close"))
		}},
		{"declined", nil, func(p *play) error {
			return p.all(p.says, p.decline, p.accept, p.answer, p.do("end"), p.do("close"))
		}},
		{"expired", map[string]any{"offer_timeout": 2, "reoffer_after": 0}, func(p *play) error {
			return p.all(p.says, p.miss, p.accept, p.do("end"), p.do("close"))
		}},
		{"reopened", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.answer, p.do("end"), p.says, p.accept, p.answer, p.do("end"), p.do("close"))
		}},
		{"picked", map[string]any{"mode": "pick"}, func(p *play) error {
			return p.all(p.says, p.pick, p.says, p.answer, p.do("end"), p.do("close"))
		}},
		{"timed-out", map[string]any{"active_timeout": 2, "wrap_up_timeout": 2}, func(p *play) error {
			return p.all(p.says, p.accept, p.closed)
		}},
		{"worker-restarted", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.answer, p.restartWorker, p.says, p.answer, p.do("end"), p.do("close"))
		}},
		{"parked", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.answer, p.do("park"), p.says, p.accept, p.answer, p.do("park"), p.do("resume"), p.do("end"), p.do("close"))
		}},
		{"waited-out", map[string]any{"waiting_timeout": 2}, func(p *play) error {
			return p.all(p.says, p.accept, p.do("park"), p.closed)
		}},
		{"followed-up", map[string]any{"follow_up_after": 2, "wrap_up_block_for": 1, "wrap_up_timeout": 3}, func(p *play) error {
			return p.all(p.says, p.accept, p.do("park"), p.accept, p.do("end"), p.closed)
		}},
		{"released", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.do("release"), p.accept, p.forceClose)
		}},
		{"ruled", nil, func(p *play) error {
			return p.all(p.automated, p.rule("agent", 1, "message_customer"), p.rule("customer", 2, "close"), p.says, p.accept, p.reminded, p.answer, p.closed)
		}},
		{"overflowed", nil, func(p *play) error {
			return p.all(p.overflow("waited", 2, "end"), p.busy, p.says, p.begun, p.closed)
		}},
		{"turned-away", nil, func(p *play) error {
			return p.all(p.overflow("size", 1, "end"), p.busy, p.fill, p.says, p.begun, p.closed)
		}},
		{"continued", nil, func(p *play) error {
			steps := []func() error{p.says, p.accept}
			for range 20 {
				steps = append(steps, p.says, p.answer)
			}
			return p.all(append(steps, p.do("end"), p.do("close"))...)
		}},
	}, slices.Concat(together(), visits(), outreach(), absences())...)
}

func (p *play) all(steps ...func() error) error {
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (p *play) offer() (e apiclient.Event, agent *apiclient.Client, id uuid.UUID, err error) {
	e, err = p.await(func(e apiclient.Event) bool { return e.Kind == "offer.made" })
	if err != nil {
		return e, nil, id, err
	}
	p.conversation, agent = e.Conversation.UUID, p.agents[0]
	if e.Agent.UUID == p.ids[1] {
		agent = p.agents[1]
	}
	return e, agent, e.OfferID(), nil
}

func (p *play) onOffer(command string) error {
	_, agent, id, err := p.offer()
	if err != nil {
		return err
	}
	return agent.Command(p, p.conversation, command, uuid.NewString(), map[string]any{"offer_id": id})
}

func (p *play) accept() error  { return p.onOffer("accept") }
func (p *play) decline() error { return p.onOffer("decline") }

func (p *play) miss() error {
	_, _, _, err := p.offer()
	return err
}

func (p *play) pick() error {
	for p.conversation == uuid.Nil {
		open, err := p.agents[0].Conversations(p, "open")
		if err != nil {
			return err
		}
		if len(open) == 0 {
			time.Sleep(50 * time.Millisecond) // it is being routed
			continue
		}
		p.conversation = open[0].ID
	}
	return p.agents[0].Command(p, p.conversation, "pick", uuid.NewString(), nil)
}

// primary is who has the conversation.
func (p *play) primary() (*apiclient.Client, error) {
	c, err := p.agents[0].Conversation(p, p.conversation)
	if err != nil {
		return nil, err
	}
	if c.Agent != nil && c.Agent.ID == p.ids[1] {
		return p.agents[1], nil
	}
	return p.agents[0], nil
}

func (p *play) answer() error {
	p.said++
	agent, err := p.primary()
	if err != nil {
		return err
	}
	text := fmt.Sprintf("text %d", p.said)
	if _, _, err := agent.Answer(p, p.conversation, uuid.NewString(), text); err != nil {
		return err
	}
	_, err = p.customer.Await(p, func(m sandbox.Message) bool { return m.Text == text })
	return err
}

func (p *play) do(command string) func() error {
	return func() error {
		agent, err := p.primary()
		if err != nil {
			return err
		}
		return agent.Command(p, p.conversation, command, uuid.NewString(), nil)
	}
}

// closed waits until it closes by itself.
func (p *play) closed() error {
	for {
		c, err := p.rig.Admin.Conversation(p, p.conversation)
		if err != nil || c.State == "closed" {
			return err
		}
		time.Sleep(100 * time.Millisecond) // its timers run
	}
}

func (p *play) restartWorker() error {
	p.rig.Process("worker").Kill()
	return p.rig.Run(p, "worker")
}

func (p *play) forceClose() error {
	_, err := p.rig.Admin.Do(p, http.MethodPost, "/v1/conversations/"+p.conversation.String()+"/force-close", nil, nil)
	return err
}

func (p *play) automated() error {
	for _, trigger := range []string{"greeting", "agent_assigned", "agent_joined"} {
		in := map[string]any{"trigger": trigger, "workstream_id": p.site.Workstream, "enabled": true}
		if _, err := p.rig.Admin.Do(p, http.MethodPut, "/v1/automated-messages", in, nil); err != nil {
			return err
		}
	}
	return nil
}

const reminder = "are you there"

func (p *play) rule(silent string, after int, action string) func() error {
	return func() error {
		in := map[string]any{"name": silent, "silent": silent, "after": after, "action": action, "texts": map[string]string{"en": reminder}}
		_, err := p.rig.Admin.Do(p, http.MethodPost, "/v1/workstreams/"+p.site.Workstream.String()+"/timeout-rules", in, nil)
		return err
	}
}

func (p *play) reminded() error {
	_, err := p.customer.Await(p, func(m sandbox.Message) bool { return m.Text == reminder })
	return err
}

// overflow says what the queue does when it overflows.
func (p *play) overflow(when string, limit int, action string) func() error {
	return func() error {
		in := map[string]any{"rules": []any{map[string]any{"when": when, "limit": limit, "action": action}}}
		_, err := p.rig.Admin.Do(p, http.MethodPut, "/v1/queues/"+p.site.Queue.String()+"/overflow", in, nil)
		return err
	}
}

// busy agents are offered nothing.
func (p *play) busy() error {
	for _, a := range p.agents {
		if _, err := a.Do(p, http.MethodPut, "/v1/me/presence", map[string]any{"presence": "do_not_disturb"}, nil); err != nil {
			return err
		}
	}
	return nil
}

// fill lets somebody else wait in the queue.
func (p *play) fill() error {
	if _, err := p.site.LINE.User(fmt.Sprintf("U%031x0", p.site.Queue[:15])).Says(p, "text"); err != nil {
		return err
	}
	if err := p.begun(); err != nil {
		return err
	}
	p.other = p.conversation
	return nil
}

// begun waits until the conversation is there.
func (p *play) begun() error {
	e, err := p.await(func(e apiclient.Event) bool {
		return e.Kind == "conversation.updated" && e.Conversation.UUID != p.other
	})
	p.conversation = e.Conversation.UUID
	return err
}
