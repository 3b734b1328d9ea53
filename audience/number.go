// Package audience reads who is to be written to: numbers as people write them,
// and lists as programs export them.
package audience

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrNumber refuses a phone number. It does not repeat it.
var ErrNumber = errors.New("is no phone number that can be written to")

// Number writes a phone number as E.164. region is the country of numbers without
// country code, "EE"; "" takes none.
func Number(raw, region string) (string, error) {
	number, _, err := Place(raw, region)
	return number, err
}

// Zone is the time zone that a number in E.164 lies in, or "" where it may be in
// several or in none that is known.
func Zone(number string) string {
	_, zone, _ := Place(number, "")
	return zone
}

// Place is Number and Zone in one.
func Place(raw, region string) (number, zone string, err error) {
	raw = strings.TrimSpace(raw)
	if digits, ok := strings.CutPrefix(raw, "00"); ok {
		raw = "+" + digits
	}
	if region == "" && !strings.HasPrefix(raw, "+") {
		return "", "", ErrNumber
	}
	n, err := phonenumbers.Parse(raw, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) || n.GetExtension() != "" {
		return "", "", ErrNumber
	}
	zones, err := phonenumbers.GetTimezonesForNumber(n)
	if err == nil && len(zones) == 1 && zones[0] != phonenumbers.UNKNOWN_TIMEZONE {
		zone = zones[0]
	}
	return phonenumbers.Format(n, phonenumbers.E164), zone, nil
}
