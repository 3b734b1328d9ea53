package conversation

import (
	"maps"
	"slices"
	"time"
)

// Side is who is silent.
type Side string

// Sides of a conversation.
const (
	Customer Side = "customer" // counted from the agent's last message, while that is the last one
	Agent    Side = "agent"    // counted from the customer's first message without an answer
)

// Action is what a rule does.
type Action string

// Actions of rules.
const (
	MessageCustomer Action = "message_customer" // as the agent
	MessageAgent    Action = "message_agent"    // seen by agents only
	CloseIt         Action = "close"
	Requeue         Action = "requeue" // back to the queue, for another agent
)

// Rule is a timeout rule of the workstream. Of two that are due at the same
// moment the one with the lower priority number goes first; they come sorted.
type Rule struct {
	ID     string        `json:"id"`
	Silent Side          `json:"silent"`
	After  time.Duration `json:"after"`
	Action Action        `json:"action"`
}

// lastMinute is when a rule can no longer be switched off.
const lastMinute = time.Minute

// silence is since when a side has been silent; zero: it is not its turn.
func (s State) silence(of Side) time.Time {
	if of == Agent {
		return s.Unanswered
	}
	if s.AgentSeq > s.InboundSeq {
		return s.AgentAt
	}
	return time.Time{}
}

// ruleAt is when a rule is due; zero is never, or it was applied to this silence.
func (s State) ruleAt(r Rule) time.Time {
	since := s.silence(r.Silent)
	if since.IsZero() || slices.Contains(s.Off, r.ID) || !s.applies(r) {
		return time.Time{}
	}
	if done := s.Done[r.ID]; !done.IsZero() && !done.Before(since) {
		return time.Time{}
	}
	return after(since, r.After)
}

// applies: nobody is asked to hurry while the conversation is parked.
func (s State) applies(r Rule) bool {
	return s.Phase == Active || s.Phase == Waiting && s.WakeAt.IsZero() && r.Silent == Customer && r.Action != MessageAgent
}

// nextRule is the rule that is due first, and when.
func (s State) nextRule() (Rule, time.Time) {
	var next Rule
	var at time.Time
	for _, r := range s.Policy.Rules {
		if t := s.ruleAt(r); !t.IsZero() && (at.IsZero() || t.Before(at)) {
			next, at = r, t
		}
	}
	return next, at
}

// ruleApplied does what the rule says that is due, once for one silence.
func ruleApplied(s State, _ Command, now time.Time) (State, Effects, error) {
	r, at := s.nextRule()
	if at.IsZero() || now.Before(at) {
		return s, Effects{}, nil
	}
	s.Done = maps.Clone(s.Done)
	if s.Done == nil {
		s.Done = map[string]time.Time{}
	}
	s.Done[r.ID] = now
	reason := "timeout_rule_" + string(r.Silent)
	e := Effects{Project: true, Quiet: true, Rule: r.ID, Event: "rule_applied"}
	switch r.Action {
	case CloseIt:
		s.Phase = Closed
		e = Effects{Project: true, Quiet: true, Closing: true, Event: "closed", Reason: reason, Ends: reason}
	case Requeue:
		missed := s.Agent
		s.Phase, s.Agent = Open, ""
		e = Effects{Project: true, Quiet: true, Route: true, Missed: missed, Event: "requeued", Reason: reason, Ends: reason}
	case MessageCustomer, MessageAgent:
	}
	return s, e, nil
}

// ruleSwitched switches a rule off for this conversation, or on again.
func ruleSwitched(s State, c Command, now time.Time) (State, Effects, error) {
	if s.Agent != c.Agent {
		return s, Effects{}, notPrimary()
	}
	at := slices.IndexFunc(s.Policy.Rules, func(r Rule) bool { return r.ID == c.Rule })
	if at < 0 {
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "This timeout rule does not apply to the conversation."}
	}
	if off := slices.Contains(s.Off, c.Rule); off != c.On {
		return s, Effects{}, nil
	}
	if c.On {
		s.Off = slices.DeleteFunc(slices.Clone(s.Off), func(id string) bool { return id == c.Rule })
		return s, Effects{Project: true, Event: "rule_on"}, nil
	}
	if due := s.ruleAt(s.Policy.Rules[at]); !due.IsZero() && due.Sub(now) < lastMinute {
		return s, Effects{}, &Refusal{Code: WrongState, Reason: "Less than a minute remains; the rule can no longer be switched off."}
	}
	s.Off = append(slices.Clone(s.Off), c.Rule)
	return s, Effects{Project: true, Event: "rule_off"}, nil
}

// Timer is one moment at which something happens by itself, for people to see.
type Timer struct {
	Kind      Kind
	At        time.Time // zero: not running
	Rule      string    // of Silence
	On        bool      // false: the rule is switched off here
	Progress  string    // of a rule that runs: started, halfway (over 50 %), almost (over 75 %)
	CanSwitch bool      // of a rule: more than a minute remains
}

// Timers lists what will happen by itself, the next first, then the rules that
// do not run now.
func (s State) Timers(now time.Time) []Timer {
	var out []Timer
	for _, d := range s.deadlines() {
		if !d.at.IsZero() && d.kind != Silence {
			out = append(out, Timer{Kind: d.kind, At: d.at, On: true})
		}
	}
	for _, r := range s.Policy.Rules {
		t := Timer{Kind: Silence, Rule: r.ID, At: s.ruleAt(r), On: !slices.Contains(s.Off, r.ID), CanSwitch: s.Phase == Active || s.Phase == Waiting}
		if !t.At.IsZero() {
			t.Progress = progress(r.After-t.At.Sub(now), r.After)
			t.CanSwitch = t.CanSwitch && t.At.Sub(now) >= lastMinute
		}
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b Timer) int {
		if a.At.IsZero() != b.At.IsZero() {
			if a.At.IsZero() {
				return 1
			}
			return -1
		}
		return a.At.Compare(b.At)
	})
	return out
}

func progress(gone, whole time.Duration) string {
	switch {
	case gone > whole*3/4:
		return "almost"
	case gone > whole/2:
		return "halfway"
	}
	return "started"
}
