package conversation

import (
	"slices"
	"time"
)

// Role is why somebody takes part besides the primary agent.
type Role string

// Roles of those who take part.
const (
	Consultant Role = "consultant" // advises the primary agent
	Supervisor Role = "supervisor" // watches
)

// Stage is how far somebody takes part.
type Stage string

// Stages of taking part.
const (
	Asked  Stage = "asked"  // a consultant who has not answered the request
	Aside  Stage = "aside"  // sees the thread; the customer does not know of them
	Joined Stage = "joined" // in front of the customer: what they write reaches them
)

// Participant is somebody who takes part besides the primary agent. It takes
// none of their capacity.
type Participant struct {
	ID      string    `json:"id,omitempty"`      // given when it is written
	Request string    `json:"request,omitempty"` // of a consultant: that of the first who was asked for it
	Agent   string    `json:"agent,omitempty"`   // "": to be found in the queue
	Queue   string    `json:"queue,omitempty"`   // of a consultant: the queue that was asked
	Role    Role      `json:"role"`
	Stage   Stage     `json:"stage"`
	Until   time.Time `json:"until,omitzero"` // how long a request waits
}

const (
	maxConsultants  = 5 // at once; more was never advised
	defaultAskUntil = 2 * time.Minute
)

// part is where an agent stands among those who take part, or -1.
func (s State) part(agent string) int {
	return slices.IndexFunc(s.Beside, func(p Participant) bool { return p.Agent == agent })
}

// consultant is where the one stands that the command means, or -1.
func (s State) consultant(c Command) int {
	return slices.IndexFunc(s.Beside, func(p Participant) bool { return p.Role == Consultant && p.ID == c.Part })
}

// inFront says that the customer hears what an agent writes.
func (s State) inFront(agent string) bool {
	i := s.part(agent)
	return i >= 0 && s.Beside[i].Stage == Joined
}

func (s State) askUntil(now time.Time) time.Time {
	if s.Policy.OfferTimeout > 0 {
		return now.Add(s.Policy.OfferTimeout)
	}
	return now.Add(defaultAskUntil)
}

// askedUntil is when the request that waits longest runs out; zero: none waits.
func (s State) askedUntil() time.Time {
	var at time.Time
	for _, p := range s.Beside {
		if p.Stage == Asked && (at.IsZero() || p.Until.Before(at)) {
			at = p.Until
		}
	}
	return at
}

// with returns the state with one participant more, and without touching the
// one it came from.
func (s State) with(p Participant) State {
	s.Beside = append(slices.Clone(s.Beside), p)
	return s
}

func (s State) without(i int) State {
	s.Beside = slices.Delete(slices.Clone(s.Beside), i, i+1)
	if len(s.Beside) == 0 {
		s.Beside = nil
	}
	return s
}

func (s State) changed(i int, change func(*Participant)) State {
	s.Beside = slices.Clone(s.Beside)
	change(&s.Beside[i])
	return s
}

// consulted asks an agent, or whoever of a queue has room, for advice.
func consulted(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	count := 0
	for _, p := range s.Beside {
		if p.Role == Consultant {
			count++
		}
	}
	switch {
	case c.To == s.Agent:
		return s, Effects{}, &Refusal{Code: SameTarget, Reason: "You have this conversation yourself."}
	case c.To != "" && s.part(c.To) >= 0:
		return s, Effects{}, alreadyThere("They were asked already, or take part.")
	case count >= maxConsultants:
		return s, Effects{}, &Refusal{Code: TooMany, Reason: "As many as may be asked at once are asked or take part; remove one first."}
	}
	s.Activity = now
	s = s.with(Participant{Agent: c.To, Queue: c.Queue, Role: Consultant, Stage: Asked, Until: s.askUntil(now)})
	return s, Effects{Project: true, Event: "consult_asked", About: c.To}, nil
}

// request is where the request stands that the command answers, or -1.
func (s State) request(c Command, now time.Time) int {
	i := s.part(c.Agent)
	if i < 0 || s.Beside[i].Stage != Asked || c.Part != "" && s.Beside[i].ID != c.Part || !now.Before(s.Beside[i].Until) {
		return -1
	}
	return i
}

func consultAccepted(s State, c Command, now time.Time) (State, Effects, error) {
	i := s.request(c, now)
	if i < 0 {
		return s, Effects{}, requestGone()
	}
	s = s.changed(i, func(p *Participant) { p.Stage, p.Until = Aside, time.Time{} })
	return s, Effects{Project: true, Event: "consult_accepted", About: c.Agent}, nil
}

func consultDeclined(s State, c Command, now time.Time) (State, Effects, error) {
	i := s.request(c, now)
	if i < 0 {
		return s, Effects{}, requestGone()
	}
	return s.askNext(i, now), Effects{Project: true, Event: "consult_declined", About: c.Agent, Left: "declined"}, nil
}

func consultLapsed(s State, _ Command, now time.Time) (State, Effects, error) {
	i := slices.IndexFunc(s.Beside, func(p Participant) bool { return p.Stage == Asked && !now.Before(p.Until) })
	if i < 0 {
		return s, Effects{}, nil
	}
	e := Effects{Project: true, Event: "consult_timed_out", About: s.Beside[i].Agent, Left: "timed_out"}
	return s.askNext(i, now), e, nil
}

// askNext: a queue that was asked goes on to its next best, an agent does not.
func (s State) askNext(i int, now time.Time) State {
	p := s.Beside[i]
	s = s.without(i)
	if p.Queue == "" {
		return s
	}
	return s.with(Participant{Request: p.Request, Queue: p.Queue, Role: Consultant, Stage: Asked, Until: s.askUntil(now)})
}

// broughtIn puts a consultant in front of the customer.
func broughtIn(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	i := s.consultant(c)
	switch {
	case i < 0:
		return s, Effects{}, notThere()
	case s.Beside[i].Stage == Asked:
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "They have not accepted yet."}
	case s.Beside[i].Stage == Joined:
		return s, Effects{}, alreadyThere("They write to the customer already.")
	}
	s.Activity = now
	e := Effects{Project: true, Event: "brought_in", About: s.Beside[i].Agent, Say: SayAgentJoined}
	return s.changed(i, func(p *Participant) { p.Stage = Joined }), e, nil
}

// removed ends a consult, or takes a request back.
func removed(s State, c Command, _ time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	i := s.consultant(c)
	if i < 0 {
		return s, Effects{}, notThere()
	}
	e := Effects{Project: true, Event: "consult_removed", About: s.Beside[i].Agent, Left: "removed"}
	return s.without(i), e, nil
}

// left: who takes part goes by themselves. A request is declined instead.
func left(s State, c Command, _ time.Time) (State, Effects, error) {
	i := s.part(c.Agent)
	switch {
	case i >= 0 && s.Beside[i].Stage == Asked:
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "You were asked and have not answered; decline it."}
	case i < 0:
		return s, Effects{}, &Refusal{Code: NotThere, Reason: "You do not take part in this conversation."}
	}
	return s.without(i), Effects{Project: true, Event: "participant_left", About: c.Agent, Left: "left"}, nil
}

// monitored: a supervisor watches; the customer never learns of it.
func monitored(s State, c Command, now time.Time) (State, Effects, error) {
	if err := mayWatch(s, c); err != nil {
		return s, Effects{}, err
	}
	if s.part(c.Agent) >= 0 {
		return s, Effects{}, alreadyThere("You take part already.")
	}
	s.Activity = now
	s = s.with(Participant{Agent: c.Agent, Role: Supervisor, Stage: Aside})
	return s, Effects{Project: true, Event: "monitored", About: c.Agent}, nil
}

// joined: a supervisor writes to the customer too, who is told.
func joined(s State, c Command, now time.Time) (State, Effects, error) {
	if err := mayWatch(s, c); err != nil {
		return s, Effects{}, err
	}
	s.Activity = now
	e := Effects{Project: true, Event: "supervisor_joined", About: c.Agent, Say: SayAgentJoined}
	i := s.part(c.Agent)
	switch {
	case i < 0:
		return s.with(Participant{Agent: c.Agent, Role: Supervisor, Stage: Joined}), e, nil
	case s.Beside[i].Stage == Joined:
		return s, Effects{}, alreadyThere("You write to the customer already.")
	}
	// A supervisor who was consulted needs nobody to bring them in.
	return s.changed(i, func(p *Participant) { p.Stage, p.Until = Joined, time.Time{} }), e, nil
}

func mayWatch(s State, c Command) error {
	if s.Agent == c.Agent {
		return &Refusal{Code: SameTarget, Reason: "You have this conversation yourself."}
	}
	return nil
}

// transferred gives a conversation away: it is offered to the agent, or goes to
// the queue. The primary agent leaves at once; whoever does not take the offer
// leaves it to the queue.
func transferred(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	if c.To == s.Agent {
		return s, Effects{}, &Refusal{Code: SameTarget, Reason: "You have this conversation yourself."}
	}
	e := handed(c, Effects{Project: true, Missed: c.Agent, Event: "transferred", Ends: "agent_transferred"}, "agent_transferred_to_queue")
	s = reopen(s)
	s.Activity = now
	return s, e, nil
}

// assigned: a supervisor says who is asked, or where it waits.
func assigned(s State, c Command, now time.Time) (State, Effects, error) {
	switch {
	case s.Phase == Active && c.To == s.Agent:
		return s, Effects{}, &Refusal{Code: SameTarget, Reason: "They have this conversation already."}
	case s.Offer != nil && c.To == s.Offer.Agent:
		return s, Effects{}, &Refusal{Code: SameTarget, Reason: "It is being offered to them at this moment."}
	}
	e := handed(c, Effects{Project: true, Event: "assigned_by_supervisor", Ends: "supervisor_assigned"}, "supervisor_assigned_to_queue")
	e.Over, e.By = c.Over, c.Agent
	s = reopen(s).unheld()
	s.Offer, s.Activity = nil, now
	return s, e, nil
}

// handed completes what giving a conversation away does.
func handed(c Command, e Effects, toQueue string) Effects {
	e.Note = c.Note
	if c.Queue != "" {
		e.Queue, e.Route, e.Decide, e.Ends = c.Queue, true, true, toQueue
		return e
	}
	e.Hand, e.About = c.To, c.To
	return e
}

// SameBeside says that the same people take part in the same way. Requests to a
// queue are the same whoever of it they went to.
func SameBeside(a, b State) bool {
	return slices.EqualFunc(a.Beside, b.Beside, func(x, y Participant) bool {
		same := x.Agent == y.Agent || x.Queue != "" && x.Queue == y.Queue && (x.Agent == "" || y.Agent == "")
		return same && x.Role == y.Role && x.Stage == y.Stage
	})
}

// dismiss sends those away whose part is over after a transition: consultants
// are the primary agent's and go with them; supervisors stay until it is closed;
// who has become the primary agent is no participant.
func dismiss(before, s State, e *Effects) State {
	if len(s.Beside) == 0 {
		return s
	}
	stay := make([]Participant, 0, len(s.Beside))
	for _, p := range s.Beside {
		over := s.Phase == Closed || p.Agent != "" && p.Agent == s.Agent ||
			p.Role == Consultant && (s.Phase != Active || s.Agent != before.Agent)
		if !over {
			stay = append(stay, p)
		}
	}
	if len(stay) == len(s.Beside) {
		return s
	}
	if s.Beside = stay; len(stay) == 0 {
		s.Beside = nil
	}
	if e.Left = e.Ends; e.Left == "" {
		e.Left = e.Event
	}
	return s
}
