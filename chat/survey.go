package chat

import "strings"

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

// IsPhone reports whether a text is a phone number with its country code,
// however it is grouped.
func IsPhone(text string) bool {
	digits := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "", "/", "").Replace(strings.TrimSpace(text))
	rest, plus := strings.CutPrefix(digits, "+")
	if !plus || len(rest) < 7 || len(rest) > 15 || rest[0] == '0' {
		return false
	}
	return strings.Trim(rest, "0123456789") == ""
}
