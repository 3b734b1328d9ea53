package conversation

// Codes of refusals.
const (
	WrongState   = "wrong_state"
	NotPrimary   = "not_primary"
	OfferGone    = "offer_gone"
	NoCapacity   = "no_capacity"
	WindowClosed = "window_closed"
	Stale        = "stale"

	TargetGone    = "target_gone"   // there is no such agent or queue, or not any more
	TargetAway    = "target_away"   // the agent cannot be asked now
	SameTarget    = "same_target"   // it is there already
	OutsideQueue  = "outside_queue" // only the conversation's own queue may be asked
	NobodyThere   = "nobody_there"  // nobody of the queue can be asked now
	AlreadyThere  = "already_there" // they take part already
	NotThere      = "not_there"     // they do not take part
	TooMany       = "too_many"
	NoDisposition = "disposition_required"
	NoCustomer    = "no_customer" // a work item: nobody is there to be written to
)

// Refusal says why a command is not possible now. Reason is a sentence for the
// person who asked and holds nothing about the customer.
type Refusal struct{ Code, Reason string }

func (r *Refusal) Error() string { return r.Code + ": " + r.Reason }

func refuseState(s State, c Command) error {
	reason := "It is " + string(s.Phase) + "; " + string(c.Kind) + " is not possible then."
	switch {
	case s.Phase == Closed:
		reason = "It is closed for good; a new message from the customer opens a new conversation."
	case s.Phase == Active && c.Kind == Close:
		reason = "End it first; closing finishes the wrap-up."
	case s.Phase == Active && (c.Kind == Accept || c.Kind == Pick || c.Kind == Decline):
		return &Refusal{Code: OfferGone, Reason: "It has been taken already."}
	case c.Kind == ConsultAccept || c.Kind == ConsultDecline:
		return requestGone()
	}
	return &Refusal{Code: WrongState, Reason: reason}
}

func notPrimary() error {
	return &Refusal{Code: NotPrimary, Reason: "Only the agent who has this conversation may do that."}
}

func offerGone() error {
	return &Refusal{Code: OfferGone, Reason: "The offer is gone: it expired, was withdrawn or was taken."}
}

func requestGone() error {
	return &Refusal{Code: OfferGone, Reason: "The request is gone: it expired, was withdrawn or was answered."}
}

func alreadyThere(reason string) error { return &Refusal{Code: AlreadyThere, Reason: reason} }

func notThere() error {
	return &Refusal{Code: NotThere, Reason: "They are not consulted in this conversation, or not any more."}
}

// DispositionMissing is the refusal to finish without saying how it ended.
func DispositionMissing() *Refusal {
	return &Refusal{Code: NoDisposition, Reason: "Choose how it ended: this workstream requires a disposition code."}
}

// NobodyToWriteTo is the refusal to write to the customer of a work item.
func NobodyToWriteTo() error {
	return &Refusal{Code: NoCustomer, Reason: "A work item has no customer to write to; write an internal message or a note."}
}
