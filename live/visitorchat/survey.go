package visitorchat

import "switchboard/domain/contact"

// Kinds of questions of a pre-chat survey.
const (
	QuestionText      = "text"
	QuestionMultiline = "multiline"
	QuestionOptions   = "options"
	QuestionConsent   = "consent"
)

// What an answer is held against, and what it stands for.
const (
	CheckEmail = "email"
	CheckPhone = "phone"
	MeansName  = "name"
)

// IsPhone reports whether a text is a phone number with its country code, as
// contacts may have it.
func IsPhone(text string) bool {
	number, err := contact.Phone(text)
	return err == nil && number != ""
}
