// Package hours knows when somebody is there: weekly hours, exceptions for
// single dates and holidays, in a time zone. It is pure; it reads no clock.
//
// Hours are written in wall-clock time. Where clocks change it is decided so:
//   - a time that does not exist is the moment at which the clocks go forward;
//   - of a time that exists twice the first opens and the second closes: nobody
//     is told that it is closed at an hour at which the clock says otherwise.
//
// The hours of a date are those that begin on it. They are its exception's if it
// has one, none if it is a holiday, and the weekly ones otherwise. Hours across
// midnight end at midnight where the next date has an exception or is a holiday.
package hours

// Calendar says when it is open. Zone is an IANA name; it stands beside the rest
// where calendars are written down.
type Calendar struct {
	Zone       string      `json:"-"`
	Events     []Event     `json:"events"`
	Exceptions []Exception `json:"exceptions"`
	Holidays   []Holiday   `json:"holidays"`
}

// Event is working hours that return each week, or every EveryWeeks weeks
// counted from the week of From; weeks begin on Monday.
type Event struct {
	Weekdays []string `json:"weekdays"` // mon, tue, wed, thu, fri, sat, sun
	Span
	From       string `json:"from,omitempty"`  // first date, 2006-01-02; empty: ever since
	Until      string `json:"until,omitempty"` // last date on which it begins; empty: for ever
	EveryWeeks int    `json:"every_weeks,omitempty"`
}

// Span is hours of one date. An End that is not after Start is on the next day.
type Span struct {
	AllDay bool   `json:"all_day,omitempty"` // without Start and End
	Start  string `json:"start,omitempty"`   // 08:00
	End    string `json:"end,omitempty"`     // 17:00; 00:00 is the end of the day
}

// Exception replaces the hours of one date, a holiday's too. Without hours it is
// closed, which Closed says in so many words.
type Exception struct {
	Date   string `json:"date"`
	Closed bool   `json:"closed,omitempty"`
	Hours  []Span `json:"hours,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Holiday is closed from midnight to midnight. One that is yearly returns from
// its year on, as many days long; 29 February is 1 March in other years.
type Holiday struct {
	Date   string `json:"date"`
	Until  string `json:"until,omitempty"` // last date; empty: one day
	Reason string `json:"reason"`
	Yearly bool   `json:"yearly,omitempty"`
}

// Default is what hours begin with: Monday to Friday, 08:00 to 17:00.
func Default(zone string) Calendar {
	return Calendar{Zone: zone, Events: []Event{{Weekdays: []string{"mon", "tue", "wed", "thu", "fri"}, Span: Span{Start: "08:00", End: "17:00"}}},
		Exceptions: []Exception{}, Holidays: []Holiday{}}
}
