package conversation

import "time"

// Deferral says why an open conversation is not in its queue yet.
type Deferral string

// Reasons to hold a conversation until a moment.
const (
	HoldHours    Deferral = "hours"    // until somebody is there
	HoldCallback Deferral = "callback" // the queue overflows: it is tried again later
	HoldEnd      Deferral = "end"      // nothing takes it: it ends at once
)

// openDeadlines are those of a conversation that nobody is offered. While it is
// held no silence closes it: the customer was told when to expect an answer.
func (s State) openDeadlines() []deadline {
	switch s.Hold {
	case HoldEnd:
		return []deadline{{s.HeldUntil, TurnAway}}
	case HoldHours, HoldCallback:
		return []deadline{{s.HeldUntil, Enter}}
	}
	waited := after(s.Entered, s.Policy.QueueWait)
	if s.Overflowed {
		waited = time.Time{}
	}
	return []deadline{{waited, Overflow}, {after(s.Activity, s.Policy.OpenTimeout), Idle}}
}

// due says that a deadline has come and nobody was offered the conversation.
func (s State) due(kind Kind, now time.Time) bool {
	if s.Offer != nil {
		return false
	}
	for _, d := range s.openDeadlines() {
		if d.kind == kind && !d.at.IsZero() && !now.Before(d.at) {
			return true
		}
	}
	return false
}

// unheld is a state that waits for nothing any more: somebody has it.
func (s State) unheld() State {
	s.Hold, s.HeldUntil, s.Overflowed = "", time.Time{}, false
	return s
}

// entered: what held it back is over. Where it goes is decided anew.
func entered(s State, _ Command, now time.Time) (State, Effects, error) {
	if !s.due(Enter, now) {
		return s, Effects{}, nil
	}
	s.Hold, s.HeldUntil = "", time.Time{}
	return s, Effects{Project: true, Route: true, Decide: true, Event: "entered"}, nil
}

// overflowed: it waited for longer than its queue allows, which happens once.
func overflowed(s State, _ Command, now time.Time) (State, Effects, error) {
	if !s.due(Overflow, now) {
		return s, Effects{}, nil
	}
	s.Overflowed = true
	return s, Effects{Project: true, Route: true, Decide: true, Event: "overflowed"}, nil
}

func turnedAway(s State, _ Command, now time.Time) (State, Effects, error) {
	if !s.due(TurnAway, now) {
		return s, Effects{}, nil
	}
	s.Phase = Closed
	return s, Effects{Project: true, Closing: true, Event: "closed", Reason: "turned_away"}, nil
}
