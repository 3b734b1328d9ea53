package routing

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestOverflow_BeforeTheQueue(t *testing.T) {
	t.Parallel()
	opens := time.Date(2026, 3, 29, 6, 0, 0, 0, time.UTC)
	size := func(a Action) Overflow { return Overflow{When: Size, Limit: 10, Action: a} }
	overflowing := func(rules ...Overflow) Queue {
		return Queue{Waiting: 10, LongestWait: 600, ExpectedWait: 900, Overflow: rules}
	}
	closed := func(rules ...Overflow) Queue { return Queue{Closed: QueueClosed, OpensAt: &opens, Overflow: rules} }
	to := func(o Overflow, q string) Overflow { o.Action, o.To = Transfer, q; return o }
	for name, c := range map[string]struct {
		queues  map[string]Queue
		live    bool
		queue   string
		outcome Outcome
		held    []Condition // what was found on the way
	}{
		"nothing holds":                {map[string]Queue{"q": {Waiting: 9, Overflow: []Overflow{size(End)}}}, false, "q", Queued, nil},
		"at the limit":                 {map[string]Queue{"q": overflowing(size(End))}, false, "q", Ended, []Condition{Size}},
		"assigned all the same":        {map[string]Queue{"q": overflowing(size(Assign))}, false, "q", Queued, []Condition{Size}},
		"tried later":                  {map[string]Queue{"q": overflowing(Overflow{LongestWait, 600, Callback, "", 300})}, false, "q", Later, []Condition{LongestWait}},
		"waits are measured":           {map[string]Queue{"q": overflowing(Overflow{LongestWait, 601, End, "", 0}, Overflow{ExpectedWait, 900, Callback, "", 60})}, false, "q", Later, []Condition{ExpectedWait}},
		"the first that holds":         {map[string]Queue{"q": overflowing(Overflow{ExpectedWait, 901, End, "", 0}, size(Callback), size(End))}, false, "q", Later, []Condition{Size}},
		"into another":                 {map[string]Queue{"q": overflowing(to(size(""), "r")), "r": {}}, false, "r", Queued, []Condition{Size}},
		"into another that is full":    {map[string]Queue{"q": overflowing(to(size(""), "r")), "r": overflowing(size(End))}, false, "r", Ended, []Condition{Size, Size}},
		"in a circle":                  {map[string]Queue{"q": overflowing(to(size(""), "r")), "r": overflowing(to(size(""), "q"))}, false, "fallback", Queued, []Condition{Size, Size}},
		"into one that is gone":        {map[string]Queue{"q": overflowing(to(size(""), "r"))}, false, "fallback", Queued, []Condition{Size}},
		"closed":                       {map[string]Queue{"q": closed()}, false, "q", Held, []Condition{OutOfHours}},
		"closed, live":                 {map[string]Queue{"q": closed()}, true, "q", Ended, []Condition{OutOfHours}},
		"closed, assigned":             {map[string]Queue{"q": closed(Overflow{OutOfHours, 0, Assign, "", 0})}, true, "q", Queued, []Condition{OutOfHours}},
		"hours go first":               {map[string]Queue{"q": {Closed: QueueClosed, Waiting: 10, Overflow: []Overflow{size(End), {OutOfHours, 0, Wait, "", 0}}}}, false, "q", Held, []Condition{OutOfHours}},
		"closed without a rule for it": {map[string]Queue{"q": {Closed: QueueClosed, Waiting: 10, Overflow: []Overflow{size(Callback)}}}, false, "q", Later, []Condition{Size}},
		"our address is closed":        {map[string]Queue{"q": {Closed: AddressClosed, Waiting: 10, Overflow: []Overflow{size(End), {OutOfHours, 0, Assign, "", 0}}}}, false, "q", Held, []Condition{OutOfHours}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, ok := c.queues["fallback"]; !ok {
				c.queues["fallback"] = overflowing(size(End)) // the last resort ignores its own rules
			}
			d := Decide(Model{}, nil, Env{}, State{Queues: c.queues, Live: c.live, Default: "q", Fallback: "fallback"})
			require.Equal(t, []any{c.queue, c.outcome}, []any{d.Queue, d.Outcome}, d.Explanation)
			var held []Condition
			for _, x := range d.Overflow {
				held = append(held, x.When)
			}
			require.Equal(t, c.held, held)
			if c.outcome == Held {
				require.Equal(t, c.queues["q"].OpensAt, d.Until)
			}
		})
	}
}

// A rule's queue that overflows is passed over for the next rule's; one that
// takes all the same is not.
func TestOverflow_RulesLookFurther(t *testing.T) {
	t.Parallel()
	m := Model{Route: Route{Rules: []RouteRule{{Name: "A", Queues: to("a")}, {Name: "B", Queues: to("b")}}}}
	full := func(a Action) Queue {
		return Queue{Waiting: 1, Overflow: []Overflow{{When: Size, Limit: 1, Action: a}}}
	}
	s := func(a, b Queue) State {
		return State{Queues: map[string]Queue{"a": a, "b": b, "fallback": {}}, Fallback: "fallback", Now: time.Unix(0, 0)}
	}
	d := Decide(m, nil, Env{}, s(full(End), Queue{}))
	require.Equal(t, []any{"b", Queued, Matched}, []any{d.Queue, d.Outcome, d.Reason})
	require.Equal(t, []Refusal{{Rule: "A", Queue: "a", Reason: Overflowing, When: Size, Limit: 1, Value: 1}}, d.Refused)
	d = Decide(m, nil, Env{}, s(full(Assign), Queue{}))
	require.Equal(t, []any{"a", Queued, Matched}, []any{d.Queue, d.Outcome, d.Reason})
	d = Decide(m, nil, Env{}, s(full(Callback), full(End)))
	require.Equal(t, []any{"a", Later, AllFull}, []any{d.Queue, d.Outcome, d.Reason}, "the first of them says what happens")
	opens := time.Unix(60, 0)
	night := Queue{Closed: QueueClosed, OpensAt: &opens, Overflow: []Overflow{{When: OutOfHours, Action: End}}}
	d = Decide(m, nil, Env{}, s(full(End), night))
	require.Equal(t, []any{"b", Ended, FreesFirst, 60}, []any{d.Queue, d.Outcome, d.Reason, d.Refused[1].FreeIn}, "that is free first")
	d = Decide(m, nil, Env{}, s(Queue{Closed: QueueClosed, OpensAt: &opens}, Queue{}))
	require.Equal(t, []any{"a", Held, Matched}, []any{d.Queue, d.Outcome, d.Reason}, "waiting for the opening is no overflow")
}

func TestWaitedTooLong(t *testing.T) {
	t.Parallel()
	q := func(o Overflow) State {
		o.When, o.Limit = Waited, 60
		return State{Queues: map[string]Queue{"q": {Overflow: []Overflow{o}}, "r": {}, "fallback": {}}, Fallback: "fallback"}
	}
	require.Equal(t, Ended, WaitedTooLong(q(Overflow{Action: End}), "q", 60).Outcome)
	require.Equal(t, Queued, WaitedTooLong(q(Overflow{Action: End}), "q", 59).Outcome)
	d := WaitedTooLong(q(Overflow{Action: Callback, After: 600}), "q", 61)
	require.Equal(t, []any{Later, 600, 61}, []any{d.Outcome, d.After, d.Overflow[0].Value})
	d = WaitedTooLong(q(Overflow{Action: Transfer, To: "r"}), "q", 60)
	require.Equal(t, []any{"r", Queued}, []any{d.Queue, d.Outcome})
	d = WaitedTooLong(q(Overflow{Action: Transfer, To: "gone"}), "q", 60)
	require.Equal(t, []any{"q", Queued}, []any{d.Queue, d.Outcome})
}

// Whatever rules queues have, a decision ends, in a queue that exists, and what
// it leads to is what the last thing that held says.
func TestOverflow_AlwaysConcludes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "fallback"}
		s := State{Queues: map[string]Queue{}, Default: "a", Fallback: "fallback", Live: rapid.Bool().Draw(t, "live"), Now: time.Unix(0, 0)}
		opens := time.Unix(3600, 0)
		for _, name := range names {
			q := Queue{Waiting: rapid.IntRange(0, 3).Draw(t, "waiting"), LongestWait: rapid.IntRange(0, 300).Draw(t, "longest"),
				Closed: rapid.SampledFrom([]Closing{NotClosed, NotClosed, QueueClosed}).Draw(t, "closed")}
			if q.Closed != NotClosed {
				q.OpensAt = &opens
			}
			for range rapid.IntRange(0, 3).Draw(t, "rules") {
				o := Overflow{When: rapid.SampledFrom(Conditions()).Draw(t, "when"), Limit: rapid.IntRange(1, 200).Draw(t, "limit"), Action: rapid.SampledFrom(Actions()).Draw(t, "action")}
				switch o.Action {
				case Transfer:
					o.To = rapid.SampledFrom(append(names, "gone")).Draw(t, "to")
				case Callback:
					o.After = 60
				case Assign, Wait, End:
				}
				if o.When == OutOfHours {
					o.Limit = 0
				} else if o.Action == Wait {
					continue
				}
				q.Overflow = append(q.Overflow, o)
			}
			s.Queues[name] = q
		}
		var m Model
		for i := range rapid.IntRange(0, 4).Draw(t, "route") {
			m.Route.Rules = append(m.Route.Rules, RouteRule{Name: fmt.Sprint(i), Queues: to(rapid.SampledFrom(names[:4]).Draw(t, "queue"))})
		}
		d := Decide(m, nil, Env{}, s)
		require.Contains(t, s.Queues, d.Queue)
		require.NotEmpty(t, d.Explanation)
		q := s.Queues[d.Queue]
		last := Checked{}
		if len(d.Overflow) > 0 {
			last = d.Overflow[len(d.Overflow)-1]
		}
		switch d.Outcome {
		case Held:
			require.Equal(t, []any{Wait, d.Queue, q.OpensAt}, []any{last.Action, last.Queue, d.Until})
		case Later:
			require.Equal(t, []any{Callback, d.Queue, 60}, []any{last.Action, last.Queue, d.After})
		case Ended:
			require.Equal(t, []any{End, d.Queue}, []any{last.Action, last.Queue})
		case Queued:
			if last.Queue == d.Queue && last.Action == Transfer {
				require.Equal(t, "fallback", d.Queue, "it overflowed and nothing took it: it came back")
				require.Contains(t, d.Explanation, "the fallback queue does")
			} else if last.Queue == d.Queue {
				require.Equal(t, Assign, last.Action)
			} else if d.Queue != "fallback" {
				require.Nil(t, q.overflow(d.Queue, s.Live), "it enters a queue that takes it")
			}
		default:
			t.Fatalf("no outcome: %+v", d)
		}
		require.Equal(t, d, Decide(m, nil, Env{}, s), "the same again")
	})
}

func TestCheckOverflow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule  Overflow
		field string
	}{
		{Overflow{When: Size, Limit: 50, Action: End}, ""},
		{Overflow{When: OutOfHours, Action: Wait}, ""},
		{Overflow{When: Waited, Limit: 60, Action: Transfer, To: "q"}, ""},
		{Overflow{When: LongestWait, Limit: 60, Action: Callback, After: 60}, ""},
		{Overflow{When: "full", Limit: 1, Action: End}, "rules.0.when"},
		{Overflow{When: Size, Action: End}, "rules.0.limit"},
		{Overflow{When: Size, Limit: MaxSize + 1, Action: End}, "rules.0.limit"},
		{Overflow{When: OutOfHours, Limit: 1, Action: End}, "rules.0.limit"},
		{Overflow{When: Size, Limit: 1, Action: Wait}, "rules.0.action"},
		{Overflow{When: Waited, Limit: 1, Action: Assign}, "rules.0.action"},
		{Overflow{When: Size, Limit: 1}, "rules.0.action"},
		{Overflow{When: Size, Limit: 1, Action: Transfer}, "rules.0.to"},
		{Overflow{When: Size, Limit: 1, Action: End, To: "q"}, "rules.0.to"},
		{Overflow{When: Size, Limit: 1, Action: Callback, After: 59}, "rules.0.after"},
		{Overflow{When: Size, Limit: 1, Action: End, After: 60}, "rules.0.after"},
	} {
		wrong := CheckOverflow([]Overflow{c.rule})
		if c.field == "" {
			require.Empty(t, wrong, c.rule)
			continue
		}
		require.Len(t, wrong, 1, c.rule)
		require.Equal(t, c.field, wrong[0].Path)
	}
	require.Len(t, CheckOverflow([]Overflow{{When: Waited, Limit: 1, Action: End}, {When: Waited, Limit: 2, Action: End}}), 1)
	require.Len(t, CheckOverflow(make([]Overflow, MaxOverflows+1)), 1)
}
