// Package outreach turns contacts that somebody names, or that a trigger finds,
// into messages to send: each is accepted or refused by itself, before anything
// is sent.
package outreach

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"switchboard/domain/autotext"
	"switchboard/domain/campaign"
	"switchboard/domain/recipient"
	"switchboard/store/campaigndb"
	"switchboard/store/templatedb"
)

// Contact is somebody to write to:
// {"tocontactid": "+3725550001", "channelid": "sms", "optin": true, "locale": "et", "contextitems": {"CustomerName": "Ada"}}
// One that does not have this form is refused by itself, and says what is wrong.
type Contact struct {
	To       string            `json:"tocontactid"`
	Channel  string            `json:"channelid"`
	OptIn    *bool             `json:"optin"`
	Option   *bool             `json:"option"` // another name of optin
	Locale   string            `json:"locale"`
	Items    map[string]string `json:"contextitems"`
	Related  string            `json:"entityrelationshipname"`
	TimeZone string            `json:"timezone"`
	Conf     string            `json:"msdyn_ocoutboundconfigurationid,omitempty"` // the request's, if it is given

	wrong string // why it is refused as it was written; "": it is well formed
	raw   []byte // as it was written, if it is not well formed
}

// optedIn reports whether the contact has agreed: optin and its other name must
// not contradict each other, for consent in doubt is none.
func (in Contact) optedIn() bool {
	yes, no := false, false
	for _, said := range []*bool{in.OptIn, in.Option} {
		if said != nil {
			yes, no = yes || *said, no || !*said
		}
	}
	return yes && !no
}

// Result says what became of one contact.
type Result struct {
	To     string `json:"tocontactid"`
	Status string `json:"status"` // accepted, refused
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Accepted and refused contacts.
const (
	Accepted = "accepted"
	Refused  = "refused"
)

// Bounds of what comes with one contact.
const (
	maxTo      = 200 // characters
	maxRelated = 200
	maxItems   = 100
	maxItem    = 1024 // characters

	codeInvalid = "invalid"
)

// Read makes a recipient of a contact, or says why it is refused.
func Read(in Contact, configuration uuid.UUID, channel, region string) (r campaigndb.Recipient, code, reason string) {
	if in.wrong != "" {
		return r, codeInvalid, in.wrong
	}
	r = campaigndb.Recipient{To: in.To, OptedIn: in.optedIn(), Values: in.Items, Related: in.Related, Zone: in.TimeZone}
	if id, err := uuid.Parse(in.Conf); in.Conf != "" && (err != nil || id != configuration) {
		return r, codeInvalid, "msdyn_ocoutboundconfigurationid must be the outbound configuration that the request is for, or be left out"
	}
	if in.Channel != "" && strings.ToLower(in.Channel) != channel {
		return r, campaign.BadChannel, "is not for the channel " + channel
	}
	if code, reason = Address(&r, channel, region, KnownZone); code != "" {
		return r, code, reason
	}
	if code, reason = Language(&r, in.Locale); code != "" {
		return r, code, reason
	}
	if in.OptIn == nil && in.Option == nil {
		return r, campaign.NoConsent, "optin must be given"
	}
	if !r.OptedIn {
		return r, campaign.NoConsent, "has not agreed to be written to"
	}
	if utf8.RuneCountInString(in.Related) > maxRelated || strings.ContainsFunc(in.Related, unicode.IsControl) {
		return r, codeInvalid, fmt.Sprintf("entityrelationshipname must have at most %d characters on one line", maxRelated)
	}
	if len(in.Items) > maxItems {
		return r, codeInvalid, fmt.Sprintf("contextitems are more than %d", maxItems)
	}
	for name, v := range in.Items {
		if utf8.RuneCountInString(v) > maxItem || strings.ContainsRune(v, 0) {
			return r, codeInvalid, fmt.Sprintf("contextitems.%s must have at most %d characters, and no NUL", name, maxItem)
		}
	}
	if name := autotext.Twice(in.Items); name != "" {
		return r, codeInvalid, "contextitems." + name + " is given twice; upper and lower case are the same here"
	}
	return r, "", ""
}

// Language writes the recipient's language as it is usual; "" stays.
func Language(r *campaigndb.Recipient, locale string) (code, reason string) {
	if locale == "" {
		return "", ""
	}
	tag, ok := autotext.Tag(locale)
	if !ok {
		return campaign.BadLanguage, "locale must be a language tag such as en or nl-BE"
	}
	r.Language = tag
	return "", ""
}

// Address writes the recipient's address as the channel does, and their time zone.
func Address(r *campaigndb.Recipient, channel, region string, zone func(string) bool) (code, reason string) {
	if channel == "sms" || channel == "whatsapp" {
		number, lies, err := recipient.Place(r.To, region)
		if err != nil {
			return campaign.BadAddress, err.Error()
		}
		r.To = number
		if r.Zone == "" {
			r.Zone = lies
		}
	}
	if r.To == "" || utf8.RuneCountInString(r.To) > maxTo {
		return campaign.BadAddress, "is no address"
	}
	if r.Zone != "" && !zone(r.Zone) {
		return codeInvalid, "timezone must be the IANA name of a time zone, such as Europe/Tallinn"
	}
	return "", ""
}

// KnownZone reports whether there is a time zone of a name.
func KnownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// Wordable says what is missing to put a recipient's message together.
func Wordable(f campaigndb.Content, r campaigndb.Recipient) (code, reason string) {
	for v := range f.Wordings {
		x, _, code := f.Render(v, r.Language, r.Values)
		if code == "" && f.Channel == "whatsapp" && x.ContentSID == nil {
			code = campaign.NotApproved // a text of our own, which WhatsApp does not know
		}
		switch code {
		case "":
		case campaign.Missing:
			return code, "has no value for " + firstOf(x, r.Values, func(v string) bool { return strings.TrimSpace(v) == "" })
		case campaign.BadValue:
			return code, "must not have line breaks, tabs or four blanks in a row in " +
				firstOf(x, r.Values, func(v string) bool { return !autotext.OneLine(v) })
		default:
			return code, "has no approved text in the language, nor in the template's default language"
		}
	}
	return "", ""
}

// firstOf names the first placeholder whose value is wrong.
func firstOf(x templatedb.TemplateText, values map[string]string, wrong func(string) bool) string {
	for _, name := range x.Placeholders {
		if v, _ := autotext.Value(values, name); wrong(v) {
			return name
		}
	}
	return ""
}

// Sort makes recipients of contacts, and says of each what became of it. places
// tells of which contact each recipient was made.
func Sort(f campaigndb.Content, configuration uuid.UUID, region string, contacts []Contact) (
	list []campaigndb.Recipient, places []int, results []Result,
) {
	results = make([]Result, len(contacts))
	for i, in := range contacts {
		r, code, reason := Read(in, configuration, f.Channel, region)
		if code == "" {
			code, reason = Wordable(f, r)
		}
		if code != "" {
			results[i] = Result{To: in.To, Status: Refused, Code: code, Reason: reason}
			continue
		}
		results[i] = Result{To: in.To, Status: Accepted}
		list, places = append(list, r), append(places, i)
	}
	return list, places, results
}
