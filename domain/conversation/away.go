package conversation

import (
	"maps"
	"time"
)

// DefaultAwayTimeout is how long the customer of a live chat may be gone, where
// the workstream does not say.
const DefaultAwayTimeout = 3 * time.Minute

// awayNotice stands among the rules that were applied: the agent was told that
// the customer is gone and waited for.
const awayNotice = "customer_away"

// awayUntil says until when a customer who is gone is waited for, and when the
// agent is told so; a zero end is for ever, a zero notice is none.
func (s State) awayUntil() (notice, end time.Time) {
	p := s.Policy
	if p.Style != Live || s.Away.IsZero() || p.AwayTimeout <= 0 {
		return time.Time{}, time.Time{}
	}
	notice = s.Away.Add(p.AwayTimeout)
	if p.ReconnectFor <= p.AwayTimeout {
		return time.Time{}, notice
	}
	if !s.Done[awayNotice].Before(s.Away) {
		notice = time.Time{}
	}
	return notice, s.Away.Add(p.ReconnectFor)
}

// goneAt is when the next thing happens about a customer who is gone.
func (s State) goneAt() time.Time {
	notice, end := s.awayUntil()
	if !notice.IsZero() {
		return notice
	}
	return end
}

// customerGone: who left a live chat is held for a while if it can be
// reconnected to, and has ended it after that.
func customerGone(s State, _ Command, now time.Time) (State, Effects, error) {
	notice, end := s.awayUntil()
	switch {
	case !end.IsZero() && !now.Before(end):
		return leave(s, now, Effects{Project: true, Gone: true, Reason: "customer_gone", Say: SayCustomerGone})
	case !notice.IsZero() && !now.Before(notice):
		s.Done = maps.Clone(s.Done)
		if s.Done == nil {
			s.Done = map[string]time.Time{}
		}
		s.Done[awayNotice] = now
		return s, Effects{Project: true, Gone: true, Event: "customer_held", Say: SayCustomerHeld}, nil
	}
	return s, Effects{}, nil
}

// leave ends a live chat for its customer: for good if no agent has come.
func leave(s State, now time.Time, e Effects) (State, Effects, error) {
	if s.Phase == Open {
		s.Phase, s.Offer = Closed, nil
		e.Closing, e.Event, e.Ends, e.Say = true, "closed", e.Reason, ""
		return s, e, nil
	}
	s.Phase, s.EndedAt, s.EndReason, e.Event = WrapUp, now, e.Reason, "ended"
	return s, e, nil
}
