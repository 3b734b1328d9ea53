package wechat

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

func refused(code, detail string) error {
	return &channel.Error{Class: channel.Refused, Code: code, Detail: detail}
}

func badBase() error {
	return &channel.Error{Class: channel.Config, Code: "base_url", Detail: "The API address of the account cannot be used."}
}

func badAnswer() error {
	return &channel.Error{Class: channel.Unavailable, Code: "bad_answer", Detail: "WeChat's answer could not be read."}
}

// faultOf reads the error of an answer, which comes with status 200. Its words are
// not kept: they may quote what was sent. Told is false where the answer has none.
func faultOf(body []byte) (code int, told bool) {
	var doc struct{ Errcode *int }
	if json.Unmarshal(body, &doc) != nil || doc.Errcode == nil {
		return 0, false
	}
	if *doc.Errcode < -1 || *doc.Errcode > 9_999_999 { // a longer number may be a customer's
		return 0, false
	}
	return *doc.Errcode, true
}

// stale are the codes of a token that is over or that somebody replaced.
func stale(code int) bool { return code == 40001 || code == 40014 || code == 42001 }

const (
	minute = time.Minute
	daily  = 10 * time.Minute // between two tries where a day's quota is used up
)

// refusal classifies an answer that is no success.
func refusal(r rest.Reply, now time.Time) error {
	wait := rest.RetryAfter(r.Header, now)
	if code, told := faultOf(r.Body); told && code != 0 {
		e := judge(code)
		e.Code, e.RetryAfter = strconv.Itoa(code), max(e.RetryAfter, wait)
		return e
	}
	e := &channel.Error{Code: "http_" + strconv.Itoa(r.Status), RetryAfter: wait}
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		e.Class, e.Detail = channel.Config, "WeChat does not accept the account's credentials."
	case r.Status == http.StatusTooManyRequests:
		e.Class, e.Detail = channel.Throttled, "WeChat takes no more calls at this moment."
	case r.Status == http.StatusRequestTimeout || r.Status >= 500:
		e.Class, e.Detail = channel.Uncertain, "WeChat has a fault and may have taken the message."
	case r.Status >= 300 && r.Status < 400:
		e.Class, e.Detail = channel.Config, "The API address leads elsewhere: it is not WeChat's."
	case r.OK():
		e.Class, e.Code, e.Detail = channel.Uncertain, "bad_answer", "WeChat's answer could not be read."
	default:
		e.Class, e.Detail = channel.Refused, "WeChat refused the message."
	}
	return e
}

// judge knows the errors of the API.
//
// https://developers.weixin.qq.com/doc/offiaccount/en/Getting_Started/Global_Return_Code.html
func judge(code int) *channel.Error {
	if detail := trouble(code); detail != "" {
		return &channel.Error{Class: channel.Config, Detail: detail}
	}
	switch code {
	case -1:
		return &channel.Error{Class: channel.Unavailable, Detail: "WeChat is busy."}
	case 45011:
		return &channel.Error{Class: channel.Throttled, RetryAfter: minute, Detail: "WeChat takes no more calls at this moment."}
	case 45009:
		return &channel.Error{Class: channel.Throttled, RetryAfter: daily, Detail: "The account has used up its calls of this day at WeChat."}
	case 45015:
		return &channel.Error{Class: channel.Window, Detail: "The customer last wrote too long ago for WeChat to take this message, or no longer follows the account."}
	case 45047:
		return &channel.Error{Class: channel.Window, Detail: "WeChat takes no more answers until the customer writes again."}
	case 43004, 50005:
		return &channel.Error{Class: channel.OptedOut, Detail: "The customer does not follow the account."}
	case 48002:
		return &channel.Error{Class: channel.OptedOut, Detail: "The customer does not take messages of the account."}
	case 50002:
		return &channel.Error{Class: channel.Refused, Detail: "The customer's WeChat account is restricted."}
	case 40003:
		return &channel.Error{Class: channel.Refused, Detail: "WeChat does not know the customer, or not at this account."}
	case 45002:
		return &channel.Error{Class: channel.Refused, Detail: "The text is longer than WeChat takes."}
	case 44001, 44002, 44003, 44004:
		return &channel.Error{Class: channel.Refused, Detail: "The message has neither text nor file."}
	case 40006, 40009, 40010, 40011, 40012, 45001, 45007:
		return &channel.Error{Class: channel.Refused, Detail: "The file is larger or longer than WeChat takes."}
	case 40004, 40005, 41005:
		return &channel.Error{Class: channel.Refused, Detail: "WeChat does not take files of this type."}
	case 40007:
		return &channel.Error{Class: channel.Refused, Detail: "WeChat no longer has the file."}
	}
	return &channel.Error{Class: channel.Refused, Detail: "WeChat refused the message."}
}

// trouble is what an administrator must do about an error, or "" for one that is
// not about the account.
func trouble(code int) string {
	switch code {
	case 40013:
		return "WeChat does not know the AppID."
	case 40125, 41004:
		return "WeChat does not accept the AppSecret. Enter the present one."
	case 40001, 40014, 42001:
		return "WeChat does not accept a new access token. Another system may be replacing it: only one may use the AppSecret in the old way."
	case 40164, 61004:
		return "WeChat does not take calls from this server's address. Add it to the IP whitelist under Basic configuration."
	case 48001:
		return "The account may not send customer service messages: it must be a verified service account."
	case 48004, 50001:
		return "WeChat has blocked this function of the account."
	case 40243, 40242:
		return "The AppSecret is frozen. Unfreeze it at WeChat, or reset it."
	}
	return ""
}
