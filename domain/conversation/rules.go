package conversation

import (
	"slices"
	"time"
)

// heard takes note of a message. Older or repeated news changes nothing.
func heard(s State, c Command, _ time.Time) (State, Effects, error) {
	if c.Seq <= s.InboundSeq {
		return s, Effects{}, nil
	}
	before := s.WindowClosesAt()
	s.InboundSeq, s.Sent = c.Seq, 0
	if c.At.After(s.InboundAt) {
		s.InboundAt = c.At
	}
	if s.Unanswered.IsZero() {
		s.Unanswered = c.At
	}
	if c.At.After(s.Activity) {
		s.Activity = c.At
	}
	if s.Phase == Active && !s.WindowOver.IsZero() && s.WindowOver.Equal(before) && !s.WindowClosesAt().Equal(before) {
		return s, Effects{Project: true, Event: "window_opened"}, nil
	}
	return s, Effects{}, nil
}

// returned: a customer who writes to a parked or ended conversation is not left
// behind. It goes back to the agent who had it (open at once, active when
// the agent accepts).
func returned(s State, c Command, now time.Time) (State, Effects, error) {
	if c.Seq <= s.InboundSeq {
		return s, Effects{}, nil
	}
	e := Effects{Project: true, Route: true, Event: "returned"}
	if s.Phase == WrapUp {
		e.Event, e.Ends = "reopened", "customer_returned"
	}
	s, _, _ = heard(s, c, now)
	return backTo(s, &e), e, nil
}

// followedUp offers a parked conversation to its agent again.
func followedUp(s State, _ Command, now time.Time) (State, Effects, error) {
	at := after(s.ParkedAt, s.Policy.FollowUpAfter)
	if at.IsZero() || now.Before(at) {
		return s, Effects{}, nil
	}
	e := Effects{Project: true, Route: true, Event: "followed_up"}
	return backTo(s, &e), e, nil
}

// snoozed parks a conversation until a time, or changes the time of one that is
// parked. A customer who writes before brings it back as from any parking.
func snoozed(s State, c Command, now time.Time) (State, Effects, error) {
	switch {
	case s.Agent != c.Agent:
		return s, Effects{}, notPrimary()
	case s.Policy.Style == Live:
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "A live chat cannot be snoozed: the customer is there."}
	case s.Phase == Waiting && s.WakeAt.Equal(c.Until):
		return s, Effects{}, nil
	case !c.Until.After(now):
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "The time to snooze until has passed."}
	}
	e := Effects{Project: true, Event: "snoozed"}
	if s.Phase == Active {
		s.ParkedAt, e.Ends = now, "agent_moved_to_waiting"
	}
	s.Phase, s.WakeAt, s.Activity = Waiting, c.Until, now
	return s, e, nil
}

// woken offers a snoozed conversation to the agent who snoozed it.
func woken(s State, _ Command, now time.Time) (State, Effects, error) {
	if s.WakeAt.IsZero() || now.Before(s.WakeAt) {
		return s, Effects{}, nil
	}
	e := Effects{Project: true, Route: true, Prefer: s.Agent, Event: "woke"}
	return reopen(s), e, nil
}

// backTo opens a conversation again, for its agent first.
func backTo(s State, e *Effects) State {
	if s.Policy.SameAgent {
		e.Prefer = s.Agent
	}
	return reopen(s)
}

func reopen(s State) State {
	s.Phase, s.Agent, s.EndedAt, s.EndReason, s.Freed = Open, "", time.Time{}, "", false
	s.ParkedAt, s.WakeAt = time.Time{}, time.Time{}
	return s
}

// offered is told after the fact: the assignment was one statement of the
// database. The customer hears once that somebody was found.
func offered(s State, c Command, _ time.Time) (State, Effects, error) {
	if c.Offer.ID != "" {
		o := c.Offer
		s.Offer = &o
	}
	if s.Offer == nil || !s.Policy.SaysAssigned || s.said(SayAgentAssigned) {
		return s, Effects{}, nil
	}
	s.Said = append(slices.Clone(s.Said), SayAgentAssigned)
	return s, Effects{Project: true, Event: "assigned", Say: SayAgentAssigned}, nil
}

func accepted(s State, c Command, now time.Time) (State, Effects, error) {
	if err := holds(s, c); err != nil {
		return s, Effects{}, err
	}
	if !now.Before(s.Offer.Until) {
		return s, Effects{}, offerGone()
	}
	s = s.unheld()
	s.Phase, s.Agent, s.Offer, s.Activity = Active, c.Agent, nil, now
	return s, Effects{Project: true, Event: "accepted", Joins: true, Say: SayAgentJoined}, nil
}

func declined(s State, c Command, _ time.Time) (State, Effects, error) {
	if err := holds(s, c); err != nil {
		return s, Effects{}, err
	}
	s.Offer = nil
	return s, Effects{Project: true, Route: true, Missed: c.Agent, Event: "declined", Ends: "agent_rejected"}, nil
}

func lapsed(s State, _ Command, now time.Time) (State, Effects, error) {
	if s.Offer == nil || now.Before(s.Offer.Until) {
		return s, Effects{}, nil
	}
	missed := s.Offer.Agent
	s.Offer = nil
	return s, Effects{Project: true, Route: true, Missed: missed, Event: "offer_expired", Ends: "agent_timeout"}, nil
}

func picked(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Offer != nil && s.Offer.Agent != c.Agent {
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "It is being offered to a colleague at this moment."}
	}
	take := s.Offer == nil // an offer to this agent holds the room already
	s = s.unheld()
	s.Phase, s.Agent, s.Offer, s.Activity = Active, c.Agent, nil, now
	return s, Effects{Project: true, Take: take, Event: "picked", Joins: true, Say: SayAgentJoined}, nil
}

// parked: what leaving without ending means depends on the style.
func parked(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	if s.Policy.Style == Live {
		e := Effects{Project: true, Route: true, Event: "left", Ends: "agent_closed"}
		return backTo(s, &e), e, nil
	}
	s.Phase, s.ParkedAt, s.Activity = Waiting, now, now
	return s, Effects{Project: true, Event: "parked", Ends: "agent_moved_to_waiting"}, nil
}

func resumed(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	s.Phase, s.ParkedAt, s.WakeAt, s.Activity = Active, time.Time{}, time.Time{}, now
	return s, Effects{Project: true, Take: true, Event: "resumed", Joins: true}, nil
}

func released(s State, c Command, _ time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	return reopen(s), Effects{Project: true, Route: true, Missed: c.Agent, Event: "released", Ends: "agent_released"}, nil
}

func abandoned(s State, c Command, _ time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, nil // somebody else has it by now
	}
	return reopen(s), Effects{Project: true, Route: true, Missed: c.Agent, Event: "abandoned", Ends: "agent_disconnected", Say: SayAgentGone}, nil
}

func ended(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	s.Phase, s.EndedAt, s.EndReason = WrapUp, now, agentEnded
	return s, Effects{Project: true, Event: "ended", Reason: agentEnded, Say: SayEnded}, nil
}

// customerEnded: only live chats are ended by customers.
func customerEnded(s State, _ Command, now time.Time) (State, Effects, error) {
	if s.Policy.Style != Live {
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "Only a live chat can be ended by the customer."}
	}
	return leave(s, now, Effects{Project: true, Reason: "customer_ended", Say: SayCustomerEnded})
}

func finished(s State, c Command, _ time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	s.Phase = Closed
	e := s.closing("agent_closed", "agent_closed")
	e.Wraps = true
	return s, e, nil
}

func forceClosed(s State, c Command, _ time.Time) (State, Effects, error) {
	s.Phase, s.Offer = Closed, nil
	return s, Effects{Project: true, By: c.Agent, Closing: true, Event: "closed", Reason: "force_closed", Ends: "force_closed", Say: SayForceClosed}, nil
}

// merged: two ids of one customer had a conversation each, and one goes on. After
// the end nothing is left to merge: wrap-up closes by itself.
func merged(s State, _ Command, _ time.Time) (State, Effects, error) {
	s.Phase, s.Offer = Closed, nil
	return s, Effects{Project: true, Merge: true, Closing: true, Event: "closed", Reason: "merged", Ends: "merged"}, nil
}

func freed(s State, _ Command, now time.Time) (State, Effects, error) {
	at := after(s.EndedAt, s.Policy.WrapUpBlockFor)
	if s.Freed || at.IsZero() || now.Before(at) {
		return s, Effects{}, nil
	}
	s.Freed = true
	return s, Effects{Project: true, Event: "capacity_freed"}, nil
}

func timedOut(s State, _ Command, now time.Time) (State, Effects, error) {
	for _, d := range s.deadlines() {
		if d.kind == Idle && !d.at.IsZero() && !now.Before(d.at) {
			reason := "timeout_" + string(s.Phase)
			e := s.closing(reason, "auto_closed")
			s.Phase = Closed
			return s, e, nil
		}
	}
	return s, Effects{}, nil
}

// agentEnded is the reason of an end that the agent chose.
const agentEnded = "agent_ended"

// closing is what closes a conversation, for reasons of the record and of its
// session. One that its customer had ended closes for that, however wrap-up ends.
func (s State) closing(reason, session string) Effects {
	if s.EndReason != "" && s.EndReason != agentEnded {
		reason, session = s.EndReason, s.EndReason
	}
	return Effects{Project: true, Closing: true, Event: "closed", Reason: reason, Ends: session}
}

// holds says that the command means the offer there is.
func holds(s State, c Command) error {
	if s.Offer == nil || s.Offer.Agent != c.Agent || c.Offer.ID != "" && c.Offer.ID != s.Offer.ID {
		return offerGone()
	}
	return nil
}
