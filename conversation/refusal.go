package conversation

// Codes of refusals.
const (
	WrongState   = "wrong_state"
	NotPrimary   = "not_primary"
	OfferGone    = "offer_gone"
	NoCapacity   = "no_capacity"
	WindowClosed = "window_closed"
	Stale        = "stale"
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
	}
	return &Refusal{Code: WrongState, Reason: reason}
}

func notPrimary() error {
	return &Refusal{Code: NotPrimary, Reason: "Only the agent who has this conversation may do that."}
}

func offerGone() error {
	return &Refusal{Code: OfferGone, Reason: "The offer is gone: it expired, was withdrawn or was taken."}
}
