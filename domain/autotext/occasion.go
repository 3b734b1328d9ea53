package autotext

// Audience is who sees an automated message.
type Audience string

// Audiences of automated messages.
const (
	ToCustomer Audience = "customer" // sent, and not shown to agents
	ToAgent    Audience = "agent"    // shown in the thread to agents only
	ToBoth     Audience = "both"
)

// Names of what the system says by itself.
const (
	Greeting          = "greeting"              // the first message of a conversation arrived
	AgentAssigned     = "agent_assigned"        // an agent was found
	AgentJoined       = "agent_joined"          // an agent accepted or took it
	AgentDisconnected = "agent_disconnected"    // an agent lost the connection and did not return
	ConversationEnded = "conversation_ended"    // the agent ended it
	ForceClosed       = "force_closed"          // a supervisor closed it
	MessageNotSent    = "message_not_sent"      // a message of ours was refused
	MessageInDoubt    = "message_in_doubt"      // nobody knows whether a message of ours was taken
	FileNotSent       = "file_not_sent"         // a file of ours was refused
	UnsupportedType   = "unsupported_message"   // the customer sent what we cannot read
	FileTooLarge      = "file_too_large"        // the customer's file
	FileBlocked       = "file_blocked"          // the customer's file is of a type that is not taken
	FilesOff          = "files_off"             // customers cannot send files here
	WindowClosing     = "window_closing"        // the reply window closes soon
	WindowClosed      = "window_closed"         // the reply window closed
	OptedOut          = "opted_out"             // the customer forbade messages
	OutOfHours        = "out_of_hours"          // the customer wrote while it was closed
	Holiday           = "holiday"               // the customer wrote on a holiday
	Overflowed        = "overflow_ended"        // no queue takes the conversation: it ends
	CallbackLater     = "callback_later"        // the queue is full: we come back to the customer
	NobodyThere       = "nobody_there"          // a persistent chat began while no agent was present
	CustomerEnded     = "customer_ended"        // the customer ended a live chat
	CustomerGone      = "customer_disconnected" // the customer of a live chat was away for too long
	CustomerHeld      = "customer_held"         // and is waited for
	RuleApplied       = "timeout_rule"          // a timeout rule spoke; its texts are its own
)

// Occasion is one occasion on which something can be said, and what is said
// unless an administrator says otherwise. What would reach customers unasked is
// off until somebody switches it on: it costs money, and a reply token.
type Occasion struct {
	Name     string
	Audience Audience
	On       bool
	Values   []string // the placeholders it fills, besides those that all do
	Texts    map[string]string
}

// CommonValues are the placeholders that every automated message fills.
func CommonValues() []string {
	return []string{"AgentName", "AgentFirstName", "CustomerName", "QueueName", "Channel"}
}

// DefaultLanguage is the language of last resort.
const DefaultLanguage = "en"

// Triggers lists all occasions.
func Triggers() []Occasion { return triggers }

// TriggerByName returns one, and false when there is none of that name.
func TriggerByName(name string) (Occasion, bool) {
	for _, t := range triggers {
		if t.Name == name {
			return t, true
		}
	}
	return Occasion{}, false
}

// Text chooses the text of a trigger for who wants one of the languages, the
// most wanted first. Levels come from the most specific to the most general and
// hold texts by language; the trigger's own are the last level. The language
// counts before the level: a customer is answered in their language, if need be
// with the built-in text.
func Text(t Occasion, levels []map[string]string, wanted ...string) string {
	levels = append(append([]map[string]string{}, levels...), t.Texts)
	for _, want := range append(wanted, DefaultLanguage) {
		for _, texts := range levels {
			if lang, ok := Match(want, keys(texts)); ok && texts[lang] != "" {
				return texts[lang]
			}
		}
	}
	for _, texts := range levels {
		for _, lang := range keys(texts) {
			if texts[lang] != "" {
				return texts[lang]
			}
		}
	}
	return ""
}
