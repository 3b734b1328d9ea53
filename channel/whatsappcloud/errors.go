package whatsappcloud

import (
	"time"

	"switchboard/channel"
	"switchboard/channel/internal/graph"
)

func words() graph.Words { return graph.Words{Provider: "WhatsApp", Judge: judge} }

func refused(code, detail string) error {
	return &channel.Error{Class: channel.Refused, Code: code, Detail: detail}
}

// verdicts are the errors of the Cloud API, of answers and of status reports alike.
//
// https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
func verdicts() map[int]graph.Verdict {
	out := map[int]graph.Verdict{}
	add := func(class channel.Class, wait time.Duration, detail string, codes ...int) {
		for _, c := range codes {
			out[c] = graph.Verdict{Class: class, Wait: wait, Detail: detail}
		}
	}
	add(channel.Window, 0, "The customer last wrote more than 24 hours ago, so only a template may be sent.", 131047)
	add(channel.OptedOut, 0, "The customer does not want marketing messages from this number.", 131050)
	add(channel.Throttled, 10*time.Second, "WhatsApp takes no more messages of this number at this moment.", 130429, 133016)
	add(channel.Throttled, 6*time.Second, "WhatsApp takes no more messages to this customer at this moment.", 131056)
	add(channel.Throttled, time.Minute, "The WhatsApp number is in maintenance.", 131057, 131016)
	add(channel.Throttled, 10*time.Minute, "WhatsApp limits this number because many customers blocked or reported it.", 131048)
	add(channel.Refused, 0, "WhatsApp does not deliver this marketing message to the customer for now. Try again tomorrow.", 131049, 130472)
	add(channel.Refused, 0, "The customer cannot be reached on WhatsApp: the number has none, or it does not take this message.", 131026, 131021, 131030)
	add(channel.Refused, 0, "WhatsApp could not use the attachment.", 131052, 131053)
	add(channel.Refused, 0, "WhatsApp does not take a message of this form.", 131051, 131008, 131009, 100)
	add(channel.Refused, 0, "WhatsApp does not have the template in this language, or has not approved it.", 132001, 132015, 132016)
	add(channel.Refused, 0, "The values do not fit the template.", 132000, 132005, 132007, 132012, 132018)
	add(channel.Config, 0, "The WhatsApp Business account is locked or restricted.", 131031, 131037)
	add(channel.Config, 0, "The WhatsApp Business account has a fault in its payment.", 131042)
	add(channel.Config, 0, "The number is not registered at WhatsApp. Register it under WhatsApp, API setup.", 131045, 133010)
	add(channel.Config, 0, "Meta does not accept the access token: it was withdrawn or is over. Enter a new one.", 0)
	add(channel.Uncertain, 0, "WhatsApp has a fault and may have taken the message.", 131000)
	return out
}

func judge(f graph.Fault) (graph.Verdict, bool) {
	v, known := verdicts()[f.Code]
	return v, known
}
