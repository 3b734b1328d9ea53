package conversation

import "time"

// Mode is a way in which a customer may be written to.
type Mode string

// Modes of writing.
const (
	Text     Mode = "text"     // anything the channel carries
	Human    Mode = "human"    // what a person typed, marked as such to the provider
	Template Mode = "template" // an approved template
)

// Sending is what somebody wants to send.
type Sending struct {
	Agent     string // who; "" for automated messages
	Template  bool   // an approved template
	Automated bool   // no person typed it
}

// ReplyWindow says how the customer may be written to now.
type ReplyWindow struct {
	Open      bool
	ClosesAt  time.Time // zero: never, or there is nothing to close
	Remaining *int      // free answers left; nil: any number
	Allowed   []Mode
}

// WindowClosesAt is when free answers end; zero is never.
func (s State) WindowClosesAt() time.Time {
	if s.Policy.Window == 0 {
		return time.Time{}
	}
	return s.InboundAt.Add(s.Policy.Window)
}

// ReplyWindow is the customer's reply window at a moment. Its edge is exact:
// 23:59:59.9 is inside, 24:00:00 is not. Nobody has a window who never wrote.
func (s State) ReplyWindow(now time.Time) ReplyWindow {
	p := s.Policy
	if p.Window == 0 {
		return ReplyWindow{Open: true, Allowed: s.modes(Text)}
	}
	if s.InboundAt.IsZero() {
		return ReplyWindow{Allowed: s.modes()}
	}
	w := ReplyWindow{ClosesAt: s.WindowClosesAt()}
	left := p.WindowMessages - s.Sent
	if p.WindowMessages > 0 {
		left = max(left, 0)
		w.Remaining = &left
	}
	switch {
	case now.Before(w.ClosesAt) && (w.Remaining == nil || left > 0):
		w.Open, w.Allowed = true, s.modes(Text)
	case p.HumanWindow > 0 && now.Before(s.InboundAt.Add(p.HumanWindow)):
		w.Allowed = s.modes(Human)
	default:
		w.Allowed = s.modes()
	}
	return w
}

// modes are the given ones, and templates where the channel has them.
func (s State) modes(modes ...Mode) []Mode {
	if s.Policy.Templates {
		modes = append(modes, Template)
	}
	return modes
}

// Passes reports why a message does not pass the reply window, or nil. It is the
// one rule for agents, automated messages and the API.
func (s State) Passes(m Sending, now time.Time) error {
	w := s.ReplyWindow(now)
	for _, mode := range w.Allowed {
		if mode == Text || mode == Human && !m.Automated || mode == Template && m.Template {
			return nil
		}
	}
	reason := "The customer's reply window is closed; it opens again with their next message."
	if w.Remaining != nil && *w.Remaining == 0 && now.Before(w.ClosesAt) {
		reason = "As many answers as this channel allows were sent; the customer must write first."
	}
	if s.Policy.Templates {
		reason += " Until then only approved templates can be sent."
	}
	return &Refusal{Code: WindowClosed, Reason: reason}
}

// MaySend reports why an agent may not send something now, or nil.
func (s State) MaySend(m Sending, now time.Time) error {
	if s.Phase == Waiting && s.Agent == m.Agent {
		return &Refusal{Code: WrongState, Reason: "It is parked; resume it to write."}
	}
	if s.Phase != Active {
		return &Refusal{Code: WrongState, Reason: "Only an active conversation can be answered; this one is " + string(s.Phase) + "."}
	}
	if s.Agent != m.Agent && !s.inFront(m.Agent) {
		if s.part(m.Agent) >= 0 {
			return &Refusal{Code: NotPrimary, Reason: "The customer does not know of you yet: consultants are brought in, supervisors join."}
		}
		return notPrimary()
	}
	return s.Passes(m, now)
}

// windowDeadlines are when the end of the window is announced ahead, and when it
// has come; each once for one end.
func (s State) windowDeadlines() (soon, over time.Time) {
	p := s.Policy
	if p.Window == 0 || p.WindowNotice == 0 || s.InboundAt.IsZero() {
		return soon, over
	}
	closes := s.WindowClosesAt()
	if !s.WindowOver.Equal(closes) {
		over = closes
	}
	if p.WindowNotice < p.Window && !s.WindowTold.Equal(closes) && !s.WindowOver.Equal(closes) {
		soon = closes.Add(-p.WindowNotice)
	}
	return soon, over
}

func windowSoon(s State, _ Command, now time.Time) (State, Effects, error) {
	soon, _ := s.windowDeadlines()
	if soon.IsZero() || now.Before(soon) {
		return s, Effects{}, nil
	}
	s.WindowTold = s.WindowClosesAt()
	return s, Effects{Project: true, Quiet: true, Event: "window_closing", Say: SayWindowClosing}, nil
}

func windowOver(s State, _ Command, now time.Time) (State, Effects, error) {
	_, over := s.windowDeadlines()
	if over.IsZero() || now.Before(over) {
		return s, Effects{}, nil
	}
	s.WindowOver, s.WindowTold = over, over
	return s, Effects{Project: true, Quiet: true, Event: "window_closed", Say: SayWindowClosed}, nil
}
