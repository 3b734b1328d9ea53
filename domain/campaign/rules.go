package campaign

import (
	"hash/fnv"
)

// State of a campaign, as its owner sees it.
type State string

// States of a campaign.
const (
	Draft     State = "draft"     // being written
	Scheduled State = "scheduled" // it will start by itself
	Running   State = "running"   // messages go out
	Paused    State = "paused"    // by hand, or by itself; it waits for somebody
	Finished  State = "finished"  // nobody is left to write to
	Canceled  State = "canceled"  // ended by hand; who was not written to will not be
)

// Over reports that nothing will be sent any more.
func (s State) Over() bool { return s == Finished || s == Canceled }

// Command is what a person can do with a campaign that was started.
type Command string

// Commands.
const (
	Pause  Command = "pause"
	Resume Command = "resume"
	Cancel Command = "cancel"
	Change Command = "change" // its rate, or its start while it has not begun
)

// May says why a command is not possible in a state, "" if it is.
func (s State) May(c Command) string {
	switch {
	case s == Draft:
		return "It has not been started."
	case s.Over():
		return "It is over."
	case c == Pause && s == Paused:
		return "It is paused already."
	case c == Resume && s != Paused:
		return "It is not paused."
	}
	return ""
}

// Reasons of a pause.
const (
	ByHand   = "by_hand"
	Refusals = "refusals" // too many were refused
	Account  = "account"  // the provider does not accept our credentials
	PastDue  = "past_due" // its start was missed by so much that somebody should decide
)

// Codes of recipients who are not written to.
const (
	NoConsent   = "no_consent"
	OptedOut    = "opted_out"
	Missing     = "missing_placeholder"
	BadValue    = "invalid_value" // of a placeholder
	NotApproved = "template_not_approved"
	BadAddress  = "invalid_address"
	BadLanguage = "invalid_locale"
	BadChannel  = "wrong_channel"
	Duplicate   = "duplicate"
	GaveUp      = "gave_up" // the provider asked for a pause too often
)

// Fewest is how many must have been tried before a share of refusals means
// anything.
const Fewest = 100

// TooMany reports whether bad of all tried are more than percent, and enough were
// tried. 0 percent is no limit.
func TooMany(bad, all int64, percent int) bool {
	return percent > 0 && all >= Fewest && bad*100 > all*int64(percent)
}

// Variant chooses one of two wordings for a recipient: 1 for about share percent
// of all, 0 for the others, always the same for the same one.
func Variant(campaign, to string, share int) int {
	if share <= 0 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(campaign))
	_, _ = h.Write([]byte(to))
	if int(h.Sum32()%100) < share {
		return 1
	}
	return 0
}
