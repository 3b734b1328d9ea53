package whatsappcloud

import (
	"errors"
	"regexp"
	"strings"
)

var (
	number   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
	spelling = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "\u00a0", "")

	errNumber = errors.New("must be the WhatsApp number with + and country code, such as +14155230001")
)

// Own implements channel.Numberer: events name our number in E.164.
func (*Cloud) Own(_, raw string) (string, error) {
	own := spelling.Replace(strings.TrimSpace(raw))
	if strings.Contains(raw, "(0)") || !number.MatchString(own) {
		return "", errNumber
	}
	return own, nil
}

// plus writes digits of Meta's as a number, however it spells them; "" for none.
func plus(raw string) string {
	n := "+" + strings.TrimPrefix(spelling.Replace(strings.TrimSpace(raw)), "+")
	if len(n) < 4 || strings.Trim(n[1:], "0123456789") != "" {
		return ""
	}
	return n
}
