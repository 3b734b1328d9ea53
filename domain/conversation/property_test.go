package conversation_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "switchboard/domain/conversation"
)

func drawPolicy(t *rapid.T) Policy {
	d := func(name string, of time.Duration) time.Duration {
		return time.Duration(rapid.IntRange(0, 3).Draw(t, name)) * of
	}
	p := Policy{
		Style:       rapid.SampledFrom([]Style{Messaging, Persistent, Live}).Draw(t, "style"),
		OpenTimeout: d("open", time.Hour), ActiveTimeout: d("active", time.Hour), WaitingTimeout: d("waiting", time.Hour),
		WrapUpTimeout: d("wrap-up", time.Minute), WrapUpBlocks: rapid.Bool().Draw(t, "blocks"), WrapUpBlockFor: d("block", time.Minute),
		FollowUpAfter: d("follow-up", time.Hour), SameAgent: rapid.Bool().Draw(t, "same"), Window: d("window", time.Hour),
		WindowNotice: d("notice", 20*time.Minute), QueueWait: d("queue", 10*time.Minute), SaysAssigned: rapid.Bool().Draw(t, "says"),
		AwayTimeout: d("away", time.Minute), ReconnectFor: d("reconnect", 2*time.Minute),
	}
	actions := []Action{MessageCustomer, MessageAgent, CloseIt, Requeue}
	for _, id := range []string{remind, giveUp, hurry}[:rapid.IntRange(0, 3).Draw(t, "rules")] {
		r := Rule{ID: id, Silent: rapid.SampledFrom([]Side{Customer, Agent}).Draw(t, "silent"), After: time.Minute + d("after", 10*time.Minute),
			Action: rapid.SampledFrom(actions).Draw(t, "action")}
		if r.Silent == Customer && r.Action == Requeue {
			r.Action = CloseIt
		}
		p.Rules = append(p.Rules, r)
	}
	return p
}

// ledger counts capacity and sessions as the database does.
type ledger struct {
	load map[string]int
	open int // sessions
}

func (l *ledger) follow(t *rapid.T, before, after State, e Effects) {
	if h := before.Holder(); h != "" {
		l.load[h]--
	}
	if h := after.Holder(); h != "" {
		l.load[h]++
	}
	for a, n := range l.load {
		if n < 0 || n > 1 {
			t.Fatalf("%s holds %d", a, n)
		}
	}
	if e.Ends != "" && l.open > 0 {
		l.open--
	}
	offeredNow := after.Offer != nil && (before.Offer == nil || before.Offer.ID != after.Offer.ID)
	if (e.Joins || offeredNow) && l.open == 0 {
		l.open++
	}
	owned := after.Offer != nil || after.Phase == Active || after.Phase == WrapUp
	if owned && l.open != 1 || !owned && l.open != 0 {
		t.Fatalf("%d sessions in %s (%s)", l.open, after.Phase, e.Event)
	}
}

// Over any sequence of commands: capacity is neither negative nor leaked, there
// is one primary agent and one session exactly while somebody has it, closed is
// final, and no deadline lies in the past after what was due was done.
func TestApply_Properties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		clock, l := now, &ledger{load: map[string]int{}}
		s := State{Phase: Open, Version: 1, InboundSeq: 1, InboundAt: now, Unanswered: now, Activity: now, Entered: now, Policy: drawPolicy(t)}
		if why := rapid.SampledFrom([]Deferral{"", HoldHours, HoldCallback, HoldEnd}).Draw(t, "hold"); why != "" {
			s.Hold, s.HeldUntil = why, now.Add(time.Hour)
		}
		agents := rapid.SampledFrom([]string{"ann", "ben", "eva"})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "wait")) * time.Second)
			agent := agents.Draw(t, "agent")
			if s.Phase == Active && s.Agent == agent && rapid.Bool().Draw(t, "answers") {
				s.AgentSeq, s.AgentAt, s.Unanswered, s.Activity = s.InboundSeq+1, clock, time.Time{}, clock
			}
			if rapid.Bool().Draw(t, "comes or goes") {
				s.Away = rapid.SampledFrom([]time.Time{{}, clock}).Draw(t, "away since")
			}
			c := Command{Kind: rapid.SampledFrom(Kinds()).Draw(t, "kind"), Agent: agent, Seq: s.InboundSeq + int64(rapid.IntRange(-1, 2).Draw(t, "seq")),
				At: clock, Rule: rapid.SampledFrom([]string{remind, giveUp, hurry}).Draw(t, "rule"), On: rapid.Bool().Draw(t, "on"), Over: rapid.Bool().Draw(t, "over"),
				Until: clock.Add(time.Duration(rapid.IntRange(-1, 6000).Draw(t, "until")) * time.Second)}
			if c.Queue = rapid.SampledFrom([]string{"", "q"}).Draw(t, "queue"); c.Queue == "" {
				c.To = agents.Draw(t, "to")
			}
			if n := len(s.Beside); n > 0 {
				c.Part = s.Beside[rapid.IntRange(0, n-1).Draw(t, "part")].ID
			}
			if c.Kind == Assign && s.Offer == nil {
				c.Offer = Offer{ID: clock.String() + agent, Agent: agent, Until: clock.Add(2 * time.Minute)}
			}
			s = apply(t, s, c, clock, l)
			for n := 0; ; n++ {
				at, kind := s.Deadline()
				if at.IsZero() || clock.Before(at) {
					break
				}
				if n > 20 {
					t.Fatalf("%s stays due in %s", kind, s.Phase)
				}
				due := apply(t, s, Command{Kind: kind}, clock, l)
				if reflect.DeepEqual(due, s) {
					t.Fatalf("%s is due in %s and does nothing", kind, s.Phase)
				}
				s = due
			}
		}
	})
}

func apply(t *rapid.T, before State, c Command, clock time.Time, l *ledger) State {
	next, e, err := Apply(before, c, clock)
	var r *Refusal
	switch {
	case err != nil && !errors.As(err, &r):
		t.Fatalf("%v is no refusal", err)
	case err != nil && (e != Effects{}):
		t.Fatalf("a refused command has effects: %+v", e)
	case before.Phase == Closed && (next.Phase != Closed || err == nil):
		t.Fatalf("closed is not final: %+v", c)
	case (next.Phase == Active || next.Phase == WrapUp || next.Phase == Waiting) && next.Agent == "" || next.Phase == Open && next.Agent != "":
		t.Fatalf("%s with agent %q", next.Phase, next.Agent)
	case next.Phase != before.Phase && !e.Project:
		t.Fatalf("%s → %s is not written", before.Phase, next.Phase)
	case next.Phase == Waiting && next.Holder() != "" || next.Phase == Closed && next.Holder() != "":
		t.Fatalf("%s is held by %q", next.Phase, next.Holder())
	case next.InboundSeq < before.InboundSeq:
		t.Fatal("a message was forgotten")
	}
	if err == nil {
		i := slices.IndexFunc(Table(), func(x Cell) bool { return x.From == before.Phase && x.Kind == c.Kind })
		if i < 0 || !slices.Contains(Table()[i].To, next.Phase) {
			t.Fatalf("%s → %s by %s is not in the table", before.Phase, next.Phase, c.Kind)
		}
		l.follow(t, before, next, e)
		next = chosen(t, next, c, clock, e, l)
		besideHolds(t, next)
	}
	return next
}

// chosen does what the database does with a transition: it offers a conversation
// that was handed to somebody, finds consultants in a queue, and gives ids.
func chosen(t *rapid.T, s State, c Command, clock time.Time, e Effects, l *ledger) State {
	s.Beside = slices.Clone(s.Beside)
	s.Beside = slices.DeleteFunc(s.Beside, func(p Participant) bool { return p.Agent == "" && p.Request != "" }) // nobody is left to ask
	for i := range s.Beside {
		p := &s.Beside[i]
		if p.ID == "" {
			p.ID = clock.String() + string(c.Kind) + c.Agent
			p.Request = p.ID
		}
		if p.Agent == "" {
			p.Agent = "zoe-" + p.ID
		}
	}
	if e.Hand == "" {
		return s
	}
	before := s
	s.Offer = &Offer{ID: clock.String() + e.Hand, Agent: e.Hand, Until: clock.Add(2 * time.Minute)}
	l.follow(t, before, s, Effects{})
	return s
}

// besideHolds: nobody takes part twice, the primary agent never does besides, and
// consultants only while somebody has the conversation.
func besideHolds(t *rapid.T, s State) {
	seen := map[string]bool{}
	for _, p := range s.Beside {
		if seen[p.Agent] || p.Agent == s.Agent || p.Role == Consultant && s.Phase != Active || s.Phase == Closed {
			t.Fatalf("%s takes part as %s in %s of %q", p.Agent, p.Role, s.Phase, s.Agent)
		}
		if p.Stage == Joined && p.Role == Consultant && s.MaySend(Sending{Agent: p.Agent}, s.InboundAt) != nil {
			t.Fatalf("%s was brought in and may not write", p.Agent)
		}
		seen[p.Agent] = true
	}
}
