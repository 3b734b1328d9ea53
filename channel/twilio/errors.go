package twilio

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

// later is how long to wait where Twilio's own queue or a day's cap is full.
const later = 10 * time.Minute

type verdict struct {
	class  channel.Class
	wait   time.Duration
	detail string
}

// verdicts sorts Twilio's error codes, of answers and of status reports alike.
// What is not here is Refused: it will not get better by itself.
//
// https://www.twilio.com/docs/api/errors
func verdicts() map[string]verdict {
	out := map[string]verdict{}
	add := func(v verdict, codes ...string) {
		for _, c := range codes {
			out[c] = v
		}
	}
	add(verdict{channel.Throttled, 0, "Twilio takes no more messages at this moment."},
		"20429", "30001", "30008", "30017", "63010", "63012", "63017", "63018")
	add(verdict{channel.Throttled, later, "The sender's queue or its limit for the day is full."},
		"21611", "30003", "30022", "30023", "30027", "63038")
	add(verdict{channel.OptedOut, 0, "The customer does not want messages from this number."},
		"21610", "30004", "63014", "63033")
	add(verdict{channel.Window, 0, "The customer last wrote more than 24 hours ago, so only a template may be sent."}, "63016")
	add(verdict{channel.Config, 0, "Twilio does not accept the account's credentials."}, "20003", "20404")
	add(verdict{channel.Config, 0, "The Twilio account is suspended or restricted."}, "20005", "90010", "30002", "63020", "63022")
	add(verdict{channel.Refused, 0, "A trial account sends to verified numbers only."}, "21608")
	add(verdict{channel.Refused, 0, "The recipient's number cannot be reached."},
		"21211", "21614", "21612", "21635", "30005", "30006", "63003", "63015", "63024", "63026")
	add(verdict{channel.Refused, 0, "The sender is not set up for this at Twilio."},
		"21606", "21659", "21212", "21703", "30032", "30034", "63007")
	add(verdict{channel.Refused, 0, "The text is longer than Twilio takes."}, "21617")
	add(verdict{channel.Refused, 0, "Twilio could not use the attachment."}, "21620", "21623", "30019", "63019", "63034")
	add(verdict{channel.Refused, 0, "Messages to this region are switched off in the Twilio account."}, "21408")
	add(verdict{channel.Refused, 0, "Twilio could not use the template or its values."}, "21655", "21656", "63028")
	add(verdict{channel.Refused, 0, "WhatsApp does not have the template, or has not approved it."}, "63027", "63040", "63041", "63042")
	add(verdict{channel.Refused, 0, "The carrier filtered the message."}, "30007")
	return out
}

func judge(code string) verdict {
	if v, ok := verdicts()[code]; ok {
		return v
	}
	return verdict{class: channel.Refused, detail: "Twilio refused the message."}
}

func refused(code, detail string) error {
	return &channel.Error{Class: channel.Refused, Code: code, Detail: detail}
}

// refusal classifies an answer that is no success. Twilio's own message is not
// passed on: it quotes numbers.
func refusal(r rest.Reply, now time.Time) error {
	var doc struct{ Code int }
	_ = json.Unmarshal(r.Body, &doc) // a gateway's HTML has no code
	code := strconv.Itoa(doc.Code)
	if v, known := verdicts()[code]; known && r.Status < 500 {
		return &channel.Error{Class: v.class, Code: code, Detail: v.detail, RetryAfter: max(v.wait, rest.RetryAfter(r.Header, now))}
	}
	e := &channel.Error{Code: code, RetryAfter: rest.RetryAfter(r.Header, now)}
	if doc.Code < 10000 || doc.Code > 99999 { // none of Twilio's: a longer number may be a customer's
		e.Code = "http_" + strconv.Itoa(r.Status)
	}
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden || r.Status == http.StatusNotFound:
		e.Class, e.Detail = channel.Config, "Twilio does not accept the account's credentials."
	case r.Status == http.StatusTooManyRequests:
		e.Class, e.Detail = channel.Throttled, "Twilio takes no more messages at this moment."
	case r.Status == http.StatusRequestTimeout || r.Status >= 500:
		e.Class, e.Detail = channel.Uncertain, "Twilio has a fault and may have taken the message."
	case r.Status >= 300 && r.Status < 400:
		e.Class, e.Detail = channel.Config, "The API address leads elsewhere: it is not Twilio's."
	default:
		e.Class, e.Detail = channel.Refused, "Twilio refused the message."
	}
	return e
}
