package graph

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

// A Fault is an error as the API words it. Its message is not kept: it may quote
// what was sent.
type Fault struct {
	Code      int  `json:"code"`
	Subcode   int  `json:"error_subcode"`
	Transient bool `json:"is_transient"`
}

// FaultOf reads the error of an answer, which may come with status 200.
func FaultOf(r rest.Reply) (f Fault, ok bool) {
	var doc struct{ Error *Fault }
	if json.Unmarshal(r.Body, &doc) != nil || doc.Error == nil || doc.Error.Code < 0 || doc.Error.Code > 9_999_999 {
		return Fault{}, false // a longer number may be a customer's
	}
	if doc.Error.Subcode < 0 || doc.Error.Subcode > 9_999_999 {
		doc.Error.Subcode = 0
	}
	return *doc.Error, true
}

func (f Fault) text() string {
	if f.Subcode != 0 {
		return strconv.Itoa(f.Code) + "/" + strconv.Itoa(f.Subcode)
	}
	return strconv.Itoa(f.Code)
}

// A Verdict says what an error means.
type Verdict struct {
	Class  channel.Class
	Wait   time.Duration
	Detail string
}

// Words are what a channel calls its provider, and its own errors.
type Words struct {
	Provider string // "Messenger"
	Judge    func(Fault) (Verdict, bool)
}

// Refusal classifies an answer that is no success.
func (w Words) Refusal(r rest.Reply, now time.Time) error {
	wait := rest.RetryAfter(r.Header, now)
	if f, ok := FaultOf(r); ok {
		v, known := w.Judge(f)
		if !known {
			v = w.common(f, r.Status)
		}
		code := f.text()
		if v.Class == channel.Uncertain && r.Status >= 500 {
			code = "http_" + strconv.Itoa(r.Status) // nothing is on its way any more
		}
		return &channel.Error{Class: v.Class, Code: code, Detail: v.Detail, RetryAfter: max(v.Wait, wait)}
	}
	e := &channel.Error{Code: "http_" + strconv.Itoa(r.Status), RetryAfter: wait}
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		e.Class, e.Detail = channel.Config, "Meta does not accept the access token."
	case r.Status == http.StatusTooManyRequests:
		e.Class, e.Detail = channel.Throttled, "Meta takes no more calls at this moment."
	case r.Status == http.StatusRequestTimeout || r.Status >= 500:
		e.Class, e.Detail = channel.Uncertain, "Meta has a fault and may have taken the message."
	case r.Status >= 300 && r.Status < 400:
		e.Class, e.Detail = channel.Config, "The API address leads elsewhere: it is not Meta's."
	case r.OK():
		e.Class, e.Code, e.Detail = channel.Uncertain, "bad_answer", "Meta's answer could not be read."
	default:
		e.Class, e.Detail = channel.Refused, w.Provider+" refused the message."
	}
	return e
}

// slow is how long to wait where a limit is counted over an hour or a day.
const slow = 5 * time.Minute

// common are the errors that all of Meta's APIs have.
func (w Words) common(f Fault, status int) Verdict {
	switch f.Code {
	case 190, 102:
		return Verdict{channel.Config, 0, "Meta does not accept the access token: it was withdrawn or is over. Enter a new one."}
	case 3, 10, 200, 210, 283, 299:
		return Verdict{channel.Config, 0, "The access token lacks a permission that this needs. Check the app's permissions at Meta."}
	case 368:
		return Verdict{channel.Config, 0, "Meta has blocked the account for violating its policies."}
	case 4, 17, 32, 613, 80006, 80007:
		return Verdict{channel.Throttled, slow / 5, "Meta takes no more calls at this moment."}
	case 1, 2, 1200:
		// Answered with a fault of Meta's own: what it cannot find later was not taken.
		return Verdict{channel.Uncertain, 0, "Meta has a fault and may have taken the message."}
	}
	switch {
	case f.Code > 200 && f.Code < 300, status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Verdict{channel.Config, 0, "The access token lacks a permission that this needs. Check the app's permissions at Meta."}
	case status == http.StatusTooManyRequests:
		return Verdict{channel.Throttled, slow / 5, "Meta takes no more calls at this moment."}
	case f.Transient, status >= 500, status == http.StatusRequestTimeout:
		return Verdict{channel.Uncertain, 0, "Meta has a fault and may have taken the message."}
	}
	return Verdict{channel.Refused, 0, w.Provider + " refused the message."}
}
