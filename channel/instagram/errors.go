package instagram

import (
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

func words() graph.Words { return graph.Words{Provider: "Instagram", Judge: judge} }

func refused(code, detail string) error {
	return &channel.Error{Class: channel.Refused, Code: code, Detail: detail}
}

func windowClosed() error {
	return &channel.Error{Class: channel.Window, Code: "window", Detail: "The customer last wrote too long ago for Instagram to take this message."}
}

// judge knows the errors of the Send API.
//
// https://developers.facebook.com/docs/messenger-platform/error-codes
func judge(f graph.Fault) (graph.Verdict, bool) {
	switch f.Subcode {
	case 2018278, 2018065, 2534022:
		return graph.Verdict{Class: channel.Window, Detail: "The customer last wrote too long ago for Instagram to take this message."}, true
	case 1545041, 2018108:
		return graph.Verdict{Class: channel.Refused, Detail: "The customer does not receive messages of this account: they blocked it."}, true
	case 2018001:
		return graph.Verdict{Class: channel.Refused, Detail: "Instagram does not know the customer, or not at this account."}, true
	case 2018007, 2018008:
		return graph.Verdict{Class: channel.Refused, Detail: "Instagram could not fetch the attachment."}, true
	case 2018344:
		return graph.Verdict{Class: channel.Config, Detail: "Meta wants an administrator of the account to complete a task in its Facebook page's settings."}, true
	case 1893063:
		return graph.Verdict{Class: channel.Config, Detail: "Meta has restricted the account for a while."}, true
	}
	switch f.Code {
	case 551:
		return graph.Verdict{Class: channel.Refused, Detail: "The customer cannot be reached at this time."}, true
	case 100:
		return graph.Verdict{Class: channel.Refused, Detail: "Instagram does not take a message of this form."}, true
	case 36000:
		return graph.Verdict{Class: channel.Refused, Detail: "The picture is larger than Instagram takes."}, true
	case 613:
		return graph.Verdict{Class: channel.Throttled, Wait: 5 * time.Second, Detail: "Instagram takes no more messages at this moment."}, true
	}
	return graph.Verdict{}, false
}
