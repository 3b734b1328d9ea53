// Package contact holds the rules of who a customer is: how what is known of
// them is written, when it identifies them, and what a merge of two makes of it.
// It is pure.
package contact

import (
	"errors"
	"regexp"
	"strings"
	"unicode"

	"switchboard/domain/phone"
)

// Details is what is known of a customer. An empty field is not known.
type Details struct {
	Name       string `db:"name" json:"name"`
	FirstName  string `db:"first_name" json:"first_name"`
	LastName   string `db:"last_name" json:"last_name"`
	Email      string `db:"email" json:"email"`
	Phone      string `db:"phone" json:"phone"` // E.164: +14251234567
	Language   string `db:"language" json:"language"`
	ExternalID string `db:"external_id" json:"external_id"` // under which they signed in elsewhere
}

// ErrPhone refuses a phone number. It does not repeat it.
var ErrPhone = errors.New("must be a phone number with + and country code, such as +14251234567")

// Phone writes a number as E.164, as phone.Parse reads it. A number of no
// country's plan is kept when it is E.164 as it stands; "(0)" is in none. An empty
// number stays empty.
func Phone(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	number, err := phone.Parse(s, "")
	if err == nil {
		return number, nil
	}
	number = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune(".()[]", r) {
			return -1
		}
		return r
	}, s)
	if !IsPhone(number) || trunkZero.MatchString(s) {
		return "", ErrPhone
	}
	if planned, err := phone.Parse(number, ""); err == nil {
		return planned, nil
	}
	return number, nil
}

var trunkZero = regexp.MustCompile(`[(\[]\s*0`)

// IsPhone reports whether s is a number in E.164 as it is stored: + and 7 to 15
// digits of which the first is not 0.
func IsPhone(s string) bool { return phone.IsE164(s) }

// Clean writes details as they are stored: on one line, without blanks around
// them, the phone as E.164. Its only error is ErrPhone.
func (d Details) Clean() (Details, error) {
	var err error
	for _, f := range d.all() {
		*f = oneLine(*f)
	}
	d.Phone, err = Phone(d.Phone)
	if d.Name == "" {
		d.Name = oneLine(d.FirstName + " " + d.LastName)
	}
	return d, err
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (d *Details) all() []*string {
	return []*string{&d.Name, &d.FirstName, &d.LastName, &d.Email, &d.Phone, &d.Language, &d.ExternalID}
}

// Empty: nothing is known that would tell this customer from others.
func (d Details) Empty() bool {
	d.Language = ""
	return d == Details{}
}

// Fill is what a merge makes of the winner: what it does not know, the loser tells.
func Fill(winner, loser Details) Details {
	from := loser.all()
	for i, f := range winner.all() {
		if *f == "" {
			*f = *from[i]
		}
	}
	return winner
}

// Unfill takes back what Fill gave to the winner, except what was changed since.
func Unfill(now, winner, loser Details) Details {
	was, gave := winner.all(), loser.all()
	for i, f := range now.all() {
		if *was[i] == "" && *f == *gave[i] {
			*f = ""
		}
	}
	return now
}

// Keys are the fields by which a customer is identified by itself.
type Keys struct{ Phone, Email, Name, ExternalID string }

// Clean writes keys as details are stored. Its only error is ErrPhone.
func (k Keys) Clean() (Keys, error) {
	phone, err := Phone(k.Phone)
	return Keys{Phone: phone, Email: oneLine(k.Email), Name: oneLine(k.Name), ExternalID: oneLine(k.ExternalID)}, err
}

// Match reports whether every key that is given is exactly that of d, where
// e-mail addresses do not tell capitals apart. Without a key nobody matches.
func (k Keys) Match(d Details) bool {
	fits := func(key, field string) bool { return key == "" || key == field }
	return k != Keys{} && fits(k.Phone, d.Phone) && fits(strings.ToLower(k.Email), strings.ToLower(d.Email)) &&
		fits(k.Name, d.Name) && fits(k.ExternalID, d.ExternalID)
}
