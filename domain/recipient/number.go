// Package recipient reads who is to be written to: numbers as people write them,
// and lists as programs export them.
package recipient

import "switchboard/domain/phone"

// ErrNumber refuses a phone number. It does not repeat it.
var ErrNumber = phone.ErrNumber

// Number writes a phone number as E.164. region is the country of numbers without
// country code, "EE"; "" takes none.
func Number(raw, region string) (string, error) { return phone.Parse(raw, region) }

// Zone is the time zone that a number in E.164 lies in, or "" where it may be in
// several or in none that is known.
func Zone(number string) string { return phone.Zone(number) }

// Place is Number and Zone in one.
func Place(raw, region string) (number, zone string, err error) {
	if number, err = phone.Parse(raw, region); err != nil {
		return "", "", err
	}
	return number, phone.Zone(number), nil
}
