package line

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/rest"
)

func refused(code, detail string) error {
	return &channel.Error{Class: channel.Refused, Code: code, Detail: detail}
}

// said is LINE's own message. It is only compared, never passed on: it may quote
// what was sent.
func said(r rest.Reply) string {
	var doc struct{ Message string }
	if json.Unmarshal(r.Body, &doc) != nil {
		return ""
	}
	return doc.Message
}

// refusal classifies an answer that is no success.
func refusal(r rest.Reply, now time.Time) error {
	e := &channel.Error{Code: "http_" + strconv.Itoa(r.Status)}
	switch {
	case r.Status == http.StatusUnauthorized:
		e.Class, e.Detail = channel.Config, "LINE does not accept the channel access token."
	case r.Status == http.StatusForbidden:
		e.Class, e.Detail = channel.Config, "The plan or the permissions of the LINE account do not allow this."
	case r.Status == http.StatusTooManyRequests && strings.Contains(strings.ToLower(said(r)), "monthly limit"):
		e.Class, e.Code, e.Detail = channel.Config, "quota", "The month's messages of the LINE account are used up."
	case r.Status == http.StatusTooManyRequests:
		e.Class, e.Detail, e.RetryAfter = channel.Throttled, "LINE takes no more messages at this moment.", rest.RetryAfter(r.Header, now)
	case r.Status == http.StatusRequestTimeout || r.Status >= 500:
		e.Class, e.Detail, e.RetryAfter = channel.Uncertain, "LINE has a fault and may have taken the message.", rest.RetryAfter(r.Header, now)
	case r.Status >= 300 && r.Status < 400:
		e.Class, e.Detail = channel.Config, "The API address leads elsewhere: it is not LINE's."
	case r.Status == http.StatusNotFound || r.Status == http.StatusGone:
		e.Class, e.Detail = channel.Refused, "LINE does not know this, or no longer."
	case r.Status == http.StatusRequestEntityTooLarge || r.Status == http.StatusUnsupportedMediaType:
		e.Class, e.Detail = channel.Refused, "LINE does not take a message of this size or kind."
	default:
		e.Class, e.Detail = channel.Refused, "LINE refused the message."+property(r)
	}
	return e
}

// path is what LINE calls a field of ours. Nothing else of its words is passed on.
const path = `^(to|replyToken|messages(\[[0-9]\](\.(type|text|originalContentUrl|previewImageUrl|duration))?)?)$`

// property names the field that LINE objects to.
func property(r rest.Reply) string {
	var doc struct{ Details []struct{ Property string } }
	if json.Unmarshal(r.Body, &doc) != nil || len(doc.Details) == 0 {
		return ""
	}
	if ours, err := regexp.MatchString(path, doc.Details[0].Property); err != nil || !ours {
		return ""
	}
	return " It objects to " + doc.Details[0].Property + "."
}
