package twilio

import (
	"errors"
	"regexp"
	"strings"
)

var (
	number    = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
	shortCode = regexp.MustCompile(`^[1-9][0-9]{2,7}$`)
	service   = regexp.MustCompile(`^MG[0-9a-f]{32}$`)

	spelling = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "\u00a0", "", "\u2011", "", "\u2013", "")
)

// What is not a number of ours on a channel.
var (
	errWhatsApp = errors.New("must be the WhatsApp number with + and country code, such as +14155230001")
	errSMS      = errors.New("must be a phone number with + and country code, such as +14155230001, " +
		"a short code of 3 to 8 digits, or a messaging service's SID")
)

// Own implements channel.Numberer: Twilio names our numbers in E.164, short codes
// by their digits, and messaging services by their SID.
func (*Twilio) Own(ch, raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if rest, found := strings.CutPrefix(strings.ToLower(raw), waPrefix); found && ch == whatsapp {
		raw = rest
	}
	own := spelling.Replace(raw)
	if strings.Contains(raw, "(0)") { // +44 (0)20 …: one of its digits is not dialed from abroad
		own = ""
	}
	if digits, found := strings.CutPrefix(own, "00"); found {
		own = "+" + digits
	}
	switch {
	case number.MatchString(own):
		return own, nil
	case ch == whatsapp:
		return "", errWhatsApp
	case shortCode.MatchString(own), service.MatchString(own):
		return own, nil
	}
	return "", errSMS
}
