// Package phone reads telephone numbers as people and programs write them. It is
// the one rule for lists, contacts and requests, and is pure.
package phone

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrNumber refuses what is no phone number. It does not repeat it.
var ErrNumber = errors.New("is no phone number that can be written to")

// Reasons for a refusal that the sender can act on. Each is an ErrNumber.
var (
	ErrCountry   = refusal("has no country code: write it as +14251234567, or set the region of numbers without one")
	ErrShortened = refusal("was shortened by a spreadsheet: format the column as text, enter the number again and export anew")
	ErrSeveral   = refusal("holds more than one phone number: keep one")
	ErrExtension = refusal("has an extension, which cannot be written to: leave it out")
	ErrDate      = refusal("is a date, no phone number: check which column holds the numbers")
	ErrArea      = refusal("has no area code: write the whole number as +14251234567")
	ErrDigits    = refusal("has too few or too many digits for its country")
)

type numberError struct{ reason string }

func refusal(reason string) error { return &numberError{reason} }

func (e *numberError) Error() string        { return e.reason }
func (e *numberError) Is(target error) bool { return target == ErrNumber }

// Parse writes a number as E.164, in the spelling of its country's numbering plan.
// region is the country of numbers without country code, "EE"; "" takes none.
func Parse(raw, region string) (string, error) {
	written, err := tidy(raw)
	if err != nil {
		return "", err
	}
	international := strings.HasPrefix(written, "+")
	if !international && region == "" {
		return "", ErrCountry
	}
	if n, ok := planned(written); ok {
		return n, nil
	}
	if !international { // today's plan may know the older form as too short
		code := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
		if n, ok := planned("+" + code + onlyDigits(written)); ok {
			return n, nil
		}
	}
	n, err := phonenumbers.Parse(written, region)
	if err != nil {
		return "", ErrNumber
	}
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.IS_POSSIBLE:
	case phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return "", ErrArea
	case phonenumbers.INVALID_COUNTRY_CODE:
		return "", ErrNumber
	default:
		return "", ErrDigits
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	if n.GetItalianLeadingZero() { // a second 0 to dial within the country
		if again, err := phonenumbers.Parse(e164, ""); err == nil && phonenumbers.IsPossibleNumber(again) {
			e164 = phonenumbers.Format(again, phonenumbers.E164)
		}
	}
	if p, ok := planned(e164); ok {
		return p, nil
	}
	if !IsE164(e164) {
		return "", ErrNumber
	}
	return e164, nil
}

// Zone is the time zone that a number in E.164 lies in, or "" where it may be in
// several or in none that is known.
func Zone(e164 string) string {
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return ""
	}
	zones, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil || len(zones) != 1 || zones[0] == phonenumbers.UNKNOWN_TIMEZONE {
		return ""
	}
	return zones[0]
}

// IsRegion reports whether numbers of a country, "EE", can be read without its code.
func IsRegion(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

// IsE164 reports whether s is + and 7 to 15 digits of which the first is not 0.
func IsE164(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// date is one with a year of two or four digits, as day, month and year are
// ordered anywhere. Groups of a phone number are rarely three with such values.
var date = regexp.MustCompile(`^((0?[1-9]|[12][0-9]|3[01])[./-](0?[1-9]|[12][0-9]|3[01])[./-]((19|20)[0-9]{2}|[0-9]{2})|` +
	`(19|20)[0-9]{2}[./-](0?[1-9]|1[0-2])[./-](0?[1-9]|[12][0-9]|3[01]))([ T]+[0-9]{1,2}[.:][0-9]{2}([.:][0-9]{2})?)?$`)
