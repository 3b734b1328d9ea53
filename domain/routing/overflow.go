package routing

import (
	"fmt"
	"time"
)

// Condition is what makes a queue overflow.
type Condition string

// Conditions of overflow. All but Waited are asked once, before a conversation
// enters the queue; Waited is about one that is in it.
const (
	OutOfHours   Condition = "out_of_hours"
	Size         Condition = "size"          // as many wait in it as the limit says
	LongestWait  Condition = "longest_wait"  // somebody in it has waited for that many seconds
	ExpectedWait Condition = "expected_wait" // who enters now will wait for that many seconds
	Waited       Condition = "waited"        // it has been in the queue for that many seconds itself
)

// Conditions lists all conditions.
func Conditions() []Condition {
	return []Condition{OutOfHours, Size, LongestWait, ExpectedWait, Waited}
}

// Action is what is done about a queue that overflows.
type Action string

// Actions.
const (
	Assign   Action = "assign"   // it enters all the same
	Wait     Action = "wait"     // it stays open and enters when the queue opens
	Transfer Action = "transfer" // to another queue
	Callback Action = "callback" // it is tried again after a while, and the customer told so
	End      Action = "end"      // it ends, and the customer is told why
)

// Actions lists all actions.
func Actions() []Action { return []Action{Assign, Wait, Transfer, Callback, End} }

// Overflow is one overflow rule of a queue. Of those that hold the first
// decides; those about hours go before all others.
type Overflow struct {
	When   Condition `json:"when" yaml:"when"`
	Limit  int       `json:"limit" yaml:"limit,omitempty"`           // conversations or seconds; 0 of OutOfHours
	Action Action    `json:"action" yaml:"action"`                   //
	To     string    `json:"to,omitempty" yaml:"to,omitempty"`       // of Transfer: a queue
	After  int       `json:"after,omitempty" yaml:"after,omitempty"` // of Callback: seconds
}

// Bounds of overflow rules.
const (
	MaxOverflows = 20
	MaxSize      = 100_000
	MaxWait      = 7 * 24 * 3600 // seconds
	MaxHops      = 10            // transfers of one decision
)

// CheckOverflow lists what is wrong with a queue's overflow rules.
func CheckOverflow(list []Overflow) []Mistake {
	var out []Mistake
	if len(list) > MaxOverflows {
		return []Mistake{{Path: "rules", Reason: fmt.Sprintf("are more than %d", MaxOverflows)}}
	}
	once := map[Condition]bool{}
	for i, o := range list {
		if once[o.When] && (o.When == OutOfHours || o.When == Waited) {
			out = append(out, Mistake{Path: fmt.Sprintf("rules.%d.when", i), Reason: "is in another rule too"})
		}
		once[o.When] = true
		for _, m := range o.check() {
			m.Path = fmt.Sprintf("rules.%d.%s", i, m.Path)
			out = append(out, m)
		}
	}
	return out
}

func (o Overflow) check() []Mistake {
	var out []Mistake
	wrong := func(field, reason string) { out = append(out, Mistake{Path: field, Reason: reason}) }
	most, known := map[Condition]int{OutOfHours: 0, Size: MaxSize, LongestWait: MaxWait, ExpectedWait: MaxWait, Waited: MaxWait}[o.When]
	switch {
	case !known:
		wrong("when", "must be out_of_hours, size, longest_wait, expected_wait or waited")
	case o.When == OutOfHours && o.Limit != 0:
		wrong("limit", "must be 0: it is closed or not")
	case o.When != OutOfHours && (o.Limit < 1 || o.Limit > most):
		wrong("limit", fmt.Sprintf("must be between 1 and %d", most))
	}
	switch o.Action {
	case Assign:
		if o.When == Waited {
			wrong("action", "must be transfer, callback or end: it is in the queue already")
		}
	case Wait:
		if o.When != OutOfHours {
			wrong("action", "wait is for out_of_hours only")
		}
	case Transfer, Callback, End:
	default:
		wrong("action", "must be assign, wait, transfer, callback or end")
	}
	if (o.Action == Transfer) != (o.To != "") {
		wrong("to", "must be given for transfer, and for nothing else")
	}
	if o.Action == Callback && (o.After < 60 || o.After > MaxWait) {
		wrong("after", fmt.Sprintf("must be between 60 and %d", MaxWait))
	}
	if o.Action != Callback && o.After != 0 {
		wrong("after", "is for callback only")
	}
	return out
}

// Outcome is what becomes of a conversation after a decision.
type Outcome string

// Outcomes.
const (
	Queued Outcome = "queued"   // it is in the queue
	Held   Outcome = "held"     // it enters when it is open
	Later  Outcome = "callback" // it is tried again later
	Ended  Outcome = "ended"    // nothing takes it
)

// Closing says who is closed.
type Closing string

// Who can be closed. An address, our side of the conversation, goes first.
const (
	NotClosed     Closing = ""
	AddressClosed Closing = "address"
	QueueClosed   Closing = "queue"
)

// Checked is one overflow rule that held, or hours that were over.
type Checked struct {
	Queue  string    `json:"queue"`
	When   Condition `json:"when"`
	Closed Closing   `json:"closed,omitempty"` // of OutOfHours
	Limit  int       `json:"limit"`
	Value  int       `json:"value"` // what was measured; 0 of OutOfHours
	Action Action    `json:"action"`
	To     string    `json:"to,omitempty"`
	After  int       `json:"after,omitempty"`
}

// overflow is the first rule of a queue that holds before a conversation enters.
func (q Queue) overflow(id string, live bool) *Checked {
	byHours := Checked{Queue: id, When: OutOfHours, Closed: q.Closed, Action: Wait}
	if live {
		byHours.Action = End
	}
	if q.Closed == AddressClosed {
		return &byHours
	}
	if q.Closed == QueueClosed {
		for _, o := range q.Overflow {
			if o.When == OutOfHours {
				byHours.Action, byHours.To, byHours.After = o.Action, o.To, o.After
				return &byHours
			}
		}
	}
	for _, o := range q.Overflow {
		if v := q.measure(o.When); v > 0 && v >= o.Limit {
			return &Checked{Queue: id, When: o.When, Limit: o.Limit, Value: v, Action: o.Action, To: o.To, After: o.After}
		}
	}
	if q.Closed == QueueClosed {
		return &byHours
	}
	return nil
}

func (q Queue) measure(c Condition) int {
	switch c {
	case Size:
		return q.Waiting
	case LongestWait:
		return q.LongestWait
	case ExpectedWait:
		return q.ExpectedWait
	case OutOfHours, Waited:
	}
	return 0
}

// refuses says that a rule of the route must look further.
func (c *Checked) refuses() bool { return c != nil && c.Action != Assign && c.Action != Wait }

// check is the stage before the queue: what its overflow rules say happens. The
// fallback queue ignores them, but not that nobody is there.
func (s State) check(d *Decision, ignore bool) {
	seen := map[string]bool{}
	for hop := 0; ; hop++ {
		q := s.Queues[d.Queue]
		if ignore {
			q.Overflow = nil
		}
		c := q.overflow(d.Queue, s.Live)
		if c == nil {
			d.Outcome = Queued
			return
		}
		d.Overflow = append(d.Overflow, *c)
		if c.Action != Transfer {
			s.conclude(d, q, *c)
			return
		}
		seen[d.Queue] = true
		if _, exists := s.Queues[c.To]; !exists || seen[c.To] || hop >= MaxHops {
			d.Queue, ignore = d.fallback, true
			d.Explanation += " No queue that it overflows to takes it: the fallback queue does."
			continue
		}
		d.Queue = c.To
		d.Explanation += " It overflows into another queue."
	}
}

// conclude does what the last rule says that was asked.
func (s State) conclude(d *Decision, q Queue, c Checked) {
	switch c.Action {
	case Wait:
		d.Outcome = Held
		d.Until = q.OpensAt
		d.Explanation += " It is closed: the conversation waits until it opens."
	case Callback:
		d.Outcome, d.After = Later, c.After
		d.Explanation += " It overflows: the conversation is tried again later."
	case End:
		d.Outcome = Ended
		d.Explanation += " It overflows: the conversation ends."
	case Assign, Transfer:
		d.Outcome = Queued
		d.Explanation += " It overflows and takes the conversation all the same."
	}
}

// WaitedTooLong decides about a conversation that is in a queue for a number of
// seconds. Nothing else about it is decided anew.
func WaitedTooLong(s State, queue string, waited int) Decision {
	d := newDecision()
	d.Queue, d.Reason, d.fallback, d.Outcome = queue, TooLong, s.Fallback, Queued
	d.Explanation = "It waited in its queue, and no rule says what to do."
	for _, o := range s.Queues[queue].Overflow {
		if o.When != Waited || waited < o.Limit {
			continue
		}
		c := Checked{Queue: queue, When: Waited, Limit: o.Limit, Value: waited, Action: o.Action, To: o.To, After: o.After}
		d.Overflow = append(d.Overflow, c)
		d.Explanation = "It waited in its queue for longer than the queue's rule says."
		if _, exists := s.Queues[o.To]; o.Action != Transfer {
			s.conclude(&d, s.Queues[queue], c)
		} else if exists && o.To != queue {
			d.Queue = o.To
			s.check(&d, false)
		}
		break
	}
	d.fallback = ""
	return d
}

// Stay decides about a conversation that comes back to its queue, or that people
// moved to it: it is never turned away, but waits until somebody is there.
func Stay(s State, queue string, why Reason) Decision {
	d := newDecision()
	d.Queue, d.Reason, d.Outcome, d.Explanation = queue, why, Queued, "It comes back to its queue."
	if why == Moved {
		d.Explanation = "Somebody moved it to this queue."
	}
	if q := s.Queues[queue]; q.Closed != NotClosed && !s.Live {
		c := Checked{Queue: queue, When: OutOfHours, Closed: q.Closed, Action: Wait}
		for _, o := range q.Overflow {
			if o.When == OutOfHours && o.Action == Assign && q.Closed == QueueClosed {
				c.Action = Assign
			}
		}
		d.Overflow = append(d.Overflow, c)
		s.conclude(&d, q, c)
	}
	return d
}

// free is in how many seconds a queue that refused takes conversations again; 0:
// not known.
func (q Queue) free(now time.Time) int {
	if q.FreeIn > 0 || q.Closed == NotClosed || q.OpensAt == nil {
		return q.FreeIn
	}
	return max(int(q.OpensAt.Sub(now)/time.Second), 1)
}
