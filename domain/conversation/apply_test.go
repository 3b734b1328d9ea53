package conversation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "switchboard/domain/conversation"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const (
	remind = "11111111-1111-1111-1111-111111111111"
	giveUp = "22222222-2222-2222-2222-222222222222"
	hurry  = "33333333-3333-3333-3333-333333333333"
)

func policy() Policy {
	return Policy{Style: Messaging, OpenTimeout: time.Hour, ActiveTimeout: 2 * time.Hour, WaitingTimeout: 20 * 24 * time.Hour,
		WrapUpTimeout: 15 * time.Minute, WrapUpBlocks: true, WrapUpBlockFor: time.Minute, FollowUpAfter: 48 * time.Hour,
		SameAgent: true, Window: 24 * time.Hour, WindowNotice: time.Hour, Templates: true, SaysAssigned: true}
}

func in(p Phase) State {
	s := State{Phase: p, Version: 3, InboundSeq: 5, InboundAt: now, Unanswered: now, Activity: now, Policy: policy()}
	switch p {
	case Active, WrapUp, Closed:
		s.Agent = "ann"
	case Waiting:
		s.Agent, s.ParkedAt = "ann", now
	case Open:
	}
	if p == WrapUp {
		s.EndedAt = now
	}
	return s
}

func offered(to string) State {
	s := in(Open)
	s.Offer = &Offer{ID: "o1", Agent: to, Until: now.Add(2 * time.Minute)}
	return s
}

func with(s State, change func(*State)) State {
	change(&s)
	return s
}

func live(s State) State { return with(s, func(s *State) { s.Policy.Style = Live }) }

// away is a live chat that its customer left.
func away(s State) State {
	return with(live(s), func(s *State) { s.Away, s.Policy.AwayTimeout = now, 3*time.Minute })
}

// held is one that can be reconnected to.
func held(s State) State {
	return with(away(s), func(s *State) { s.Policy.ReconnectFor = 10 * time.Minute })
}

// answered is active, and the agent wrote last.
func answered() State {
	return with(in(Active), func(s *State) {
		s.AgentSeq, s.AgentAt, s.Unanswered = 6, now, time.Time{}
		s.Policy.Rules = []Rule{{remind, Customer, 10 * time.Minute, MessageCustomer}, {giveUp, Customer, time.Hour, CloseIt}, {hurry, Agent, time.Minute, Requeue}}
	})
}

func asked() State {
	return with(answered(), func(s *State) { s.AgentSeq, s.Unanswered = 4, now })
}

// heldOpen is open and not in its queue for an hour.
func heldOpen(why Deferral) State {
	return with(in(Open), func(s *State) { s.Hold, s.HeldUntil = why, now.Add(time.Hour) })
}

// waited is in a queue that allows a minute.
func waited() State {
	return with(in(Open), func(s *State) { s.Entered, s.Policy.QueueWait = now, time.Minute })
}

type step struct {
	name    string
	from    State
	cmd     Command
	at      time.Time
	to      Phase
	refused string
}

// steps are the cells of the table that are not refused as a whole, each with
// the conditions it has.
func steps() []step {
	later := now.Add(100 * 24 * time.Hour)
	expired := with(in(Active), func(s *State) { s.WindowTold, s.WindowOver = s.WindowClosesAt(), s.WindowClosesAt() })
	return []step{
		{"accept", offered("ann"), Command{Kind: Accept, Agent: "ann", Offer: Offer{ID: "o1"}}, now, Active, ""},
		{"accept without offer", in(Open), Command{Kind: Accept, Agent: "ann"}, now, Open, OfferGone},
		{"accept of another", offered("ben"), Command{Kind: Accept, Agent: "ann"}, now, Open, OfferGone},
		{"accept an old offer", offered("ann"), Command{Kind: Accept, Agent: "ann", Offer: Offer{ID: "o0"}}, now, Open, OfferGone},
		{"accept at the last moment", offered("ann"), Command{Kind: Accept, Agent: "ann"}, now.Add(2*time.Minute - 1), Active, ""},
		{"accept too late", offered("ann"), Command{Kind: Accept, Agent: "ann"}, now.Add(2 * time.Minute), Open, OfferGone},
		{"decline", offered("ann"), Command{Kind: Decline, Agent: "ann"}, now, Open, ""},
		{"decline of another", offered("ben"), Command{Kind: Decline, Agent: "ann"}, now, Open, OfferGone},
		{"pick", in(Open), Command{Kind: Pick, Agent: "ann"}, now, Active, ""},
		{"pick what is offered to oneself", offered("ann"), Command{Kind: Pick, Agent: "ann"}, now, Active, ""},
		{"pick what is offered to another", offered("ben"), Command{Kind: Pick, Agent: "ann"}, now, Open, WrongState},
		{"write", in(Open), Command{Kind: Write, Seq: 6, At: now}, now, Open, ""},
		{"assign", in(Open), Command{Kind: Assign, Offer: Offer{ID: "o2", Agent: "ben", Until: later}}, now, Open, ""},
		{"lapse", offered("ann"), Command{Kind: Lapse}, now.Add(2 * time.Minute), Open, ""},
		{"gone", away(offered("ann")), Command{Kind: Gone}, now.Add(3 * time.Minute), Closed, ""},
		{"gone, and back", live(in(Open)), Command{Kind: Gone}, later, Open, ""},
		{"idle", in(Open), Command{Kind: Idle}, now.Add(time.Hour), Closed, ""},
		{"idle too early", in(Open), Command{Kind: Idle}, now.Add(time.Hour - 1), Open, ""},
		{"idle while offered", offered("ann"), Command{Kind: Idle}, later, Open, ""},
		{"force-close", offered("ann"), Command{Kind: ForceClose, Agent: "sue"}, now, Closed, ""},
		{"merge", offered("ann"), Command{Kind: Merge}, now, Closed, ""},
		{"enter", heldOpen(HoldHours), Command{Kind: Enter}, now.Add(time.Hour), Open, ""},
		{"enter too early", heldOpen(HoldCallback), Command{Kind: Enter}, now.Add(time.Hour - 1), Open, ""},
		{"enter what is not held", in(Open), Command{Kind: Enter}, later, Open, ""},
		{"idle while held", heldOpen(HoldHours), Command{Kind: Idle}, later, Open, ""},
		{"pick what is held", heldOpen(HoldHours), Command{Kind: Pick, Agent: "ann"}, now, Active, ""},
		{"overflow", waited(), Command{Kind: Overflow}, now.Add(time.Minute), Open, ""},
		{"overflow too early", waited(), Command{Kind: Overflow}, now.Add(time.Minute - 1), Open, ""},
		{"overflow while held", with(waited(), func(s *State) { s.Hold, s.HeldUntil = HoldHours, later }), Command{Kind: Overflow}, later, Open, ""},
		{"turn-away", heldOpen(HoldEnd), Command{Kind: TurnAway}, now.Add(time.Hour), Closed, ""},
		{"turn-away of what is held", heldOpen(HoldHours), Command{Kind: TurnAway}, later, Open, ""},
		{"customer ends a live chat", live(offered("ann")), Command{Kind: CustomerEnd}, now, Closed, ""},
		{"customer cannot end", in(Open), Command{Kind: CustomerEnd}, now, Open, WrongState},

		{"write", in(Active), Command{Kind: Write, Seq: 6, At: now}, now, Active, ""},
		{"write opens the window", expired, Command{Kind: Write, Seq: 6, At: now.Add(30 * time.Hour)}, now.Add(30 * time.Hour), Active, ""},
		{"park", in(Active), Command{Kind: Park, Agent: "ann"}, now, Waiting, ""},
		{"park a persistent chat", with(in(Active), func(s *State) { s.Policy.Style = Persistent }), Command{Kind: Park, Agent: "ann"}, now, Waiting, ""},
		{"park a live chat", live(in(Active)), Command{Kind: Park, Agent: "ann"}, now, Open, ""},
		{"snooze", in(Active), Command{Kind: Snooze, Agent: "ann", Until: later}, now, Waiting, ""},
		{"snooze by another", in(Active), Command{Kind: Snooze, Agent: "ben", Until: later}, now, Active, NotPrimary},
		{"snooze until a time that has passed", in(Active), Command{Kind: Snooze, Agent: "ann", Until: now}, now, Active, WrongState},
		{"snooze a live chat", live(in(Active)), Command{Kind: Snooze, Agent: "ann", Until: later}, now, Active, WrongState},
		{"snooze what is parked", in(Waiting), Command{Kind: Snooze, Agent: "ann", Until: later}, now, Waiting, ""},
		{"snooze what is parked by another", in(Waiting), Command{Kind: Snooze, Agent: "ben", Until: later}, now, Waiting, NotPrimary},
		{"wake in time", snoozedUntil(later), Command{Kind: Wake}, later, Open, ""},
		{"wake too early", snoozedUntil(later), Command{Kind: Wake}, now, Waiting, ""},
		{"wake what is only parked", in(Waiting), Command{Kind: Wake}, later, Waiting, ""},
		{"park by another", in(Active), Command{Kind: Park, Agent: "ben"}, now, Active, NotPrimary},
		{"release", in(Active), Command{Kind: Release, Agent: "ann"}, now, Open, ""},
		{"release by another", in(Active), Command{Kind: Release, Agent: "ben"}, now, Active, NotPrimary},
		{"abandon", in(Active), Command{Kind: Abandon, Agent: "ann"}, now, Open, ""},
		{"abandon of another", in(Active), Command{Kind: Abandon, Agent: "ben"}, now, Active, ""},
		{"end", in(Active), Command{Kind: End, Agent: "ann"}, now, WrapUp, ""},
		{"end by another", in(Active), Command{Kind: End, Agent: "ben"}, now, Active, NotPrimary},
		{"customer ends a live chat", live(in(Active)), Command{Kind: CustomerEnd}, now, WrapUp, ""},
		{"customer cannot end", in(Active), Command{Kind: CustomerEnd}, now, Active, WrongState},
		{"force-close", in(Active), Command{Kind: ForceClose, Agent: "sue"}, now, Closed, ""},
		{"merge", in(Active), Command{Kind: Merge}, now, Closed, ""},
		{"switch-rule off", answered(), Command{Kind: SwitchRule, Agent: "ann", Rule: remind}, now, Active, ""},
		{"switch-rule by another", answered(), Command{Kind: SwitchRule, Agent: "ben", Rule: remind}, now, Active, NotPrimary},
		{"switch-rule in the last minute", answered(), Command{Kind: SwitchRule, Agent: "ann", Rule: remind}, now.Add(9*time.Minute + 1), Active, WrongState},
		{"switch-rule that is none", in(Active), Command{Kind: SwitchRule, Agent: "ann", Rule: remind}, now, Active, WrongState},
		{"silence of the customer", answered(), Command{Kind: Silence}, now.Add(10 * time.Minute), Active, ""},
		{"silence too short", answered(), Command{Kind: Silence}, now.Add(10*time.Minute - 1), Active, ""},
		{"silence that closes", with(answered(), func(s *State) { s.Off = []string{remind} }), Command{Kind: Silence}, now.Add(time.Hour), Closed, ""},
		{"silence of the agent", asked(), Command{Kind: Silence}, now.Add(time.Minute), Open, ""},
		{"window-soon", in(Active), Command{Kind: WindowSoon}, now.Add(23 * time.Hour), Active, ""},
		{"window-over", in(Active), Command{Kind: WindowOver}, now.Add(24 * time.Hour), Active, ""},
		{"gone", away(in(Active)), Command{Kind: Gone}, now.Add(3 * time.Minute), WrapUp, ""},
		{"gone not long enough", away(in(Active)), Command{Kind: Gone}, now.Add(3*time.Minute - 1), Active, ""},
		{"gone from no live chat", with(away(in(Active)), func(s *State) { s.Policy.Style = Persistent }), Command{Kind: Gone}, later, Active, ""},
		{"gone and held", held(in(Active)), Command{Kind: Gone}, now.Add(3 * time.Minute), Active, ""},
		{"gone for longer than held", held(in(Active)), Command{Kind: Gone}, now.Add(10 * time.Minute), WrapUp, ""},
		{"idle", in(Active), Command{Kind: Idle}, now.Add(2 * time.Hour), Closed, ""},
		{"idle too early", in(Active), Command{Kind: Idle}, now.Add(2*time.Hour - 1), Active, ""},

		{"write", in(Waiting), Command{Kind: Write, Seq: 6, At: now}, now, Open, ""},
		{"old write", in(Waiting), Command{Kind: Write, Seq: 5, At: now}, now, Waiting, ""},
		{"resume", in(Waiting), Command{Kind: Resume, Agent: "ann"}, now, Active, ""},
		{"resume by another", in(Waiting), Command{Kind: Resume, Agent: "ben"}, now, Waiting, NotPrimary},
		{"follow-up", in(Waiting), Command{Kind: FollowUp}, now.Add(48 * time.Hour), Open, ""},
		{"follow-up too early", in(Waiting), Command{Kind: FollowUp}, now.Add(48*time.Hour - 1), Waiting, ""},
		{"force-close", in(Waiting), Command{Kind: ForceClose, Agent: "sue"}, now, Closed, ""},
		{"merge", in(Waiting), Command{Kind: Merge}, now, Closed, ""},
		{"switch-rule off", with(answered(), func(s *State) { s.Phase = Waiting }), Command{Kind: SwitchRule, Agent: "ann", Rule: giveUp}, now, Waiting, ""},
		{"silence of the customer", with(answered(), func(s *State) { s.Phase = Waiting }), Command{Kind: Silence}, now.Add(10 * time.Minute), Waiting, ""},
		{"silence that closes", with(answered(), func(s *State) { s.Phase, s.Off = Waiting, []string{remind} }), Command{Kind: Silence}, now.Add(time.Hour), Closed, ""},
		{"idle", in(Waiting), Command{Kind: Idle}, now.Add(20 * 24 * time.Hour), Closed, ""},
		{"idle too early", in(Waiting), Command{Kind: Idle}, now.Add(20*24*time.Hour - 1), Waiting, ""},

		{"write", in(WrapUp), Command{Kind: Write, Seq: 6, At: now}, now, Open, ""},
		{"old write", in(WrapUp), Command{Kind: Write, Seq: 5, At: now}, now, WrapUp, ""},
		{"close", in(WrapUp), Command{Kind: Close, Agent: "ann"}, now, Closed, ""},
		{"close by another", in(WrapUp), Command{Kind: Close, Agent: "ben"}, now, WrapUp, NotPrimary},
		{"free", in(WrapUp), Command{Kind: Free}, now.Add(time.Minute), WrapUp, ""},
		{"free too early", in(WrapUp), Command{Kind: Free}, now.Add(time.Minute - 1), WrapUp, ""},
		{"force-close", in(WrapUp), Command{Kind: ForceClose, Agent: "sue"}, now, Closed, ""},
		{"idle", in(WrapUp), Command{Kind: Idle}, now.Add(15 * time.Minute), Closed, ""},
		{"idle too early", in(WrapUp), Command{Kind: Idle}, now.Add(15*time.Minute - 1), WrapUp, ""},
	}
}

// Every cell of the table: what each command leads to in each phase, and that
// all others are refused and change nothing.
func TestApply_EveryCell(t *testing.T) {
	t.Parallel()
	type pair struct {
		from Phase
		kind Kind
	}
	tested, table := map[pair]bool{}, map[pair]Cell{}
	for _, c := range Table() {
		table[pair{c.From, c.Kind}] = c
	}
	for _, c := range append(steps(), togetherSteps()...) {
		t.Run(string(c.from.Phase)+"/"+c.name, func(t *testing.T) {
			check(t, c.from, c.cmd, c.at, c.to, c.refused)
			cell, known := table[pair{c.from.Phase, c.cmd.Kind}]
			require.True(t, known)
			require.True(t, c.refused != "" || slices.Contains(cell.To, c.to), "the table says %v", cell.To)
		})
		tested[pair{c.from.Phase, c.cmd.Kind}] = true
	}
	for _, p := range Phases() {
		for _, k := range Kinds() {
			_, known := table[pair{p, k}]
			require.Equal(t, known, tested[pair{p, k}], "%s/%s", p, k)
			if known {
				continue
			}
			t.Run(string(p)+"/"+string(k)+" refused", func(t *testing.T) {
				code := WrongState
				if p == Active && (k == Accept || k == Pick || k == Decline) {
					code = OfferGone
				}
				if p != Closed && (k == ConsultAccept || k == ConsultDecline) {
					code = OfferGone
				}
				check(t, in(p), Command{Kind: k, Agent: "ann", Seq: 9, At: now}, now.Add(1000*time.Hour), p, code)
			})
		}
	}
}

func check(t *testing.T, from State, cmd Command, at time.Time, to Phase, refusedAs string) {
	t.Helper()
	next, effects, err := Apply(from, cmd, at)
	require.Equal(t, to, next.Phase)
	if refusedAs == "" {
		require.NoError(t, err)
		return
	}
	var r *Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, refusedAs, r.Code)
	require.NotEmpty(t, r.Reason)
	require.Equal(t, from, next, "a refused command changes nothing")
	require.Equal(t, Effects{}, effects)
}

func TestApply_WaitingFreesCapacityAndRemembersTheAgent(t *testing.T) {
	t.Parallel()
	s, e, err := Apply(in(Active), Command{Kind: Park, Agent: "ann"}, now)
	require.NoError(t, err)
	require.Empty(t, s.Holder())
	require.Equal(t, "ann", s.Agent)
	require.Equal(t, "agent_moved_to_waiting", e.Ends)

	s, e, err = Apply(s, Command{Kind: Write, Seq: 6, At: now.Add(time.Hour)}, now.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, "ann", e.Prefer)
	require.True(t, e.Route)
	require.Equal(t, Open, s.Phase)

	s = in(Waiting)
	s.Policy.SameAgent = false
	_, e, err = Apply(s, Command{Kind: Write, Seq: 6, At: now}, now)
	require.NoError(t, err)
	require.Empty(t, e.Prefer)
}

func TestApply_WrapUpBlocksAlwaysNeverOrForAWhile(t *testing.T) {
	t.Parallel()
	s := in(WrapUp)
	require.Equal(t, "ann", s.Holder())
	at, kind := s.Deadline()
	require.Equal(t, Free, kind)
	require.Equal(t, now.Add(time.Minute), at)
	s, _, err := Apply(s, Command{Kind: Free}, at)
	require.NoError(t, err)
	require.Empty(t, s.Holder())

	s.Policy.WrapUpBlockFor, s.Freed = 0, false
	require.Equal(t, "ann", s.Holder(), "as long as it lasts")
	_, kind = s.Deadline()
	require.Equal(t, Idle, kind)

	s.Policy.WrapUpBlocks = false
	require.Empty(t, s.Holder())

	s.Policy.WrapUpBlocks, s.Policy.WrapUpBlockFor = true, time.Hour
	s.Freed = true
	at, _ = s.Deadline()
	require.Equal(t, now.Add(time.Hour), at, "a longer block keeps wrap-up open")
}

func TestApply_CustomerHearsOnceThatAnAgentWasFound(t *testing.T) {
	t.Parallel()
	s, e, err := Apply(offered("ann"), Command{Kind: Assign}, now)
	require.NoError(t, err)
	require.Equal(t, SayAgentAssigned, e.Say)
	_, e, err = Apply(s, Command{Kind: Assign}, now)
	require.NoError(t, err)
	require.Equal(t, Effects{}, e)
}

// A conversation that is held waits for its moment and nothing else, once.
func TestApply_HeldUntilItsMoment(t *testing.T) {
	t.Parallel()
	s := heldOpen(HoldHours)
	at, kind := s.Deadline()
	require.Equal(t, []any{now.Add(time.Hour), Enter}, []any{at, kind}, "not the open timeout")
	next, e, err := Apply(s, Command{Kind: Enter}, at)
	require.NoError(t, err)
	require.Equal(t, Effects{Project: true, Route: true, Decide: true, Event: "entered"}, e)
	require.Empty(t, next.Hold)
	_, e, err = Apply(next, Command{Kind: Enter}, at)
	require.NoError(t, err)
	require.Equal(t, Effects{}, e)

	s = waited()
	at, kind = s.Deadline()
	require.Equal(t, []any{now.Add(time.Minute), Overflow}, []any{at, kind})
	s, _, err = Apply(s, Command{Kind: Overflow}, at)
	require.NoError(t, err)
	at, kind = s.Deadline()
	require.Equal(t, []any{now.Add(time.Hour), Idle}, []any{at, kind}, "it overflows once")

	s, _, err = Apply(heldOpen(HoldCallback), Command{Kind: Pick, Agent: "ann"}, now)
	require.NoError(t, err)
	require.Equal(t, []any{Deferral(""), true}, []any{s.Hold, s.HeldUntil.IsZero()})
}

func TestDefaultTimeouts(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	require.Equal(t, Timeouts{20 * time.Minute, 0, 0, 15 * time.Minute}, DefaultTimeouts(Live))
	require.Equal(t, Timeouts{30 * day, 0, 30 * day, day}, DefaultTimeouts(Persistent))
	require.Equal(t, Timeouts{30 * day, 30 * day, 30 * day, day}, DefaultTimeouts(Messaging))
}
