package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"switchboard/api/apiclient"
)

// together are conversations that several people have a part in.
func together() []scenario {
	return []scenario{
		{"consulted", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.ask, p.advice("decline"), p.ask, p.advice("accept"), p.advice("bring-in"), p.answer,
				p.advice("remove"), p.do("end"), p.do("close"))
		}},
		{"consult-missed", map[string]any{"offer_timeout": 2, "consult_anyone": true}, func(p *play) error {
			return p.all(p.says, p.accept, p.askQueue, p.left, p.says, p.answer, p.do("end"), p.do("close"))
		}},
		{"handed-over", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.ask, p.advice("accept"), p.transfer, p.accept, p.answer, p.do("end"), p.do("close"))
		}},
		{"handed-to-queue", map[string]any{"consult_anyone": true}, func(p *play) error {
			return p.all(p.says, p.accept, p.transferToQueue, p.accept, p.says, p.answer, p.do("end"), p.do("close"))
		}},
		{"supervised", nil, func(p *play) error {
			return p.all(p.says, p.accept, p.supervise("monitor", nil), p.supervise("join", nil), p.answer, p.assignOther, p.accept,
				p.answer, p.supervise("leave", nil), p.forceClose)
		}},
	}
}

// sides are who has the conversation and the other agent.
func (p *play) sides() (mine, other int, err error) {
	c, err := p.rig.Admin.Conversation(p, p.conversation)
	if err == nil && c.Agent != nil && c.Agent.ID == p.ids[1] {
		return 1, 0, nil
	}
	return 0, 1, err
}

func (p *play) path(rest string) string {
	return "/v1/conversations/" + p.conversation.String() + "/" + rest
}

func (p *play) ask() error { return p.send("consults", false) }

func (p *play) transfer() error { return p.send("transfer", false) }

func (p *play) askQueue() error { return p.send("consults", true) }

func (p *play) transferToQueue() error { return p.send("transfer", true) }

// send has the primary agent ask or hand over to the other agent or to the queue.
func (p *play) send(command string, queue bool) error {
	mine, other, err := p.sides()
	if err != nil {
		return err
	}
	in := map[string]any{"agent_id": p.ids[other]}
	if queue {
		to, err := p.otherQueue()
		if err != nil {
			return err
		}
		in = map[string]any{"queue_id": to}
	}
	return p.agents[mine].Command(p, p.conversation, command, uuid.NewString(), in)
}

// otherQueue is a queue of the same agents, that conversations did not begin in.
func (p *play) otherQueue() (uuid.UUID, error) {
	var made apiclient.Ref
	if _, err := p.rig.Admin.Do(p, http.MethodPost, "/v1/queues", map[string]any{"name": uuid.NewString()}, &made); err != nil {
		return made.ID, err
	}
	for _, id := range p.ids {
		if _, err := p.rig.Admin.Do(p, http.MethodPut, fmt.Sprintf("/v1/queues/%s/members/%s", made.ID, id), nil, nil); err != nil {
			return made.ID, err
		}
	}
	return made.ID, nil
}

type part struct {
	ID     uuid.UUID
	LeftAt *time.Time `json:"left_at"`
}

// parts are those who take or took part, the first one first.
func (p *play) parts() ([]part, error) {
	var out struct{ Items []part }
	_, err := p.rig.Admin.Do(p, http.MethodGet, p.path("participants"), nil, &out)
	return out.Items, err
}

// advice is a step of the latest consult: the consultant answers, the primary
// agent decides.
func (p *play) advice(command string) func() error {
	return func() error {
		mine, other, err := p.sides()
		if err != nil {
			return err
		}
		parts, err := p.parts()
		if err != nil {
			return err
		}
		if len(parts) == 0 {
			return fmt.Errorf("%s: nobody was asked", command)
		}
		who := p.agents[mine]
		if command == "accept" || command == "decline" {
			who = p.agents[other]
		}
		return who.Command(p, p.conversation, "consults/"+parts[len(parts)-1].ID.String()+"/"+command, uuid.NewString(), nil)
	}
}

// left waits until nobody is asked any more.
func (p *play) left() error {
	for {
		parts, err := p.parts()
		if err != nil {
			return err
		}
		asked := 0
		for _, x := range parts {
			if x.LeftAt == nil {
				asked++
			}
		}
		if len(parts) > 0 && asked == 0 {
			return nil
		}
		time.Sleep(100 * time.Millisecond) // its timers run
	}
}

// supervise is a command of the administrator.
func (p *play) supervise(command string, in any) func() error {
	return func() error { return p.rig.Admin.Command(p, p.conversation, command, uuid.NewString(), in) }
}

// assignOther has the supervisor give it to the agent who does not have it.
func (p *play) assignOther() error {
	_, other, err := p.sides()
	if err != nil {
		return err
	}
	return p.supervise("assign", map[string]any{"agent_id": p.ids[other], "over_capacity": true})()
}
