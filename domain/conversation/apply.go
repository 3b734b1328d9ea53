package conversation

import "time"

// Kind is the kind of a command.
type Kind string

// Commands. The first group comes from people, the second from the system.
const (
	Accept      Kind = "accept"       // an agent takes the offer
	Decline     Kind = "decline"      // an agent refuses the offer
	Pick        Kind = "pick"         // an agent takes it from the open ones
	Park        Kind = "park"         // the primary agent leaves it without ending it (✖)
	Snooze      Kind = "snooze"       // the primary agent parks it until a time
	Resume      Kind = "resume"       // the primary agent comes back to it
	Release     Kind = "release"      // the primary agent gives it back to the queue
	End         Kind = "end"          // the primary agent ends it
	Close       Kind = "close"        // the primary agent has finished wrap-up
	ForceClose  Kind = "force-close"  // a supervisor closes it, whatever it does
	SwitchRule  Kind = "switch-rule"  // the primary agent switches a timeout rule off or on
	Write       Kind = "write"        // the customer wrote
	CustomerEnd Kind = "customer-end" // the customer ended a live chat, or was gone for too long

	Consult        Kind = "consult"         // the primary agent asks an agent or a queue for advice
	ConsultAccept  Kind = "consult-accept"  // the consultant comes
	ConsultDecline Kind = "consult-decline" // the consultant does not
	BringIn        Kind = "bring-in"        // the primary agent puts a consultant in front of the customer
	Remove         Kind = "remove"          // the primary agent ends a consult, or takes a request back
	Leave          Kind = "leave"           // a consultant or supervisor goes
	Transfer       Kind = "transfer"        // the primary agent gives it to an agent or a queue
	Monitor        Kind = "monitor"         // a supervisor watches
	Join           Kind = "join"            // a supervisor writes to the customer too
	AssignTo       Kind = "assign-to"       // a supervisor says who is asked, or where it waits

	Assign     Kind = "assign"        // an offer was made
	Lapse      Kind = "lapse"         // the offer's time is over
	Abandon    Kind = "abandon"       // the primary agent was disconnected and did not return
	Silence    Kind = "silence"       // a timeout rule is due
	WindowSoon Kind = "window-soon"   // the reply window will close
	WindowOver Kind = "window-over"   // the reply window has closed
	FollowUp   Kind = "follow-up"     // it was parked for as long as its workstream allows without a look
	Wake       Kind = "wake"          // it was snoozed until now
	Free       Kind = "free"          // wrap-up has blocked capacity long enough
	Idle       Kind = "idle"          // nothing happened for too long
	Gone       Kind = "customer-gone" // the customer of a live chat has been away for too long
	Enter      Kind = "enter"         // it was held back until now
	Overflow   Kind = "overflow"      // it waited for too long in its queue
	TurnAway   Kind = "turn-away"     // no queue takes it

	ConsultLapse Kind = "consult-lapse" // a consultant did not answer in time

	Merge Kind = "merge" // its customer turned out to be the one of another conversation
)

// Kinds lists all commands, people's first.
func Kinds() []Kind {
	return []Kind{Accept, Decline, Pick, Park, Snooze, Resume, Release, End, Close, ForceClose, SwitchRule, Write, CustomerEnd,
		Consult, ConsultAccept, ConsultDecline, BringIn, Remove, Leave, Transfer, Monitor, Join, AssignTo,
		Assign, Lapse, Abandon, Silence, WindowSoon, WindowOver, FollowUp, Wake, Free, Gone, Idle, Enter, Overflow, TurnAway, ConsultLapse, Merge}
}

// Command asks for a transition.
type Command struct {
	Kind  Kind
	Agent string    // who acts
	Offer Offer     // of Assign; its ID: of Accept and Decline
	Seq   int64     // of Write
	At    time.Time // of Write: when the customer wrote
	Rule  string    // of SwitchRule
	On    bool      // of SwitchRule
	To    string    // of Consult, Transfer and AssignTo: the agent
	Queue string    // of the same, instead: the queue
	Over  bool      // of AssignTo: whether they have room or not
	Until time.Time // of Snooze
	Note  string    // of Transfer and AssignTo: what is passed on with it, "" is nothing
	Part  string    // of BringIn and Remove, and of answers to a request: the participant
}

// Effects is what must be carried out for a transition to be true.
type Effects struct {
	Project bool   // the state must be written
	Take    bool   // room must be found in the agent's capacity, or the command is refused
	Route   bool   // an agent must be looked for
	Decide  bool   // and before that, where it goes
	Prefer  string // and this one asked first, whatever their capacity and presence
	Missed  string // this agent declined, missed or gave up the conversation
	Closing bool   // true only if no message newer than State.InboundSeq exists
	Gone    bool   // true only if the customer is still away, since State.Away
	Quiet   bool   // true only if neither side wrote anything that State does not know
	Event   string // what people are told; "" is nothing
	Reason  string // of an ending, for the record
	Ends    string // why the session ends; "" is: it goes on, or there is none
	Joins   bool   // the agent's session begins, or was accepted
	Say     string // what is said automatically, if it is switched on
	Rule    string // the timeout rule that is applied
	Hand    string // it is offered to this agent, or the command is refused
	Over    bool   // with Hand: whether they have room or not
	Queue   string // it moves to this queue, or the command is refused
	About   string // whom the change is about, besides the primary agent
	By      string // the supervisor who did it, for the audit log
	Note    string // what is passed on to whom it is given
	Wraps   bool   // the agent finishes it: refused without a disposition where one is required
	Left    string // why those leave who no longer take part
	Merge   bool   // what the customer wrote without an answer moves to their other conversation, or the command is refused
}

// What the domain has said automatically. The texts are in package autotext.
const (
	SayAgentJoined   = "agent_joined"
	SayAgentAssigned = "agent_assigned"
	SayAgentGone     = "agent_disconnected"
	SayEnded         = "conversation_ended"
	SayForceClosed   = "force_closed"
	SayWindowClosing = "window_closing"
	SayWindowClosed  = "window_closed"
	SayCustomerEnded = "customer_ended"
	SayCustomerGone  = "customer_disconnected"
	SayCustomerHeld  = "customer_held"
)

// Apply returns the state after a command and what must be done for it, or a
// *Refusal. It changes nothing itself.
func Apply(s State, c Command, now time.Time) (State, Effects, error) {
	t, known := transitions[cell{s.Phase, c.Kind}]
	if !known {
		return s, Effects{}, refuseState(s, c)
	}
	next, e, err := t.apply(s, c, now)
	if err != nil {
		return s, Effects{}, err
	}
	return dismiss(s, next, &e), e, nil
}

type cell struct {
	phase Phase
	kind  Kind
}

type rule func(State, Command, time.Time) (State, Effects, error)

// A transition is what a command leads to in a phase.
type transition struct {
	apply rule
	to    []Phase // all it can lead to, the usual one first
	when  string  // in a person's words
}

// transitions is the whole table; a cell that is missing is
// refused. docs/states.md is made from it.
var transitions = map[cell]transition{
	{Open, Write}:       {heard, to(Open), "a message joins the thread"},
	{Open, Assign}:      {offered, to(Open), "an offer was made to an agent"},
	{Open, Accept}:      {accepted, to(Active), "the agent accepts the offer in time"},
	{Open, Decline}:     {declined, to(Open), "the agent refuses; the next best is asked"},
	{Open, Lapse}:       {lapsed, to(Open), "the offer's time is over; the next best is asked"},
	{Open, Pick}:        {picked, to(Active), "an agent with room takes it from the open ones"},
	{Open, CustomerEnd}: {customerEnded, to(Closed, Open), "live chat: the customer leaves before an agent came"},
	{Open, ForceClose}:  {forceClosed, to(Closed), "a supervisor closes it"},
	{Open, Gone}:        {customerGone, to(Closed, Open), "live chat: the customer has been away for too long"},
	{Open, Idle}:        {timedOut, to(Closed, Open), "nothing happened for the open timeout"},
	{Open, Enter}:       {entered, to(Open), "it was held until opening, or to be tried later: it is routed"},
	{Open, Overflow}:    {overflowed, to(Open), "it waited longer than its queue allows: the queue says what happens"},
	{Open, TurnAway}:    {turnedAway, to(Closed, Open), "no queue takes it: it ends"},
	{Open, AssignTo}:    {assigned, to(Open), "a supervisor says who is asked, or moves it to a queue"},
	{Open, Leave}:       {left, to(Open), "a supervisor who watched it goes"},
	{Open, Merge}:       {merged, to(Closed), "its customer has another conversation, which goes on"},

	{Active, Write}:       {heard, to(Active), "a message joins the thread; a closed reply window opens"},
	{Active, Park}:        {parked, to(Waiting, Open), "the agent leaves (✖): parked, its capacity is free; live chat: back to the queue"},
	{Active, Snooze}:      {snoozed, to(Waiting), "the agent parks it until a time; live chats cannot be"},
	{Active, Release}:     {released, to(Open), "the agent gives it back to the queue; another is asked first"},
	{Active, Abandon}:     {abandoned, to(Open, Active), "the agent was disconnected and did not return in time"},
	{Active, End}:         {ended, to(WrapUp), "the agent ends it"},
	{Active, CustomerEnd}: {customerEnded, to(WrapUp, Active), "live chat: the customer ends it or was gone for too long"},
	{Active, ForceClose}:  {forceClosed, to(Closed), "a supervisor closes it"},
	{Active, SwitchRule}:  {ruleSwitched, to(Active), "the agent switches a timeout rule off or on"},
	{Active, Silence}:     {ruleApplied, to(Active, Open, Closed), "a timeout rule says something, requeues or closes"},
	{Active, WindowSoon}:  {windowSoon, to(Active), "the reply window's end is announced"},
	{Active, WindowOver}:  {windowOver, to(Active), "the reply window closes"},
	{Active, Gone}:        {customerGone, to(WrapUp, Active), "live chat: the customer has been away for too long; or is held, and the agent told"},
	{Active, Idle}:        {timedOut, to(Closed, Active), "nothing happened for the active timeout"},

	{Active, Consult}:        {consulted, to(Active), "the agent asks an agent or a queue for advice"},
	{Active, ConsultAccept}:  {consultAccepted, to(Active), "the consultant comes, in time"},
	{Active, ConsultDecline}: {consultDeclined, to(Active), "the consultant does not; of a queue the next best is asked"},
	{Active, ConsultLapse}:   {consultLapsed, to(Active), "the request's time is over; of a queue the next best is asked"},
	{Active, BringIn}:        {broughtIn, to(Active), "the agent puts a consultant in front of the customer"},
	{Active, Remove}:         {removed, to(Active), "the agent ends a consult, or takes a request back"},
	{Active, Leave}:          {left, to(Active), "a consultant or supervisor goes"},
	{Active, Monitor}:        {monitored, to(Active), "a supervisor watches"},
	{Active, Join}:           {joined, to(Active), "a supervisor writes to the customer too"},
	{Active, Transfer}:       {transferred, to(Open), "the agent gives it away: it is offered to the agent, or goes to the queue"},
	{Active, AssignTo}:       {assigned, to(Open), "a supervisor takes it away: it is offered to another agent, or goes to a queue"},
	{Active, Merge}:          {merged, to(Closed), "its customer has another conversation, which goes on"},

	{Waiting, Write}:      {returned, to(Open, Waiting), "the customer writes again: offered to the same agent"},
	{Waiting, Resume}:     {resumed, to(Active), "the agent comes back and has room"},
	{Waiting, Snooze}:     {snoozed, to(Waiting), "the agent says until when it is parked, or another time"},
	{Waiting, Wake}:       {woken, to(Open, Waiting), "it was snoozed until now: offered to the agent again"},
	{Waiting, FollowUp}:   {followedUp, to(Open, Waiting), "parked for long enough: offered to the agent again"},
	{Waiting, ForceClose}: {forceClosed, to(Closed), "a supervisor closes it"},
	{Waiting, SwitchRule}: {ruleSwitched, to(Waiting), "the agent switches a timeout rule off or on"},
	{Waiting, Silence}:    {ruleApplied, to(Waiting, Closed), "a timeout rule says something or closes"},
	{Waiting, Idle}:       {timedOut, to(Closed, Waiting), "nothing happened for the waiting timeout"},

	{Waiting, Transfer}: {transferred, to(Open), "the agent gives it away: it is offered to the agent, or goes to the queue"},
	{Waiting, AssignTo}: {assigned, to(Open), "a supervisor says who is asked, or moves it to a queue"},
	{Waiting, Monitor}:  {monitored, to(Waiting), "a supervisor watches"},
	{Waiting, Leave}:    {left, to(Waiting), "a supervisor who watched it goes"},
	{Waiting, Merge}:    {merged, to(Closed), "its customer has another conversation, which goes on"},

	{WrapUp, Monitor}:    {monitored, to(WrapUp), "a supervisor watches"},
	{WrapUp, Leave}:      {left, to(WrapUp), "a supervisor who watched it goes"},
	{WrapUp, Write}:      {returned, to(Open, WrapUp), "the customer writes again: offered to the same agent"},
	{WrapUp, Close}:      {finished, to(Closed), "the agent has finished"},
	{WrapUp, Free}:       {freed, to(WrapUp), "wrap-up gives the agent's capacity back"},
	{WrapUp, ForceClose}: {forceClosed, to(Closed), "a supervisor closes it"},
	{WrapUp, Idle}:       {timedOut, to(Closed, WrapUp), "the wrap-up timeout is over"},
}

func to(phases ...Phase) []Phase { return phases }

// Cell is one cell of the transition table, for people.
type Cell struct {
	From Phase
	Kind Kind
	To   []Phase // the usual one first; others under conditions
	When string
}

// Table lists the cells of the transition table in order of phases and commands.
func Table() []Cell {
	var out []Cell
	for _, p := range Phases() {
		for _, k := range Kinds() {
			if t, ok := transitions[cell{p, k}]; ok {
				out = append(out, Cell{From: p, Kind: k, To: t.to, When: t.when})
			}
		}
	}
	return out
}
