package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/conversation"
)

// beside has the participants: of consultants the id is the name.
func beside(s State, list ...Participant) State {
	s.Beside = list
	return s
}

func consultant(name string, stage Stage) Participant {
	p := Participant{ID: name, Request: name, Agent: name, Role: Consultant, Stage: stage}
	if stage == Asked {
		p.Until = now.Add(2 * time.Minute)
	}
	return p
}

func supervisor(stage Stage) Participant {
	return Participant{ID: "sue", Agent: "sue", Role: Supervisor, Stage: stage}
}

// togetherSteps are the cells of working together.
func togetherSteps() []step {
	asked, aside := beside(in(Active), consultant("ben", Asked)), beside(in(Active), consultant("ben", Aside))
	infront, watched := beside(in(Active), consultant("ben", Joined)), beside(in(Active), supervisor(Aside))
	byQueue := beside(in(Active), with2(consultant("ben", Asked), func(p *Participant) { p.Queue = "q" }))
	full := beside(in(Active), consultant("b", Aside), consultant("c", Aside), consultant("d", Aside), consultant("e", Aside), consultant("f", Asked))
	ann := func(k Kind, part string) Command { return Command{Kind: k, Agent: "ann", Part: part} }
	return []step{
		{"consult an agent", in(Active), Command{Kind: Consult, Agent: "ann", To: "ben"}, now, Active, ""},
		{"consult a queue", in(Active), Command{Kind: Consult, Agent: "ann", Queue: "q"}, now, Active, ""},
		{"consult by another", in(Active), Command{Kind: Consult, Agent: "ben", To: "eva"}, now, Active, NotPrimary},
		{"consult by a consultant", infront, Command{Kind: Consult, Agent: "ben", To: "eva"}, now, Active, NotPrimary},
		{"consult oneself", in(Active), Command{Kind: Consult, Agent: "ann", To: "ann"}, now, Active, SameTarget},
		{"consult whoever was asked", asked, Command{Kind: Consult, Agent: "ann", To: "ben"}, now, Active, AlreadyThere},
		{"consult a sixth", full, Command{Kind: Consult, Agent: "ann", To: "ben"}, now, Active, TooMany},
		{"accept a request", asked, Command{Kind: ConsultAccept, Agent: "ben", Part: "ben"}, now, Active, ""},
		{"accept a request at the last moment", asked, Command{Kind: ConsultAccept, Agent: "ben"}, now.Add(2*time.Minute - 1), Active, ""},
		{"accept a request too late", asked, Command{Kind: ConsultAccept, Agent: "ben"}, now.Add(2 * time.Minute), Active, OfferGone},
		{"accept another's request", asked, Command{Kind: ConsultAccept, Agent: "eva"}, now, Active, OfferGone},
		{"accept an old request", asked, Command{Kind: ConsultAccept, Agent: "ben", Part: "old"}, now, Active, OfferGone},
		{"accept twice", aside, Command{Kind: ConsultAccept, Agent: "ben"}, now, Active, OfferGone},
		{"decline a request", asked, Command{Kind: ConsultDecline, Agent: "ben"}, now, Active, ""},
		{"decline for a queue", byQueue, Command{Kind: ConsultDecline, Agent: "ben"}, now, Active, ""},
		{"decline what was accepted", aside, Command{Kind: ConsultDecline, Agent: "ben"}, now, Active, OfferGone},
		{"a request lapses", asked, Command{Kind: ConsultLapse}, now.Add(2 * time.Minute), Active, ""},
		{"a request does not lapse yet", asked, Command{Kind: ConsultLapse}, now.Add(2*time.Minute - 1), Active, ""},
		{"bring in", aside, ann(BringIn, "ben"), now, Active, ""},
		{"bring in by the consultant", aside, Command{Kind: BringIn, Agent: "ben", Part: "ben"}, now, Active, NotPrimary},
		{"bring in who did not accept", asked, ann(BringIn, "ben"), now, Active, WrongState},
		{"bring in twice", infront, ann(BringIn, "ben"), now, Active, AlreadyThere},
		{"bring in a supervisor", watched, ann(BringIn, "sue"), now, Active, NotThere},
		{"remove", infront, ann(Remove, "ben"), now, Active, ""},
		{"take a request back", asked, ann(Remove, "ben"), now, Active, ""},
		{"remove by another", aside, Command{Kind: Remove, Agent: "eva", Part: "ben"}, now, Active, NotPrimary},
		{"remove a supervisor", watched, ann(Remove, "sue"), now, Active, NotThere},
		{"leave", aside, Command{Kind: Leave, Agent: "ben"}, now, Active, ""},
		{"leave before answering", asked, Command{Kind: Leave, Agent: "ben"}, now, Active, WrongState},
		{"leave by the primary agent", aside, Command{Kind: Leave, Agent: "ann"}, now, Active, NotThere},
		{"leave while it waits for an agent", beside(in(Open), supervisor(Aside)), Command{Kind: Leave, Agent: "sue"}, now, Open, ""},
		{"leave while it is parked", beside(in(Waiting), supervisor(Aside)), Command{Kind: Leave, Agent: "sue"}, now, Waiting, ""},
		{"leave in wrap-up", beside(in(WrapUp), supervisor(Aside)), Command{Kind: Leave, Agent: "sue"}, now, WrapUp, ""},
		{"monitor", in(Active), Command{Kind: Monitor, Agent: "sue"}, now, Active, ""},
		{"monitor what is parked", in(Waiting), Command{Kind: Monitor, Agent: "sue"}, now, Waiting, ""},
		{"monitor wrap-up", in(WrapUp), Command{Kind: Monitor, Agent: "sue"}, now, WrapUp, ""},
		{"monitor oneself", in(Active), Command{Kind: Monitor, Agent: "ann"}, now, Active, SameTarget},
		{"monitor twice", watched, Command{Kind: Monitor, Agent: "sue"}, now, Active, AlreadyThere},
		{"join", in(Active), Command{Kind: Join, Agent: "sue"}, now, Active, ""},
		{"join what one watches", watched, Command{Kind: Join, Agent: "sue"}, now, Active, ""},
		{"join twice", beside(in(Active), supervisor(Joined)), Command{Kind: Join, Agent: "sue"}, now, Active, AlreadyThere},
		{"join oneself", in(Active), Command{Kind: Join, Agent: "ann"}, now, Active, SameTarget},
		{"transfer to an agent", in(Active), Command{Kind: Transfer, Agent: "ann", To: "ben"}, now, Open, ""},
		{"transfer to a queue", in(Active), Command{Kind: Transfer, Agent: "ann", Queue: "q"}, now, Open, ""},
		{"transfer what is parked", in(Waiting), Command{Kind: Transfer, Agent: "ann", Queue: "q"}, now, Open, ""},
		{"transfer by another", in(Active), Command{Kind: Transfer, Agent: "ben", To: "eva"}, now, Active, NotPrimary},
		{"transfer by a consultant", infront, Command{Kind: Transfer, Agent: "ben", To: "eva"}, now, Active, NotPrimary},
		{"transfer to oneself", in(Active), Command{Kind: Transfer, Agent: "ann", To: "ann"}, now, Active, SameTarget},
		{"assign-to what waits", in(Open), Command{Kind: AssignTo, Agent: "sue", To: "ben"}, now, Open, ""},
		{"assign-to what is offered to another", offered("ann"), Command{Kind: AssignTo, Agent: "sue", To: "ben"}, now, Open, ""},
		{"assign-to whom it is offered to", offered("ben"), Command{Kind: AssignTo, Agent: "sue", To: "ben"}, now, Open, SameTarget},
		{"assign-to another", in(Active), Command{Kind: AssignTo, Agent: "sue", To: "ben"}, now, Open, ""},
		{"assign-to a queue", in(Active), Command{Kind: AssignTo, Agent: "sue", Queue: "q"}, now, Open, ""},
		{"assign-to who has it", in(Active), Command{Kind: AssignTo, Agent: "sue", To: "ann"}, now, Active, SameTarget},
		{"assign-to what is parked", in(Waiting), Command{Kind: AssignTo, Agent: "sue", To: "ann"}, now, Open, ""},
	}
}

func with2(p Participant, change func(*Participant)) Participant {
	change(&p)
	return p
}

// Who may write to the customer: the primary agent, who was brought in, and a
// supervisor who joined; only while somebody has the conversation.
func TestMaySend_OnlyWhoIsInFrontOfTheCustomer(t *testing.T) {
	t.Parallel()
	may := func(s State, who string) string {
		var r *Refusal
		if err := s.MaySend(Sending{Agent: who}, now); err != nil {
			require.ErrorAs(t, err, &r)
			return r.Code
		}
		return ""
	}
	s := beside(in(Active), consultant("ben", Asked), consultant("eva", Aside), consultant("kim", Joined), supervisor(Aside),
		Participant{ID: "sam", Agent: "sam", Role: Supervisor, Stage: Joined})
	for who, want := range map[string]string{"ann": "", "ben": NotPrimary, "eva": NotPrimary, "kim": "", "sue": NotPrimary, "sam": "", "out": NotPrimary} {
		require.Equal(t, want, may(s, who), who)
	}
	for _, p := range []Phase{Open, Waiting, WrapUp, Closed} {
		s.Phase = p
		require.Equal(t, WrongState, may(s, "sam"), p)
		require.Equal(t, WrongState, may(s, "kim"), p)
	}
}

// Consultants go with the primary agent, and supervisors when it is closed.
func TestDismissal_ConsultantsGoWithTheAgentSupervisorsWhenItCloses(t *testing.T) {
	t.Parallel()
	full := beside(in(Active), consultant("ben", Asked), consultant("eva", Aside), consultant("kim", Joined), supervisor(Joined))
	for name, c := range map[string]struct {
		cmd  Command
		left string
		stay int
	}{
		"park":     {Command{Kind: Park, Agent: "ann"}, "agent_moved_to_waiting", 1},
		"end":      {Command{Kind: End, Agent: "ann"}, "ended", 1},
		"release":  {Command{Kind: Release, Agent: "ann"}, "agent_released", 1},
		"transfer": {Command{Kind: Transfer, Agent: "ann", To: "zoe"}, "agent_transferred", 1},
		"to queue": {Command{Kind: Transfer, Agent: "ann", Queue: "q"}, "agent_transferred_to_queue", 1},
		"assign":   {Command{Kind: AssignTo, Agent: "sue", To: "zoe"}, "supervisor_assigned", 1},
		"abandon":  {Command{Kind: Abandon, Agent: "ann"}, "agent_disconnected", 1},
		"force":    {Command{Kind: ForceClose, Agent: "sue"}, "force_closed", 0},
	} {
		s, e, err := Apply(full, c.cmd, now)
		require.NoError(t, err, name)
		require.Equal(t, c.left, e.Left, name)
		require.Len(t, s.Beside, c.stay, name)
		require.Len(t, full.Beside, 4, "what it came from is untouched")
	}
	s := beside(offered("sue"), supervisor(Aside))
	s, e, err := Apply(s, Command{Kind: Accept, Agent: "sue"}, now)
	require.NoError(t, err)
	require.Empty(t, s.Beside, "who has it does not watch it")
	require.Equal(t, "accepted", e.Left)
}

func TestConsult_QueueGoesOnToTheNextBest(t *testing.T) {
	t.Parallel()
	s, e, err := Apply(in(Active), Command{Kind: Consult, Agent: "ann", Queue: "q"}, now)
	require.NoError(t, err)
	require.Empty(t, e.About)
	s.Beside[0].ID, s.Beside[0].Request, s.Beside[0].Agent = "p1", "p1", "ben" // as the database chose
	at, kind := s.Deadline()
	require.Equal(t, ConsultLapse, kind)
	s, e, err = Apply(s, Command{Kind: ConsultLapse}, at)
	require.NoError(t, err)
	require.Equal(t, "timed_out", e.Left)
	require.Equal(t, []Participant{{Request: "p1", Queue: "q", Role: Consultant, Stage: Asked, Until: at.Add(2 * time.Minute)}}, s.Beside)
	require.Equal(t, "ann", beside(in(Active), consultant("ben", Aside)).Holder(), "only the primary agent's capacity is taken")
}

func TestTarget_WhoMayBeAskedOrHaveIt(t *testing.T) {
	t.Parallel()
	all := Target{Known: true, Connected: true, Allowed: true, Room: true, Member: true}
	for name, c := range map[string]struct {
		change                           func(*Target)
		consult, anyone, take, overTaken string
	}{
		"free":          {func(*Target) {}, "", "", "", ""},
		"disabled":      {func(t *Target) { t.Known = false }, TargetGone, TargetGone, TargetGone, TargetGone},
		"gone":          {func(t *Target) { t.Connected = false }, TargetAway, TargetAway, TargetAway, TargetAway},
		"not disturbed": {func(t *Target) { t.Allowed = false }, TargetAway, "", TargetAway, ""},
		"full":          {func(t *Target) { t.Room, t.Allowed = false, false }, NoCapacity, "", NoCapacity, ""},
		"other queue":   {func(t *Target) { t.Member = false }, OutsideQueue, "", "", ""},
	} {
		x := all
		c.change(&x)
		require.Equal(t, c.consult, code(x.MayConsult(false)), name)
		require.Equal(t, c.anyone, code(x.MayConsult(true)), name)
		require.Equal(t, c.take, code(x.MayTake(false)), name)
		require.Equal(t, c.overTaken, code(x.MayTake(true)), name)
	}
	require.Equal(t, TargetGone, code(TargetQueue{}.MayTake()))
	require.Equal(t, SameTarget, code(TargetQueue{Known: true, Same: true, Members: true}.MayTake()))
	require.Equal(t, NobodyThere, code(TargetQueue{Known: true}.MayTake()))
	require.Empty(t, code(TargetQueue{Known: true, Members: true}.MayTake()))
	require.Equal(t, TargetGone, code(TargetQueue{}.MayConsult(true)))
	require.Equal(t, OutsideQueue, code(TargetQueue{Known: true}.MayConsult(false)))
	require.Empty(t, code(TargetQueue{Known: true}.MayConsult(true)))
}

// code is a refusal's, or "".
func code(err error) string {
	if r, ok := err.(*Refusal); ok {
		return r.Code
	}
	return ""
}
