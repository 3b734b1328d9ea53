package conversation

// Target is an agent who is to be asked for advice, or to have a conversation,
// as the database knows them while it decides.
type Target struct {
	Known     bool // there is such an agent, and they are not disabled
	Connected bool // one of their clients is
	Allowed   bool // their presence is one in which they may be offered this
	Room      bool // their capacity has room for it
	Member    bool // of the conversation's queue
}

// MayConsult reports why an agent cannot be asked for advice, or nil. Where the
// workstream says so any agent who is there can, otherwise one of the
// conversation's queue who could take it as well.
func (t Target) MayConsult(anyone bool) error {
	switch {
	case !t.Known:
		return targetGone()
	case !anyone && !t.Member:
		return &Refusal{Code: OutsideQueue, Reason: "Only agents of the conversation's own queue can be consulted."}
	case !t.Connected:
		return targetAway()
	case !anyone && !t.Allowed && t.Room:
		return targetAway()
	case !anyone && !t.Room:
		return &Refusal{Code: NoCapacity, Reason: "They have no room at the moment."}
	}
	return nil
}

// MayTake reports why a conversation cannot be offered to an agent, or nil. over
// is a supervisor's, who knows that they have no room or do not want to be
// disturbed.
func (t Target) MayTake(over bool) error {
	switch {
	case !t.Known:
		return targetGone()
	case !t.Connected:
		return targetAway()
	case over:
		return nil
	case !t.Room:
		return &Refusal{Code: NoCapacity, Reason: "They have no room for another conversation."}
	case !t.Allowed:
		return targetAway()
	}
	return nil
}

// TargetQueue is a queue that is to have a conversation, or is asked for advice.
type TargetQueue struct {
	Known   bool // there is such a queue
	Same    bool // the conversation is in it
	Members bool // it has some
}

// MayTake reports why a conversation cannot be moved to a queue, or nil.
func (t TargetQueue) MayTake() error {
	switch {
	case !t.Known:
		return queueGone()
	case t.Same:
		return &Refusal{Code: SameTarget, Reason: "It is in this queue already."}
	case !t.Members:
		return &Refusal{Code: NobodyThere, Reason: "Nobody is a member of this queue."}
	}
	return nil
}

// MayConsult reports why nobody of a queue can be asked for advice, or nil.
func (t TargetQueue) MayConsult(anyone bool) error {
	switch {
	case !t.Known:
		return queueGone()
	case !anyone && !t.Same:
		return &Refusal{Code: OutsideQueue, Reason: "Only the conversation's own queue can be consulted."}
	}
	return nil
}

// NobodyToConsult is the refusal when nobody of a queue can be asked.
func NobodyToConsult() *Refusal {
	return &Refusal{Code: NobodyThere, Reason: "Nobody of this queue can be asked at the moment."}
}

func targetGone() error {
	return &Refusal{Code: TargetGone, Reason: "There is no such agent, or not any more."}
}

func queueGone() error {
	return &Refusal{Code: TargetGone, Reason: "There is no such queue, or not any more."}
}

func targetAway() error {
	return &Refusal{Code: TargetAway, Reason: "They are not there, or do not want to be disturbed."}
}
