// Package metric defines each figure that people see about the work, once: its name,
// what it counts and by which clock. Statements and pages use these names.
package metric

import "slices"

// Unit is what a figure is measured in.
type Unit string

// The units.
const (
	Count   Unit = "count"
	Seconds Unit = "seconds"
	Percent Unit = "percent"
)

// Clock says which time a figure counts.
type Clock string

// The clocks. Counts have none.
const (
	Wall     Clock = "wall"     // every second
	Business Clock = "business" // the operating hours of the queue only
	NoClock  Clock = ""
)

// A Figure is one number about the work.
type Figure struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Text  string `json:"text"` // the definition, in a sentence that people read
	Unit  Unit   `json:"unit"`
	Clock Clock  `json:"clock"`
}

// Names of the live figures, each a part of what is not closed. Waiting, Active,
// Parked, WrapUp and Held are the whole of it, and none is in two of them.
const (
	Ongoing    = "ongoing"
	Waiting    = "waiting"
	Offered    = "offered"
	Held       = "held"
	Active     = "active"
	Unanswered = "unanswered"
	Parked     = "parked"
	WrapUp     = "wrap_up"
)

// Live are the figures of this moment, in the order in which they are shown.
func Live() []Figure {
	return []Figure{
		{Ongoing, "Ongoing", "Conversations that are not closed.", Count, NoClock},
		{Waiting, "Waiting", "Conversations that wait for an agent, including those that are being offered to one.", Count, NoClock},
		{Offered, "Offered", "Waiting conversations that are being offered to an agent at this moment.", Count, NoClock},
		{Held, "On hold", "Conversations that are kept out of their queue until it opens, or until a callback is due.", Count, NoClock},
		{Active, "Active", "Conversations that an agent has accepted and is handling.", Count, NoClock},
		{Unanswered, "Awaiting reply", "Active conversations whose customer wrote last.", Count, NoClock},
		{Parked, "Waiting for customer", "Conversations that an agent parked until the customer writes again.", Count, NoClock},
		{WrapUp, "Wrap-up", "Conversations that have ended and whose agent is finishing up.", Count, NoClock},
	}
}

// Names of the figures about a past time.
const (
	Arrived        = "arrived"
	Answered       = "answered"
	Abandoned      = "abandoned"
	AbandonedLong  = "abandoned_long"
	AbandonRate    = "abandon_rate"
	TransferredOut = "transferred_out"
	AverageWait    = "average_wait"
	LongestWait    = "longest_wait"
	ServiceLevel   = "service_level"

	OffersMade    = "offers"
	Accepted      = "accepted"
	Declined      = "declined"
	Missed        = "missed"
	TimeToAccept  = "time_to_accept"
	AverageHandle = "average_handle"
	SignedInTime  = "signed_in"
	AvailableTime = "available_time"
)

// ServiceSeconds is the wait within which an answer counts for the service level,
// and ShortSeconds the one below which giving up counts as a slip.
const (
	ServiceSeconds = 60
	ShortSeconds   = 10
)

// OfQueues are the figures of the report on queues. They count visits of a queue: a
// conversation that is transferred is counted in each queue that it waited in.
func OfQueues() []Figure {
	return []Figure{
		{Arrived, "Arrived", "Conversations that began to wait in the queue in this time, transfers included.", Count, NoClock},
		{Answered, "Answered", "Of those that arrived: accepted by an agent.", Count, NoClock},
		{Abandoned, "Abandoned", "Of those that arrived: ended before an agent accepted, whoever ended them and however soon.", Count, NoClock},
		{AbandonedLong, "Abandoned after 10 s", "Abandoned, without those that ended within 10 seconds.", Count, NoClock},
		{AbandonRate, "Abandon rate", "Abandoned, divided by arrived.", Percent, NoClock},
		{TransferredOut, "Moved on", "Of those that arrived: went to another queue before an agent accepted.", Count, NoClock},
		{AverageWait, "Average wait", "From arriving in the queue to acceptance, on average over those that were answered.", Seconds, Wall},
		{LongestWait, "Longest wait", "The longest wait of one that was answered or abandoned.", Seconds, Wall},
		{ServiceLevel, "Service level", "Answered within 60 seconds, divided by answered plus those abandoned after 10 seconds.", Percent, Wall},
	}
}

// OfAgents are the figures of the report on agents. They count offers and what
// became of them; a conversation that comes back is counted again.
func OfAgents() []Figure {
	return []Figure{
		{OffersMade, "Offers", "Conversations that the agent was offered or took in this time.", Count, NoClock},
		{Accepted, "Accepted", "Of these: accepted or taken by the agent.", Count, NoClock},
		{Declined, "Declined", "Of these: declined by the agent.", Count, NoClock},
		{Missed, "Missed", "Of these: not answered in time.", Count, NoClock},
		{TimeToAccept, "Time to accept", "From the offer to its acceptance, on average over those accepted.", Seconds, Wall},
		{AverageHandle, "Average handle time", "From acceptance until the agent no longer has the conversation, wrap-up included, on average over those that are finished.", Seconds, Wall},
		{SignedInTime, "Signed in", "Time in which the agent had any presence other than offline.", Seconds, Wall},
		{AvailableTime, "Available", "Time in which the agent's presence was available or busy.", Seconds, Wall},
	}
}

// IsLive reports whether a name is one of the live figures.
func IsLive(name string) bool {
	return slices.ContainsFunc(Live(), func(f Figure) bool { return f.Name == name })
}
